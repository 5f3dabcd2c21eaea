"""What a telephone call does to speech besides its codec, drawn at random and cheap enough to be done in
the training loop: echo, noise suppressor, gate, gain control, handset, packet loss, comfort noise,
G.711 at 8 kHz.

A `Line` is drawn once, without a look at the label, and applied to both clips of a pair. None of its
parts is the filter of the same purpose that models are measured through, and all draw their settings.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.fft
import scipy.ndimage
import scipy.signal

RATE = 16_000
FRAME, HOP = 512, 256


def _frames(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    window = np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / FRAME)).astype(np.float32)
    padded = np.pad(x, (HOP, FRAME + HOP))
    cut = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::HOP]
    return scipy.fft.rfft(cut * window, axis=1), window


def _joined(spectrum: np.ndarray, window: np.ndarray, length: int) -> np.ndarray:
    parts = scipy.fft.irfft(spectrum, FRAME, axis=1) * window
    y = np.zeros((len(parts) + 1) * HOP, np.float32)
    y[:-HOP] += parts[:, :HOP].reshape(-1)
    y[HOP:] += parts[:, HOP:].reshape(-1)
    return y[HOP : HOP + length]


def suppress(x, over: float, floor_db: float, quantile: float, memory: float, power: float):
    """Spectral subtraction: the noise of each bin is a low quantile over time, the gain falls to
    `floor_db` and remembers `memory` of its last value (which leaves or hides musical tones)."""
    s, window = _frames(x)
    energy = np.abs(s) ** 2 + 1e-12
    noise = np.quantile(energy, quantile, axis=0, keepdims=True)
    noise = scipy.ndimage.uniform_filter1d(noise, 9, axis=1) * over
    gain = np.maximum(1 - (noise / energy) ** power, 0.0) ** (0.5 / power)
    gain = np.maximum(gain, 10 ** (floor_db / 20))
    if memory:
        gain = scipy.signal.lfilter([1 - memory], [1, -memory], gain, axis=0)
    return _joined(s * gain.astype(np.float32), window, len(x))


def wiener(x, over: float, floor_db: float, alpha: float):
    """Decision-directed a-priori SNR (Ephraim and Malah 1984), Wiener gain; noise from the quietest frames."""
    s, window = _frames(x)
    energy = np.abs(s) ** 2 + 1e-12
    order = np.argsort(energy.sum(1))[: max(2, len(energy) // 8)]
    noise = energy[order].mean(0) * over + 1e-12
    floor = 10 ** (floor_db / 20)
    out, before = np.empty_like(energy, np.float32), np.zeros(energy.shape[1])
    for t, e in enumerate(energy):
        after = np.maximum(e / noise - 1, 0)
        prior = alpha * before + (1 - alpha) * after
        gain = np.maximum(prior / (1 + prior), floor)
        before = gain * gain * e / noise
        out[t] = gain
    return _joined(s * out, window, len(x))


def _level(x, seconds: float):
    return np.sqrt(scipy.ndimage.uniform_filter1d(x * x, max(1, int(seconds * RATE)), mode="nearest").clip(0)) + 1e-6


def gate(x, under_db: float, depth_db: float, seconds: float):
    """A voice activity gate: what is `under_db` below the loud parts falls by `depth_db`."""
    level = _level(x, 0.02)
    threshold = np.quantile(level, 0.95) * 10 ** (-under_db / 20)
    open_ = scipy.ndimage.maximum_filter1d((level > threshold).astype(np.float32), int(seconds * RATE))
    ramp = scipy.ndimage.uniform_filter1d(open_, int(0.01 * RATE))
    depth = 10 ** (-depth_db / 20)
    return x * (depth + (1 - depth) * ramp)


def gain_control(x, ratio: float, seconds: float):
    level = _level(x, seconds)
    return x * (level / level.max() + 0.01) ** (-ratio)


def limit(x, drive_db: float, soft: bool):
    peak = np.abs(x).max() + 1e-9
    y = x / peak * 10 ** (drive_db / 20)
    return peak * (np.tanh(y) if soft else np.clip(y, -1, 1))


def echo(x, delays_ms: list[float], gains: list[float], dull: float):
    """Reflections of a desk or a far end, duller than the voice."""
    y = x.copy()
    low = scipy.signal.lfilter([1 - dull], [1, -dull], x).astype(np.float32)
    for ms, g in zip(delays_ms, gains):
        n = int(ms * RATE / 1000)
        if 0 < n < len(x):
            y[n:] += g * low[:-n]
    return y


def shape(x, points_hz: np.ndarray, gains_db: np.ndarray, low: float, high: float, steep: float):
    """A handset or loudspeaker: a band with edges and a bumpy response, by one transform."""
    n = scipy.fft.next_fast_len(len(x) + 400, real=True)
    hz = np.fft.rfftfreq(n, 1 / RATE)
    curve = 10 ** (np.interp(np.log(np.maximum(hz, 30)), np.log(points_hz), gains_db) / 20)
    band = 1 / np.sqrt(1 + (hz / high) ** steep)
    if low:
        band = band / np.sqrt(1 + (low / np.maximum(hz, 1)) ** 6)
    return scipy.fft.irfft(scipy.fft.rfft(x, n) * (curve * band).astype(np.float32), n)[: len(x)]


def _taper(n: int) -> np.ndarray:
    """Gains of the spectrum of `n` samples up to 4 kHz, falling from 3.6 kHz on."""
    hz = np.arange(n // 4 + 1) * RATE / n
    return np.cos(np.clip((hz - 3600) / 400, 0, 1) * np.pi / 2).astype(np.float32)


def _halved(x: np.ndarray) -> np.ndarray:
    """At 8 kHz, by the transform: a polyphase filter costs five times as much."""
    n = len(x) // 4 * 4
    return scipy.fft.irfft(scipy.fft.rfft(x[:n])[: n // 4 + 1] * _taper(n), n // 2) / 2


def _doubled(x: np.ndarray, length: int) -> np.ndarray:
    s = np.zeros(len(x) + 1, np.complex64)
    s[: len(x) // 2 + 1] = scipy.fft.rfft(x)
    y = scipy.fft.irfft(s, 2 * len(x)) * 2
    return np.pad(y, (0, length - len(y))).astype(np.float32)


def companded(x, law: str, level_db: float):
    """G.711 at 8 kHz and `level_db` of full scale, and back."""
    half = _halved(x)
    scale = 10 ** (level_db / 20) / (np.sqrt(np.mean(half**2)) + 1e-9)
    h = np.clip(half * scale, -1, 1)
    if law == "mu":
        y = np.round(np.log1p(255 * np.abs(h)) / np.log(256) * 127) / 127
        y = np.sign(h) * np.expm1(y * np.log(256)) / 255
    else:
        a = 87.6
        k = 1 + np.log(a)
        size = np.abs(h)
        y = np.where(size < 1 / a, a * size / k, (1 + np.log(np.maximum(a * size, 1))) / k)
        y = np.round(y * 127) / 127
        y = np.sign(h) * np.where(y < 1 / k, y * k / a, np.exp(y * k - 1) / a)
    return _doubled(y / scale, len(x))


def narrow(x, _):
    """8 kHz and back."""
    return _doubled(_halved(x), len(x))


def lose(x, lost: np.ndarray, frame: int, fade: float):
    """Lost packets are filled with the pitch period before them, fading as the gap goes on."""
    y = x.copy()
    gain = 1.0
    for f in range(len(x) // frame):
        if not lost[f % len(lost)]:
            gain = 1.0
            continue
        start = f * frame
        past = y[max(0, start - 640) : start]
        if len(past) < 640:
            continue
        # The lag of the best match of the last 5 ms, between 2.5 and 15 ms.
        tail = past[-80:]
        match = np.correlate(past[-320:-40], tail)
        lag = 320 - int(np.argmax(match))
        gain *= fade
        y[start : start + frame] = gain * np.resize(past[-max(lag, 40) :], frame)
    return y


def comfort(x, under_db: float, seed: int):
    """Comfort noise in what is silent, as a decoder puts it there."""
    level = _level(x, 0.03)
    quiet = level < np.quantile(level, 0.95) * 10 ** (-under_db / 20)
    noise = np.random.default_rng(seed).standard_normal(len(x)).astype(np.float32)
    noise = scipy.signal.lfilter([0.3], [1, -0.7], noise)
    return np.where(quiet, x * 0.3 + noise * np.quantile(level, 0.1), x)


@dataclass
class Line:
    """One draw; `apply` is deterministic."""

    steps: list

    @classmethod
    def draw(cls, rng: np.random.Generator, companding: bool = True) -> "Line":
        """Between one and all of the parts, in the order of a call."""
        u = rng.uniform
        steps = []
        if rng.random() < 0.15:
            k = rng.integers(1, 4)
            steps.append((echo, u(3, 120, k), u(0.1, 0.5, k) * rng.choice([-1, 1], k), u(0, 0.6)))
        kind = rng.random()
        if kind < 0.22:
            args = (u(1, 6), u(-30, -8), u(0.05, 0.3), u(0, 0.6), rng.choice([0.5, 1.0]))
            steps.append((suppress, *args))
        elif kind < 0.36:
            steps.append((wiener, u(1, 6), u(-32, -8), u(0.6, 0.98)))
        if rng.random() < 0.12:
            steps.append((gate, u(15, 40), u(10, 60), u(0.04, 0.3)))
        if rng.random() < 0.25:
            steps.append((gain_control, u(0.2, 0.8), u(0.03, 0.4)))
        if rng.random() < 0.12:
            steps.append((limit, u(2, 16), bool(rng.random() < 0.5)))
        phone = rng.random()
        if phone < 0.45:
            points = np.array([30, 200, 500, 1000, 1700, 2400, 3200, 4000, 8000.0])
            low = u(150, 400) if rng.random() < 0.5 else 0.0
            steps.append((shape, points, rng.normal(0, 3, 9), low, u(3000, 3900), u(20, 80)))
        elif phone < 0.65:
            steps.append((narrow, 0))
        if rng.random() < 0.12:
            rate = u(0.01, 0.1)
            steps.append((lose, rng.random(400) < rate, int(rng.choice([160, 320, 480])), u(0.5, 0.9)))
        if rng.random() < 0.06:
            steps.append((comfort, u(25, 45), int(rng.integers(2**31))))
        if companding and phone < 0.65 and rng.random() < 0.6:
            steps.append((companded, rng.choice(["mu", "a"]), u(-38, -14)))
        return cls(steps)

    def apply(self, x: np.ndarray) -> np.ndarray:
        for step, *arguments in self.steps:
            x = np.asarray(step(x, *arguments), np.float32)
        return x
