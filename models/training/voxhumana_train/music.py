"""Music made of what synthesisers are made of (sums of sines, frequency modulation, plucked strings, filtered saws, noise), to learn what is no
voice from. No recording is used."""

from __future__ import annotations

import numpy as np
import scipy.signal

from .augment import room
from .clips import RATE

MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
LAYERS = ("chords", "melody", "bass", "beats")


def music(rng: np.random.Generator, length: int) -> np.ndarray:
    """Chords, a melody, a bass and beats, one to all of them, each with a sound of its own; now and then in a room."""
    seconds = length / RATE
    mix = np.zeros(length)
    scale, key, beat = MAJOR if rng.random() < 0.6 else MINOR, 55 * 2 ** (rng.integers(12) / 12), rng.uniform(0.12, 0.6)

    def add(wave: np.ndarray, start: float, gain: float) -> None:
        at = int(start * RATE)
        part = wave[: length - at]
        mix[at : at + len(part)] += gain * part

    def hz(degree: int, octave: float) -> float:
        return key * 2 ** (octave + scale[degree % 7] / 12 + degree // 7)

    for layer in rng.choice(LAYERS, rng.integers(1, 5), replace=False):
        play, gain = rng.choice((sines, modulated, plucked, saw, blown)), rng.uniform(0.3, 1)
        sound, octave, held = play(rng), rng.integers(0, 5), rng.integers(1, 5)
        for start in np.arange(-rng.uniform(0, beat), seconds, beat * (1 if layer == "beats" else held)):
            start, degree = max(0.0, start), int(rng.integers(7))
            if layer == "beats":
                # Beats alone begin with one: silence is no music.
                if rng.random() < 0.7 or not mix.any():
                    add(struck(rng), start, gain)
            elif layer == "chords":
                for step in (0, 2, 4, 6)[: rng.integers(2, 5)]:
                    add(sound(hz(degree + step, octave - 1), beat * held), start, gain)
            else:
                add(sound(hz(degree, octave if layer == "melody" else octave % 2 - 0.5), beat * held), start, gain)
    if rng.random() < 0.3:
        mix = scipy.signal.fftconvolve(mix, room(rng))[:length]
    return mix.astype(np.float32)


def shaped(wave: np.ndarray, attack: float, decay: float) -> np.ndarray:
    """With `attack` seconds of rise, then `decay` nepers a second, and an end without a click."""
    t = np.arange(len(wave)) / RATE
    return wave * np.minimum(1, t / attack) * np.exp(-decay * t) * np.clip((t[-1] - t) / 0.02, 0, 1)


def pitch(rng: np.random.Generator):
    """Phase of a note of `hz`, in radians, with the vibrato of its instrument."""
    depth, rate, tuning = rng.choice((0.0, 0.002, 0.008)), rng.uniform(4, 7), rng.normal(1, 0.003)
    return lambda hz, t: 2 * np.pi * hz * tuning * (t - depth / (2 * np.pi * rate) * np.cos(2 * np.pi * rate * t))


def times(seconds: float) -> np.ndarray:
    return np.arange(max(2, int(seconds * RATE))) / RATE


def sines(rng: np.random.Generator):
    """Harmonics that fall by a power, odd ones alone for one instrument in four; stretched a little as strings do."""
    phase, power, attack, decay = pitch(rng), rng.uniform(0.4, 2), 10 ** rng.uniform(-2.7, -1), rng.uniform(0, 5)
    each, stretch = 2 if rng.random() < 0.25 else 1, rng.choice((0.0, 0.0004))

    def note(hz: float, seconds: float) -> np.ndarray:
        t = times(seconds)
        numbers = np.arange(1, max(2, min(24, int(7000 / hz)) + 1), each)
        tones = (k**-power * np.sin(np.sqrt(1 + stretch * k * k) * k * phase(hz, t) + rng.uniform(0, 6.28)) for k in numbers)
        return shaped(sum(tones), attack, decay)

    return note


def modulated(rng: np.random.Generator):
    """Frequency modulation (Chowning 1973): bells, brass, electric pianos."""
    phase, ratio, index = pitch(rng), rng.choice((0.5, 1, 1.41, 2, 3, 3.5, 7)), rng.uniform(0.5, 6)
    attack, decay, fade = 10 ** rng.uniform(-2.7, -1), rng.uniform(0, 5), rng.uniform(0, 6)

    def note(hz: float, seconds: float) -> np.ndarray:
        t = times(seconds)
        carrier = phase(hz, t)
        return shaped(np.sin(carrier + index * np.exp(-fade * t) * np.sin(ratio * carrier)), attack, decay)

    return note


def plucked(rng: np.random.Generator):
    """A string of noise that goes round and is smoothed (Karplus and Strong 1983)."""
    loss, bright = rng.uniform(0.97, 0.999), rng.uniform(0.5, 0.95)

    def note(hz: float, seconds: float) -> np.ndarray:
        period = max(2, round(RATE / hz))
        begin = np.zeros(max(period + 2, int(seconds * RATE)))
        begin[:period] = rng.standard_normal(period)
        feedback = np.zeros(period + 2)
        feedback[0], feedback[period], feedback[period + 1] = 1, -loss * bright, -loss * (1 - bright)
        return shaped(scipy.signal.lfilter([1.0], feedback, begin), 0.001, 0.0)

    return note


def saw(rng: np.random.Generator):
    """Saws and triangles side by side, out of tune, through a low pass: strings, brass, pads."""
    phase, voices, width = pitch(rng), rng.integers(1, 5), rng.choice((0.5, 1.0, 0.2))
    cut, attack, decay = rng.uniform(2, 20), 10 ** rng.uniform(-2.5, -0.5), rng.uniform(0, 3)

    def note(hz: float, seconds: float) -> np.ndarray:
        t = times(seconds)
        tones = (scipy.signal.sawtooth(phase(hz * rng.normal(1, 0.004), t) + rng.uniform(0, 6.28), width) for _ in range(voices))
        low = scipy.signal.butter(2, min(0.9, cut * hz / (RATE / 2)), output="sos")
        return shaped(scipy.signal.sosfilt(low, sum(tones)), attack, decay)

    return note


def blown(rng: np.random.Generator):
    """A tone with breath around it: flutes, pipes; without the tone, wind."""
    phase, breath, wide, attack = pitch(rng), rng.uniform(0.02, 0.5), rng.uniform(1.05, 1.6), 10 ** rng.uniform(-1.7, -0.7)

    def note(hz: float, seconds: float) -> np.ndarray:
        t = times(seconds)
        edges = np.clip([hz / wide, hz * wide], 20, 0.45 * RATE)
        air = scipy.signal.sosfilt(scipy.signal.butter(2, edges, "bandpass", fs=RATE, output="sos"), rng.standard_normal(len(t)))
        tone = np.sin(phase(hz, t)) + rng.uniform(0, 0.4) * np.sin(2 * phase(hz, t)) + rng.uniform(0, 0.2) * np.sin(3 * phase(hz, t))
        return shaped(tone + breath * air / (air.std() + 1e-9), attack, 0.0)

    return note


def struck(rng: np.random.Generator) -> np.ndarray:
    """A drum: noise, smoothed or roughened, over a tone that falls."""
    t = times(0.25)
    noise = rng.standard_normal(len(t)) * np.exp(-t * rng.uniform(10, 80))
    noise = np.diff(noise, prepend=0) if rng.random() < 0.3 else np.convolve(noise, np.ones(w := int(rng.integers(1, 30))) / np.sqrt(w), "same")
    skin = np.sin(2 * np.pi * rng.uniform(40, 250) * (t + 0.03 * (1 - np.exp(-t / 0.03)))) * np.exp(-t * rng.uniform(8, 40))
    return shaped(rng.uniform(0, 1) * noise + rng.choice((0, 1, 2)) * skin, 0.001, 0.0)
