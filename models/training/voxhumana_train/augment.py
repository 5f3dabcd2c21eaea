"""What rooms, microphones and telephone lines do to speech, drawn at random.

A `Recipe` is drawn once and can be applied to several clips: both clips of a copy-synthesis pair get the same
room, the same noise and the same line, so that only the machine tells them apart. Every recipe is drawn without
a look at the label.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field

import numpy as np
import scipy.fft

from .clips import RATE
from .noise import NoiseBank


@dataclass(frozen=True)
class Strength:
    """Probabilities of the degradations, in the windows that get any."""

    # Share of windows left as they are, but for their level: `train.clean` says whether those went through a codec.
    plain: float = 0.0
    room: float = 0.35
    equaliser: float = 0.6
    band_limit: float = 0.35
    noise: float = 0.5
    compress: float = 0.2
    clip: float = 0.1
    loss: float = 0.1
    mulaw: float = 0.1
    silence: float = 0.1
    lowest_snr_db: float = 3.0


# Log frequencies between which a response is drawn.
EQUALISER_POINTS = np.log(np.concatenate([[20.0], np.geomspace(150, 8000, 7)]))


@functools.cache
def _log_hz(fft: int) -> np.ndarray:
    """Log frequencies of the bins, made once: every window with a response needs them."""
    return np.log(np.maximum(np.fft.rfftfreq(fft, 1 / RATE).astype(np.float32), 20))


def room(rng: np.random.Generator) -> np.ndarray:
    """Impulse response: direct sound and exponentially decaying noise, RT60 0.08 to 0.7 s."""
    rt60 = np.exp(rng.uniform(np.log(0.08), np.log(0.7)))
    n = int(min(rt60, 0.5) * RATE)
    tail = rng.standard_normal(n) * 10 ** (-3 * np.arange(n) / RATE / rt60)
    tail[: int(rng.uniform(0.001, 0.01) * RATE)] = 0
    tail *= 10 ** (-rng.uniform(0, 15) / 20) / (np.sqrt(np.sum(tail**2)) + 1e-9)
    tail[0] = 1.0
    return tail.astype(np.float32)


@dataclass
class Recipe:
    """One draw of degradations; `apply` is deterministic."""

    length: int
    response: np.ndarray | None = None
    noise: np.ndarray | None = None
    snr_db: float = 30.0
    steps: list = field(default_factory=list)
    level_db: float = -26.0

    @property
    def fft(self) -> int:
        """The window and the longest room after it."""
        return scipy.fft.next_fast_len(self.length + RATE // 2, real=True)

    @classmethod
    def draw(cls, rng: np.random.Generator, length: int, bank: NoiseBank, p: Strength) -> "Recipe":
        recipe = cls(length, level_db=rng.uniform(-42, -14))
        if p.plain and rng.random() < p.plain:
            return recipe
        hz = np.fft.rfftfreq(recipe.fft, 1 / RATE).astype(np.float32)
        response = None
        if rng.random() < p.room:
            response = scipy.fft.rfft(room(rng), recipe.fft)
        if rng.random() < p.equaliser:
            curve = 10 ** (np.interp(_log_hz(recipe.fft), EQUALISER_POINTS, rng.normal(0, 4, 8)) / 20)
            response = curve if response is None else response * curve
        if rng.random() < p.band_limit:
            band = _band(rng, hz)
            response = band if response is None else response * band
        recipe.response = response
        if rng.random() < p.noise:
            recipe.noise = bank.draw(rng)
            recipe.snr_db = rng.uniform(p.lowest_snr_db, 40)
        if rng.random() < p.compress:
            recipe.steps.append((_compress, rng.uniform(0.3, 0.8), rng.uniform(0.02, 0.3)))
        if rng.random() < p.clip:
            recipe.steps.append((_clip, rng.uniform(0.2, 0.9)))
        if rng.random() < p.loss:
            frames = rng.random(length // 320 + 1) < rng.uniform(0.01, 0.08)
            recipe.steps.append((_lose, frames, bool(rng.random() < 0.5)))
        if rng.random() < p.mulaw:
            recipe.steps.append((_mulaw,))
        if rng.random() < p.silence:
            recipe.steps.append((_silence, int(rng.integers(0, length)), int(rng.uniform(0.05, 1.0) * RATE)))
        if rng.random() < 0.5:
            recipe.steps.append((_negate,))
        if rng.random() < 0.1:
            recipe.steps.append((_offset, rng.uniform(-0.02, 0.02)))
        return recipe

    def apply(self, x: np.ndarray) -> np.ndarray:
        if self.response is not None:
            spectrum = scipy.fft.rfft(x, self.fft) * self.response.astype(np.complex64)
            x = scipy.fft.irfft(spectrum, self.fft)[: self.length]
        rms = np.sqrt(np.mean(x**2)) + 1e-7
        if self.noise is not None:
            noise_rms = np.sqrt(np.mean(self.noise**2)) + 1e-9
            x = x + self.noise * (rms / noise_rms * 10 ** (-self.snr_db / 20))
            rms = np.sqrt(np.mean(x**2)) + 1e-7
        x = x * (10 ** (self.level_db / 20) / rms)
        for step, *arguments in self.steps:
            x = step(x, *arguments)
        # The detector reads 16-bit files: quantise as they do.
        return (np.rint(np.clip(x, -1, 1) * 32767) / 32767).astype(np.float32)


def _band(rng: np.random.Generator, hz: np.ndarray) -> np.ndarray:
    """Telephone band (300..3400 Hz), or a random upper (and perhaps lower) edge, with random steepness."""
    if rng.random() < 0.5:
        low, high = rng.uniform(50, 350), rng.uniform(3000, 4000)
    else:
        low, high = (rng.uniform(20, 200) if rng.random() < 0.5 else 0.0), rng.uniform(3500, 8000)
    steep = rng.uniform(4, 60)
    # Where the power is beyond what a number holds the gain is 0.
    with np.errstate(over="ignore"):
        gain = 1 / np.sqrt(1 + (hz / high) ** (2 * steep))
    return gain / np.sqrt(1 + (low / np.maximum(hz, 1)) ** 8) if low else gain


def _compress(x: np.ndarray, ratio: float, window_s: float) -> np.ndarray:
    """Automatic gain control: follows the short-term level and evens it out."""
    n = max(1, int(window_s * RATE))
    power = np.cumsum(np.concatenate([[0.0], x.astype(np.float64) ** 2]))
    index = np.arange(len(x))
    low, high = np.maximum(index - n, 0), np.minimum(index + n, len(x))
    level = np.sqrt((power[high] - power[low]) / (high - low)) + 1e-4
    out = x * level ** (-ratio)
    return out * (np.sqrt(np.mean(x**2)) / (np.sqrt(np.mean(out**2)) + 1e-9))


def _clip(x: np.ndarray, share: float) -> np.ndarray:
    limit = share * np.max(np.abs(x)) + 1e-6
    return np.clip(x, -limit, limit)


def _lose(x: np.ndarray, frames: np.ndarray, repeat: bool) -> np.ndarray:
    """Lost 20 ms packets: silence, or the packet before at 70 % (the simplest concealment)."""
    x = x.copy()
    for f in np.flatnonzero(frames):
        span = slice(f * 320, min((f + 1) * 320, len(x)))
        n = span.stop - span.start
        x[span] = 0.7 * x[span.start - 320 : span.start - 320 + n] if repeat and f > 0 else 0
    return x


def _mulaw(x: np.ndarray) -> np.ndarray:
    """ITU-T G.711 mu-law by its continuous formula, 8 bits, at 16 kHz."""
    y = np.sign(x) * np.log1p(255 * np.minimum(np.abs(x), 1)) / np.log(256)
    y = np.round(y * 127) / 127
    return np.sign(y) * (256 ** np.abs(y) - 1) / 255


def _silence(x: np.ndarray, start: int, n: int) -> np.ndarray:
    x = x.copy()
    x[start : start + n] = 0
    return x


def _negate(x: np.ndarray) -> np.ndarray:
    return -x


def _offset(x: np.ndarray, dc: float) -> np.ndarray:
    return x + dc


def blend(rng: np.random.Generator, human: np.ndarray, copy: np.ndarray) -> np.ndarray:
    """A spoof in part of the band or part of the time only: every band and every second must be looked at."""
    if rng.random() < 0.7:
        spectrum, other = np.fft.rfft(human), np.fft.rfft(copy)
        hz = np.fft.rfftfreq(len(human), 1 / RATE)
        width = rng.uniform(1500, 4000)
        low = rng.uniform(-500, 8000 - width)
        inside = 1 / (1 + np.exp(-(hz - low) / 80)) / (1 + np.exp((hz - low - width) / 80))
        return np.fft.irfft(spectrum * (1 - inside) + other * inside, len(human)).astype(np.float32)
    n = int(rng.uniform(0.4, 0.8) * len(human))
    start = int(rng.integers(0, len(human) - n))
    ramp = np.clip(np.minimum(np.arange(len(human)) - start, start + n - np.arange(len(human))) / 160, 0, 1)
    return (human * (1 - ramp) + copy * ramp).astype(np.float32)
