"""What recorders do to speech of either class: crackle, a start that is played too fast, phasing; and two parties who take
turns on one track. None of it makes a voice synthetic, and old or cheap recorders do it to people.

Drawn only where a recipe has `faults` or `two_parties`, so that the batches of older ones stay as they were.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.ndimage
import scipy.signal

from ..clips import RATE


def crackle(x: np.ndarray, a_second: float, decay_ms: float, loud: float, seed: int) -> np.ndarray:
    """Clicks of up to `loud` of the peak, which ring for about `decay_ms`."""
    rng = np.random.default_rng(seed)
    at = rng.random(len(x)) < a_second / RATE
    clicks = np.where(at, rng.uniform(-loud, loud, len(x)), 0) * np.abs(x).max()
    return x + scipy.signal.lfilter([1], [1, -np.exp(-1000 / decay_ms / RATE)], clicks)


def fast_start(x: np.ndarray, faster: float, settle_s: float) -> np.ndarray:
    """Played `1 + faster` as fast at first, at its speed after some `settle_s`; stretched to fill its length."""
    speed = 1 + faster * np.exp(-np.arange(len(x)) / RATE / settle_s)
    position = np.concatenate([[0], np.cumsum(speed[:-1])])
    position *= (len(x) - 1) / max(1.0, position[-1])
    return scipy.ndimage.map_coordinates(x.astype(np.float64), position[None], order=3, mode="nearest")


def phasing(x: np.ndarray, depth: float, delay_ms: float, sweep_ms: float, hz: float, phase: float) -> np.ndarray:
    """The sound and itself a few milliseconds later, by a delay that sweeps: a comb that moves."""
    time = np.arange(len(x))
    delay = (delay_ms + sweep_ms * np.sin(2 * np.pi * hz * time / RATE + phase)) * RATE / 1000
    return x + depth * np.interp(time - delay, time, x, left=0.0)


@dataclass
class Fault:
    """One draw, or none; `apply` is deterministic."""

    step: tuple | None = None

    @classmethod
    def draw(cls, rng: np.random.Generator, share: float) -> "Fault":
        if not share or rng.random() >= share:
            return cls()
        u = rng.uniform
        kind = rng.integers(3)
        if kind == 0:
            return cls((crackle, 10 ** u(0, 2), u(0.05, 2), u(0.05, 1), int(rng.integers(2**31))))
        if kind == 1:
            return cls((fast_start, u(0.05, 0.6), u(0.05, 0.5)))
        delay = u(0.3, 6)
        return cls((phasing, u(0.3, 0.95), delay, u(0.05, 0.9) * delay, u(0.1, 4), u(0, 2 * np.pi)))

    def apply(self, x: np.ndarray) -> np.ndarray:
        if self.step is None:
            return x
        step, *arguments = self.step
        return np.asarray(step(x, *arguments), np.float32)


def turns(first: np.ndarray, second: np.ndarray, at: int, gain_db: float) -> np.ndarray:
    """One party until sample `at`, then the other, `gain_db` louder than it."""
    level = lambda x: np.sqrt(np.mean(x**2)) + 1e-6
    other = second * (level(first) / level(second) * 10 ** (gain_db / 20))
    return np.concatenate([first[:at], other[at:]]).astype(np.float32)
