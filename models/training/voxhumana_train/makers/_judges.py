"""What a neural vocoder is trained against: spectral distances, and STFT discriminators (Encodec, Defossez et al. 2022)."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from ..half import half
from ._networks import mel_matrix, stft


class Discriminator(nn.Module):
    """One STFT resolution; returns its scores and the maps before them."""

    def __init__(self, n: int, width: int = 16):
        super().__init__()
        self.n = n
        sizes = [(2, width, (1, 2)), (width, width, (2, 2)), (width, 2 * width, (1, 2)), (2 * width, 2 * width, (1, 2))]
        self.layers = nn.ModuleList(nn.Conv2d(a, b, (3, 5), s, (1, 2)) for a, b, s in sizes)
        self.score = nn.Conv2d(2 * width, 1, 3, padding=1)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
        s = stft(x, self.n, self.n // 4)
        s = s / (s.abs() + 1e-5) * s.abs().clamp_min(1e-5) ** 0.5
        x = torch.stack([s.real, s.imag], 1).transpose(2, 3).contiguous(memory_format=torch.channels_last)
        maps = []
        with half(x.device.type):
            for layer in self.layers:
                x = F.leaky_relu(layer(x), 0.1)
                maps.append(x)
            x = self.score(x)
        return x.float(), [m.float() for m in maps]


class SpectralDistance(nn.Module):
    """L1 of log mel spectrograms at three resolutions."""

    def __init__(self):
        super().__init__()
        self.sizes = (256, 512, 1024)
        for n in self.sizes:
            self.register_buffer(f"mel{n}", mel_matrix(n // 16 + 16, n))

    def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        total = 0.0
        for n in self.sizes:
            mel = getattr(self, f"mel{n}")
            x, y = (torch.log(mel @ stft(w, n, n // 4).abs() + 1e-4) for w in (a, b))
            total = total + (x - y).abs().mean()
        return total / len(self.sizes)
