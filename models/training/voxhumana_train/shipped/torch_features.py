"""The front ends `log_linear` and `phase` of the crate in PyTorch, so that training needs no wheel and features
are made in the training loop, many windows at once.

In f32, where the crate works in f64: what differs lies under `log_floor`. A test holds them to the
wheel's features.
"""

from __future__ import annotations

import numpy as np
import torch

# As in the crate, features/level.rs: what is quieter is silence and stays it.
QUIETEST_RMS = 1e-5


def bank(f: dict) -> np.ndarray:
    """Triangles equally spaced in Hz, `(bands, bins)`, sampled at the bins (features/filter_bank.rs)."""
    edges = np.linspace(f["low_hz"], f["high_hz"], f["bands"] + 2)
    hz = np.arange(f["fft_length"] // 2 + 1) * f["sample_rate_hz"] / f["fft_length"]
    up = (hz[None] - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    down = (edges[2:, None] - hz[None]) / (edges[2:] - edges[1:-1])[:, None]
    return np.maximum(0, np.minimum(up, down))


def of(front_end: dict) -> "Front":
    """The module that makes the features of `front_end`."""
    kinds = {"log_linear": LogLinear, "phase": Phase}
    if front_end["kind"] not in kinds:
        raise SystemExit(f"front_end.kind is {front_end['kind']!r}; only {' and '.join(kinds)} are here, the wheel has all")
    return kinds[front_end["kind"]](front_end)


class Front(torch.nn.Module):
    """`(batch, samples)` to spectra; `planes`: blocks of bins in a row that a network looks at side by side."""

    planes = 1

    def __init__(self, front_end: dict, normalisation: str):
        super().__init__()
        self.f = f = front_end
        for key, value in {"window": "hann", "normalisation": normalisation, "delta_order": 0}.items():
            if f[key] != value:
                raise SystemExit(f"front_end.{key} is {f[key]!r}; only {value!r} is here, the wheel has all")
        n = f["frame_length"]
        window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)
        self.energy = float(np.sum(window**2))
        self.register_buffer("window", torch.from_numpy(window).float(), persistent=False)

    def spectra(self, x: torch.Tensor) -> torch.Tensor:
        f = self.f
        rms = x.square().mean(1, keepdim=True).sqrt().clamp_min(QUIETEST_RMS)
        y = x * (f["level_rms"] / rms)
        y = torch.cat([y[:, :1], y[:, 1:] - f["pre_emphasis"] * y[:, :-1]], 1)
        frames = y.unfold(1, f["frame_length"], f["frame_shift"]) * self.window
        return torch.fft.rfft(frames, f["fft_length"])


class LogLinear(Front):
    """`(batch, frames, bands)`."""

    def __init__(self, front_end: dict):
        super().__init__(front_end, "mean")
        # The energy of the window is in the bank: white noise of variance 1 gives 1 in every bin.
        self.register_buffer("bank", torch.from_numpy(bank(front_end).T / self.energy).float(), persistent=False)

    @property
    def bins(self) -> int:
        return self.f["bands"]

    # In f32 whatever surrounds it: the bank is a product, which autocast would take to bf16.
    @torch.autocast("cpu", enabled=False)
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        s = self.spectra(x)
        power = s.real.square() + s.imag.square()
        log = torch.log(power @ self.bank + self.f["log_floor"])
        return log - log.mean(1, keepdim=True)


class Phase(Front):
    """`(batch, frames - 1, 4 * bins)`: how phases move over time and over frequency (features/phase.rs)."""

    planes = 4

    def __init__(self, front_end: dict):
        super().__init__(front_end, "none")
        f, k = front_end, np.arange(1, front_end["fft_length"] // 2 + 1)
        advance = np.exp(-2j * np.pi * (k * f["frame_shift"] % f["fft_length"]) / f["fft_length"])
        self.register_buffer("advance", torch.from_numpy(advance).to(torch.complex64), persistent=False)
        self.centre = complex(np.exp(1j * np.pi * f["frame_length"] / f["fft_length"]))

    @property
    def bins(self) -> int:
        return self.planes * (self.f["fft_length"] // 2)

    @torch.autocast("cpu", enabled=False)
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        s = self.spectra(x)
        here = s[:, 1:, 1:]
        products = here * s[:, :-1, 1:].conj() * self.advance, here * s[:, 1:, :-1].conj() * self.centre
        planes = []
        for z in products:
            faded = z / self.energy
            faded = faded / (faded.abs() + self.f["log_floor"])
            planes += [faded.real, faded.imag]
        return torch.cat(planes, 2)
