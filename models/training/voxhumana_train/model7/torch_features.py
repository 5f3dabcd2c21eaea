"""The front end `log_linear` of the crate in PyTorch, so that training needs no wheel and features are
made in the training loop, many windows at once.

In f32, where the crate works in f64: what differs lies under `log_floor`. A test holds it to the
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


class Features(torch.nn.Module):
    """`(batch, samples)` to `(batch, frames, bands)`."""

    def __init__(self, front_end: dict):
        super().__init__()
        f = front_end
        wanted = {"kind": "log_linear", "window": "hann", "normalisation": "mean", "delta_order": 0}
        for key, value in wanted.items():
            if f[key] != value:
                raise SystemExit(f"front_end.{key} is {f[key]!r}; only {value!r} is here, the wheel has all")
        self.f = f
        n = f["frame_length"]
        window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)
        self.register_buffer("window", torch.from_numpy(window).float(), persistent=False)
        # The energy of the window is in the bank: white noise of variance 1 gives 1 in every bin.
        weights = bank(f).T / np.sum(window**2)
        self.register_buffer("bank", torch.from_numpy(weights).float(), persistent=False)

    @property
    def bins(self) -> int:
        return self.f["bands"]

    # In f32 whatever surrounds it: the bank is a product, which autocast would take to bf16.
    @torch.autocast("cpu", enabled=False)
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        f = self.f
        rms = x.square().mean(1, keepdim=True).sqrt().clamp_min(QUIETEST_RMS)
        y = x * (f["level_rms"] / rms)
        y = torch.cat([y[:, :1], y[:, 1:] - f["pre_emphasis"] * y[:, :-1]], 1)
        frames = y.unfold(1, f["frame_length"], f["frame_shift"]) * self.window
        s = torch.fft.rfft(frames, f["fft_length"])
        power = s.real.square() + s.imag.square()
        log = torch.log(power @ self.bank + f["log_floor"])
        return log - log.mean(1, keepdim=True)
