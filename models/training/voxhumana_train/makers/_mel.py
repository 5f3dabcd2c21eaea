"""Mel filters."""

from __future__ import annotations

import numpy as np

from ..clips import RATE


def mel_filters(bands: int, n: int, low: float, high: float) -> np.ndarray:
    """HTK mel triangles, each of unit sum."""
    mel = lambda f: 2595 * np.log10(1 + f / 700)
    edges = 700 * (10 ** (np.linspace(mel(low), mel(high), bands + 2) / 2595) - 1)
    hz = np.fft.rfftfreq(n, 1 / RATE)
    up = (hz - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    down = (edges[2:, None] - hz) / (edges[2:] - edges[1:-1])[:, None]
    m = np.maximum(0, np.minimum(up, down))
    return m / np.maximum(m.sum(1, keepdims=True), 1e-9)
