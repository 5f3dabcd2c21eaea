"""WORLD (Morise et al. 2016) with a coded envelope, shifted pitch and shifted formants, as statistical synthesis and voice conversion
have it."""

from __future__ import annotations

import numpy as np
import scipy.signal

from ..clips import RATE
from . import Maker


def world(x, rng):
    import pyworld

    x = x.astype(np.float64)
    f0, t = pyworld.dio(x, RATE, frame_period=5.0)
    f0 = pyworld.stonemask(x, f0, t, RATE)
    envelope = pyworld.cheaptrick(x, f0, t, RATE)
    aperiodicity = pyworld.d4c(x, f0, t, RATE)
    fft = pyworld.get_cheaptrick_fft_size(RATE)
    if rng.random() < 0.7:
        coded = pyworld.code_spectral_envelope(envelope, RATE, int(rng.integers(24, 61)))
        envelope = pyworld.decode_spectral_envelope(coded, RATE, fft)
    if rng.random() < 0.6:
        f0 = f0 * rng.uniform(0.75, 1.35)
        warp = rng.uniform(0.88, 1.14)
        bins = np.arange(envelope.shape[1])
        envelope = np.stack([np.interp(bins / warp, bins, e) for e in envelope])
    if rng.random() < 0.4:  # over-smoothed trajectories of statistical parametric synthesis
        kernel = np.hanning(int(rng.integers(5, 15)))
        envelope = np.exp(scipy.signal.fftconvolve(np.log(envelope), kernel[:, None] / kernel.sum(), "same", axes=0))
    y = pyworld.synthesize(f0, np.maximum(envelope, 1e-16), aperiodicity, RATE, 5.0)
    return np.pad(y, (0, max(0, len(x) - len(y))))[: len(x)]


MAKERS = {"world": Maker(world, "vocoder", "MIT (pyworld), BSD-3-Clause (WORLD)", "none", 0.06, "pip install 'voxhumana-train[makers]'")}
