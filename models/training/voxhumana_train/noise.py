"""Backgrounds that speech is mixed with: coloured noise, babble, music-like tones, hum."""

from __future__ import annotations

import numpy as np

from .clips import RATE, Clips, fit


class NoiseBank:
    """Backgrounds of one window's length: coloured noise, babble of both classes, music-like tones, hum."""

    def __init__(self, clips: Clips, length: int, size: int = 320, seed: int = 0):
        self.clips, self.length = clips, length
        rng = np.random.default_rng((seed, size))
        kinds = rng.choice(["_colour", "_babble", "_music", "_hum"], size, p=[0.45, 0.35, 0.1, 0.1])
        # Made once: drawing anew for every window would cost more than the training step.
        self.pieces = [getattr(self, k)(rng).astype(np.float32) for k in kinds]

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        piece = self.pieces[rng.integers(len(self.pieces))]
        return np.roll(piece, rng.integers(self.length))

    def _colour(self, rng: np.random.Generator) -> np.ndarray:
        spectrum = np.fft.rfft(rng.standard_normal(self.length).astype(np.float32))
        hz = np.maximum(np.fft.rfftfreq(self.length, 1 / RATE), 20.0)
        # 0: white, -0.5: pink, -1: brown amplitude slope; now and then a hump, as fans and motors have.
        shape = hz ** rng.uniform(-1.0, 0.2)
        if rng.random() < 0.3:
            shape *= 1 + 8 * np.exp(-(np.log(hz / rng.uniform(100, 4000)) ** 2) / 0.1)
        noise = np.fft.irfft(spectrum * shape, self.length)
        if rng.random() < 0.3:
            noise *= np.interp(np.arange(self.length), np.linspace(0, self.length, 12), rng.uniform(0.2, 1, 12))
        return noise

    def _babble(self, rng: np.random.Generator) -> np.ndarray:
        mix = np.zeros(self.length, np.float32)
        for i in rng.integers(len(self.clips), size=rng.integers(2, 7)):
            voice = fit(self.clips[i], self.length, int(rng.integers(RATE)))
            mix += voice / (np.sqrt(np.mean(voice**2)) + 1e-6)
        return mix

    def _music(self, rng: np.random.Generator) -> np.ndarray:
        t = np.arange(self.length) / RATE
        mix = np.zeros(self.length)
        beat = rng.uniform(0.25, 0.8)
        for start in np.arange(0, t[-1], beat):
            on = t >= start
            envelope = np.where(on, np.exp(-(t - start) * rng.uniform(1, 6)), 0)
            root = 110 * 2 ** (rng.integers(0, 36) / 12)
            for ratio in (1, 1.26, 1.5)[: rng.integers(1, 4)]:
                for harmonic in range(1, 5):
                    mix += envelope * np.sin(2 * np.pi * root * ratio * harmonic * t) / harmonic
        return mix

    def _hum(self, rng: np.random.Generator) -> np.ndarray:
        t = np.arange(self.length) / RATE
        base = rng.choice([50.0, 60.0])
        mix = sum(rng.uniform(0, 1) / k * np.sin(2 * np.pi * base * k * t + rng.uniform(0, 6)) for k in range(1, 12))
        return mix + 0.05 * rng.standard_normal(self.length)
