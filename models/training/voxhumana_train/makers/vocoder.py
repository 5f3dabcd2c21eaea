"""Trains a neural vocoder and a neural codec on the human training clips, to make spoofs with: `python vocoder.py`.

Both end in the same decoder, ConvNeXt blocks at frame rate and an inverse STFT (Vocos, Siuzdak 2023); the vocoder starts from a log
mel spectrogram, the codec from its own encoder and finite scalar quantisation (Mentzer et al. 2023) at 50 frames a second.
They learn by spectral distances first and against STFT discriminators (Encodec, Defossez et al. 2022) later. Neither gets
good: each checkpoint leaves other traces, which is what is wanted, so several are kept and `synthesis.py` draws among them.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import corpus
from corpus import RATE, Clips

HOP, FFT, MELS = 160, 640, 80
CROP = 51 * HOP
# Steps after which a checkpoint is kept; the discriminators join at the first.
KEPT = {"vocoder": (600, 1400, 1800), "codec": (500, 1000, 1400)}


def mel_filters(bands: int, n: int, low: float, high: float) -> np.ndarray:
    """HTK mel triangles, each of unit sum."""
    mel = lambda f: 2595 * np.log10(1 + f / 700)
    edges = 700 * (10 ** (np.linspace(mel(low), mel(high), bands + 2) / 2595) - 1)
    hz = np.fft.rfftfreq(n, 1 / RATE)
    up = (hz - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    down = (edges[2:, None] - hz) / (edges[2:] - edges[1:-1])[:, None]
    m = np.maximum(0, np.minimum(up, down))
    return m / np.maximum(m.sum(1, keepdims=True), 1e-9)


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
        with torch.autocast(x.device.type, torch.bfloat16):
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


def batch_of(rng: np.random.Generator, clips: Clips, members: np.ndarray, size: int) -> torch.Tensor:
    """Crops at random levels around full scale, as speech is fed to vocoders."""
    out = []
    while len(out) < size:
        x = clips[int(rng.choice(members))]
        if len(x) < CROP:
            continue
        start = int(rng.integers(len(x) - CROP + 1))
        peak = np.abs(x).max() + 1e-5
        x = x[start : start + CROP] * (rng.uniform(0.2, 0.9) / peak)
        if np.sqrt(np.mean(x**2)) > 0.01:
            out.append(x)
    return torch.from_numpy(np.stack(out).astype(np.float32))


def train(kind: str, clips: Clips, members: np.ndarray, out: Path, size: int, threads: int) -> None:
    kept = [out / f"{kind}-{step}.pt" for step in KEPT[kind]]
    if kept[-1].exists():
        return
    torch.manual_seed(1)
    torch.set_num_threads(threads)
    rng = np.random.default_rng(1)
    net = Vocoder() if kind == "vocoder" else Codec()
    judges = nn.ModuleList(Discriminator(n) for n in (256, 512, 1024)).to(memory_format=torch.channels_last)
    distance = SpectralDistance()
    first = torch.optim.AdamW(net.parameters(), 6e-4, betas=(0.8, 0.98))
    second = torch.optim.AdamW(judges.parameters(), 4e-4, betas=(0.8, 0.98))
    step, state = 0, out / f"{kind}.pt"
    if state.exists():
        saved = torch.load(state, weights_only=True)
        for name, part in (("net", net), ("judges", judges), ("first", first), ("second", second)):
            part.load_state_dict(saved[name])
        step = saved["step"]
        rng = np.random.default_rng((1, step))
    print(f"{kind}: {sum(p.numel() for p in net.parameters())} parameters, from step {step}", flush=True)
    began = time.time()
    while step < KEPT[kind][-1]:
        real = batch_of(rng, clips, members, size)
        fake = net(real, draw_levels(rng)) if kind == "codec" else net(real)
        real = real[:, : fake.shape[1]]
        loss = near = distance(fake, real)
        if step >= KEPT[kind][0]:
            # Half of the batch is enough for the judges, which cost most.
            real, fake = real[: size // 2], fake[: size // 2]
            judged = sum(
                F.relu(1 - judge(real)[0]).mean() + F.relu(1 + judge(fake.detach())[0]).mean() for judge in judges
            )
            second.zero_grad(set_to_none=True)
            judged.backward()
            second.step()
            for judge in judges:
                score, maps = judge(fake)
                with torch.no_grad():
                    _, wanted = judge(real)
                matching = sum((a - b).abs().mean() / (b.abs().mean() + 1e-3) for a, b in zip(maps, wanted))
                loss = loss + (0.1 * F.relu(1 - score).mean() + 0.1 * matching) / len(judges)
        first.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        first.step()
        step += 1
        if step % 100 == 0:
            print(f"{kind} {step} distance {near.item():.3f} {time.time() - began:.0f} s", flush=True)
            parts = {"net": net, "judges": judges, "first": first, "second": second}
            torch.save({"step": step, **{k: p.state_dict() for k, p in parts.items()}}, state)
        if step in KEPT[kind]:
            torch.save(net.state_dict(), out / f"{kind}-{step}.pt")


def load(kind: str, path: Path) -> nn.Module:
    net = Vocoder() if kind == "vocoder" else Codec()
    net.load_state_dict(torch.load(path, weights_only=True))
    return net.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", default="config.toml")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", choices=sorted(KEPT))
    arguments = parser.parse_args()
    config = corpus.read_config(arguments.config)["data"]
    table = corpus.training_table(config)
    clips = corpus.load(table, Path(config["cache"]) / "train.npz")
    members = np.flatnonzero((table.label == "bonafide") & (np.diff(clips.starts) >= CROP))
    out = Path(config["vocoders"])
    out.mkdir(parents=True, exist_ok=True)
    for kind in [arguments.only] if arguments.only else KEPT:
        train(kind, clips, members, out, arguments.batch, arguments.threads)


if __name__ == "__main__":
    main()
