"""RawBoost (Tak et al. 2022, arXiv:2111.04433), its two parts for telephony one after the other: convolutive noise of a device that is not
linear, and impulses that depend on the signal. Its constants are the paper's.

Drawn only where a recipe has `rawboost`: it is here to be compared (`shipped changes`), no shipped model learnt from it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.signal

from ..clips import RATE

# Powers of the signal that a device adds; notches of the filter of each.
POWERS, NOTCHES = 5, 5
# Most samples with an impulse, and how strong one is at most.
IMPULSES, STRENGTH = 0.1, 2.0


def notches(rng: np.random.Generator) -> np.ndarray:
    """A filter with notches, whose highest gain is 1."""
    taps = np.ones(1)
    for _ in range(NOTCHES):
        centre, width = rng.uniform(20, RATE / 2), rng.uniform(100, 1000)
        low, high = max(centre - width / 2, 1.0), min(centre + width / 2, RATE / 2 - 1)
        taps = np.convolve(taps, scipy.signal.firwin(int(rng.integers(10, 100)) | 1, [low, high], fs=RATE))
    return taps / np.abs(np.fft.rfft(taps, 1024)).max()


def convolutive(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The signal and its powers, 5 to 20 dB below it, each through notches of its own."""
    y = np.zeros_like(x)
    for power in range(1, POWERS + 1):
        gain_db = 0.0 if power == 1 else -rng.uniform(5, 20)
        y += 10 ** (gain_db / 20) * scipy.signal.fftconvolve(x**power, notches(rng), "same")
    return y - y.mean()


def impulsive(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Impulses on some of the samples, as strong as these."""
    at = rng.choice(len(x), int(len(x) * rng.uniform(0, IMPULSES)), replace=False)
    y = x.copy()
    y[at] += STRENGTH * x[at] * rng.uniform(-1, 1, len(at)) * rng.uniform(-1, 1, len(at))
    return y


@dataclass
class RawBoost:
    """One draw, or none; `apply` is deterministic and leaves the peak where it was."""

    seed: int | None = None

    @classmethod
    def draw(cls, rng: np.random.Generator, share: float) -> RawBoost:
        return cls(int(rng.integers(2**31))) if share and rng.random() < share else cls()

    def apply(self, x: np.ndarray) -> np.ndarray:
        peak = float(np.abs(x).max(initial=0))
        if self.seed is None or not peak:
            return x
        rng = np.random.default_rng(self.seed)
        y = impulsive(convolutive(x.astype(np.float64) / peak, rng), rng)
        return (y * (peak / np.abs(y).max())).astype(np.float32)
