"""Music made of sums of sines and noise, to learn what is no voice from. No recording is used."""

from __future__ import annotations

import numpy as np

from .clips import RATE


def tone(rng: np.random.Generator, hz: float, seconds: float, roll_off: float, attack: float, decay: float) -> np.ndarray:
    """A note: harmonics that fall by `roll_off` powers, `attack` seconds of rise, then `decay` nepers a second; a little vibrato."""
    t = np.arange(int(seconds * RATE)) / RATE
    phase = 2 * np.pi * hz * t + rng.uniform(0, 0.3) * np.sin(2 * np.pi * rng.uniform(4, 7) * t)
    harmonics = np.arange(1, max(2, min(24, int(7000 / hz)) + 1))
    wave = sum(k**-roll_off * np.sin(k * phase + rng.uniform(0, 6.28)) for k in harmonics)
    return wave * np.minimum(1, t / attack) * np.exp(-decay * t) * np.minimum(1, (seconds - t) / 0.02)


def music(rng: np.random.Generator, length: int) -> np.ndarray:
    """Chords, a melody or both over beats of noise, each with a sound of its own."""
    seconds = length / RATE
    mix = np.zeros(length)

    def add(wave: np.ndarray, start: float, gain: float) -> None:
        at = int(start * RATE)
        part = wave[: length - at]
        mix[at : at + len(part)] += gain * part

    scale = np.array([0, 2, 4, 5, 7, 9, 11] if rng.random() < 0.6 else [0, 2, 3, 5, 7, 8, 10])
    key, beat = 55 * 2 ** (rng.integers(12) / 12), rng.uniform(0.12, 0.6)
    layers = rng.choice(3, rng.integers(1, 4), replace=False)
    for layer in layers:
        roll_off, attack, decay = rng.uniform(0.4, 2), 10 ** rng.uniform(-2.7, -1), rng.uniform(0, 5)
        gain, octave, length_beats = rng.uniform(0.3, 1), rng.integers(1, 5), rng.integers(1, 5)
        for start in np.arange(-rng.uniform(0, beat), seconds, beat * (length_beats if layer < 2 else 1)):
            start = max(0.0, start)
            if layer == 0:  # chords
                degree = rng.integers(7)
                for step in (0, 2, 4, 6)[: rng.integers(2, 5)]:
                    d = degree + step
                    add(tone(rng, key * 2 ** (octave + (scale[d % 7] + 12 * (d // 7)) / 12) / 2, beat * length_beats, roll_off, attack, decay), start, gain)
            elif layer == 1:  # a melody
                hz = key * 2 ** (octave + scale[rng.integers(7)] / 12)
                add(tone(rng, hz, beat * length_beats, roll_off, attack, decay), start, gain)
            elif rng.random() < 0.7:  # beats
                n = int(0.2 * RATE)
                hit = rng.standard_normal(n) * np.exp(-np.arange(n) / RATE * rng.uniform(15, 80))
                add(np.convolve(hit, np.ones(w := int(rng.integers(1, 30))) / np.sqrt(w), "same"), start, gain)
    return mix.astype(np.float32)
