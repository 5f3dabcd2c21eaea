"""Makers without a network or weights: phases, linear prediction, Griffin-Lim. They need nothing but scipy and, for the pitch,
pyworld.

Each draws its parameters anew for every clip, so that no single setting can be learnt by heart.
"""

from __future__ import annotations

import numpy as np
import scipy.linalg
import scipy.ndimage
import scipy.signal

from ..clips import RATE
from . import Maker
from ._mel import mel_filters


def _stft(x, n, hop):
    return scipy.signal.stft(x, RATE, "hann", n, n - hop, boundary="zeros", padded=True)[2]


def _istft(s, n, hop, length):
    x = scipy.signal.istft(s, RATE, "hann", n, n - hop, boundary=True)[1]
    return np.pad(x, (0, max(0, length - len(x))))[:length]


def griffin_lim(x, rng):
    """Mel spectrogram (random size) back to a linear one, phases by fast Griffin-Lim (Perraudin et al. 2013)."""
    n = int(rng.choice([512, 800, 1024]))
    hop = n // int(rng.choice([3, 4, 5]))
    magnitude = np.abs(_stft(x, n, hop))
    bands = int(rng.integers(48, 129))
    m = mel_filters(bands, n, rng.uniform(0, 80), 8000.0)
    weight = m / np.maximum(m.sum(0, keepdims=True), 1e-9)
    magnitude = weight.T @ (m @ magnitude)
    phase = np.exp(2j * np.pi * rng.random(magnitude.shape))
    s, before = magnitude * phase, 0
    for _ in range(int(rng.integers(4, 33))):
        y = _stft(_istft(s, n, hop, len(x)), n, hop)
        y = y[:, : magnitude.shape[1]]
        if y.shape[1] < magnitude.shape[1]:
            y = np.pad(y, ((0, 0), (0, magnitude.shape[1] - y.shape[1])))
        step = y + 0.9 * (y - before)
        before = y
        s = magnitude * step / (np.abs(step) + 1e-9)
    return _istft(s, n, hop, len(x))


def phase(x, rng):
    """True magnitudes, invented phases above a random frequency, or smoothed magnitudes, as magnitude-only models leave them."""
    n = int(rng.choice([320, 512, 1024]))
    hop = n // 4
    s = _stft(x, n, hop)
    hz = np.fft.rfftfreq(n, 1 / RATE)
    edge = 1 / (1 + np.exp(-(hz - rng.uniform(0, 4500)) / 200))[:, None]
    magnitude, angle = np.abs(s), np.angle(s)
    kind = rng.integers(3)
    if kind == 0:  # invented phases
        angle = angle + edge * rng.uniform(0.6, 3.1) * rng.uniform(-1, 1, s.shape)
    elif kind == 1:  # phases that run on at each bin's centre frequency, set true again now and then
        every = int(rng.integers(3, 12))
        anchor = (np.arange(s.shape[1]) // every) * every
        run = angle[:, anchor] + 2 * np.pi * hz[:, None] * hop / RATE * (np.arange(s.shape[1]) - anchor)
        angle = np.where(edge > rng.random(), run, angle)
    else:  # magnitudes smoothed over time and frequency, true phases
        size = (int(rng.integers(2, 6)), int(rng.integers(2, 5)))
        smooth = scipy.ndimage.uniform_filter(np.log(magnitude + 1e-7), size)
        magnitude = np.exp(edge * smooth + (1 - edge) * np.log(magnitude + 1e-7))
    return _istft(magnitude * np.exp(1j * angle), n, hop, len(x))


def lpc(x, rng):
    """Linear prediction with a pulse and noise excitation."""
    import pyworld

    order, n, hop = int(rng.integers(12, 28)), 480, 160
    f0, t = pyworld.dio(x.astype(np.float64), RATE, frame_period=10.0)
    shift = rng.uniform(0.8, 1.3) if rng.random() < 0.5 else 1.0
    window = np.hanning(n)
    y = np.zeros(len(x) + n)
    position = 0.0
    for k in range((len(x) - n) // hop):
        frame = x[k * hop : k * hop + n] * window
        r = np.correlate(frame, frame, "full")[n - 1 : n + order]
        r[0] = r[0] * 1.0001 + 1e-9
        a = scipy.linalg.solve_toeplitz(r[:-1], r[1:])
        gain = np.sqrt(max(r[0] - a @ r[1:], 1e-12))
        excitation = rng.standard_normal(n) * 0.3
        pitch = f0[min(k, len(f0) - 1)] * shift
        if pitch > 50:
            period = RATE / pitch
            at = np.arange((position - k * hop) % period, n, period).astype(int)
            excitation[at[at < n]] += np.sqrt(period)
        else:
            excitation *= 3
        frame = scipy.signal.lfilter([gain / np.sqrt(n)], np.concatenate([[1], -a]), excitation)
        y[k * hop : k * hop + n] += frame * window
    return y[: len(x)]


MAKERS = {
    "griffin_lim": Maker(griffin_lim, "vocoder", "this project's", "none", 0.04, "nothing"),
    "phase": Maker(phase, "vocoder", "this project's", "none", 0.005, "nothing"),
    "lpc": Maker(lpc, "vocoder", "this project's; pyworld MIT", "none", 0.02, "pip install 'voxhumana-train[makers]'"),
}
