"""A neural vocoder and a neural codec to make spoofs with, and what judges them in training.

Both end in the same decoder, ConvNeXt blocks at frame rate and an inverse STFT (Vocos, Siuzdak 2023); the vocoder starts from a log
mel spectrogram, the codec from its own encoder and finite scalar quantisation (Mentzer et al. 2023) at 50 frames a second.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from ._mel import mel_filters

HOP, FFT, MELS = 160, 640, 80


def mel_matrix(bands: int, n: int) -> torch.Tensor:
    """`mel_filters` of the whole band, for spectra by torch."""
    return torch.from_numpy(mel_filters(bands, n, 0.0, 8000.0)).float()


def stft(x: torch.Tensor, n: int, hop: int) -> torch.Tensor:
    return torch.stft(x, n, hop, n, torch.hann_window(n, device=x.device), center=True, return_complex=True)


class Block(nn.Module):
    """ConvNeXt over time (Liu et al. 2022)."""

    def __init__(self, size: int):
        super().__init__()
        self.mix = nn.Conv1d(size, size, 7, padding=3, groups=size)
        self.norm = nn.LayerNorm(size)
        self.wide, self.back = nn.Linear(size, 3 * size), nn.Linear(3 * size, size)
        self.scale = nn.Parameter(torch.full((size,), 0.2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.norm(self.mix(x).transpose(1, 2))
        return x + (self.scale * self.back(F.gelu(self.wide(y)))).transpose(1, 2)


class Decoder(nn.Module):
    """Frame features `(batch, inner, frames)` to a waveform of `(frames - 1) * HOP` samples."""

    def __init__(self, inner: int, size: int = 256, blocks: int = 5):
        super().__init__()
        self.body = nn.Sequential(nn.Conv1d(inner, size, 7, padding=3), *[Block(size) for _ in range(blocks)])
        self.out = nn.Conv1d(size, FFT + 2, 1)
        self.register_buffer("window", torch.hann_window(FFT))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        magnitude, phase = self.out(self.body(x)).float().chunk(2, 1)
        spectrum = torch.polar(torch.exp(magnitude.clamp(max=5.0)), phase)
        return torch.istft(spectrum, FFT, HOP, FFT, self.window, center=True)


class Vocoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.decoder = Decoder(MELS)
        self.register_buffer("mel", mel_matrix(MELS, 1024))

    def condition(self, x: torch.Tensor) -> torch.Tensor:
        """Log mel spectrogram `(batch, MELS, frames)`, 100 frames a second."""
        return torch.log(self.mel @ stft(x, 1024, HOP).abs() + 1e-4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.decoder(self.condition(x))


class Codec(nn.Module):
    """An odd number of `levels` in each of 24 dimensions; drawn anew for every batch, so that one network serves all bit rates."""

    def __init__(self, size: int = 192, latent: int = 24):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv1d(FFT + 2, size, 5, padding=2), Block(size), Block(size),
            nn.Conv1d(size, size, 4, stride=2, padding=1), Block(size), nn.Conv1d(size, latent, 1), nn.BatchNorm1d(latent),
        )  # fmt: skip
        self.decoder = Decoder(latent)

    def forward(self, x: torch.Tensor, levels: int = 5) -> torch.Tensor:
        s = stft(x, FFT, HOP)
        # Compressed magnitude, true phase: both parts of equal weight for loud and soft.
        s = s / (s.abs() + 1e-5) * s.abs().clamp_min(1e-5) ** 0.3
        z = torch.tanh(self.encoder(torch.cat([s.real, s.imag], 1)))
        half = (levels - 1) / 2
        z = z + (torch.round(z * half) / half - z).detach()
        z = F.interpolate(z, size=s.shape[2], mode="linear")
        return self.decoder(z)


def draw_levels(rng: np.random.Generator) -> int:
    """3 to 15: 1.9 to 4.7 kbit/s."""
    return 2 * int(rng.integers(1, 8)) + 1
