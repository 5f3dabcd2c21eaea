"""FARGAN, the neural vocoder of Opus (Valin et al. 2024), fed with changed features of the clip: thinned, smoothed or quantised, as codecs and
acoustic models leave them; or with another pitch, vocal tract and spectral tilt, as voice conversion does. `opus.sh` builds the program.
"""

from __future__ import annotations

import functools
import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import scipy.fft
import scipy.ndimage

from . import Maker, opus

# Its features of a 10 ms frame: 18 cepstra of log band energies, log2 pitch, voicing.
CEPSTRA = 18


def _fargan(x, change):
    with tempfile.TemporaryDirectory() as folder:
        pcm, features = Path(folder) / "a.pcm", Path(folder) / "a.f32"
        # Its features are made for speech near full scale, as are most corpora it was trained on.
        level = 0.5 / (np.abs(x).max() + 1e-6)
        np.clip(np.rint(x * level * 32767), -32768, 32767).astype(np.int16).tofile(pcm)
        subprocess.run([os.environ["FARGAN_DEMO"], "-features", pcm, features], check=True, capture_output=True)
        f = np.fromfile(features, np.float32).reshape(-1, CEPSTRA + 2)
        change(f).astype(np.float32).tofile(features)
        subprocess.run([os.environ["FARGAN_DEMO"], "-fargan-synthesis", features, pcm], check=True, capture_output=True)
        y = np.fromfile(pcm, np.int16) / 32768
    return np.pad(y, (0, max(0, len(x) - len(y))))[: len(x)]


def fargan_coded(x, rng):
    def change(f):
        c = f[:, :CEPSTRA]
        kind = rng.integers(4)
        if kind == 0:  # a frame now and then, straight lines between
            every = int(rng.integers(2, 5))
            at = np.arange(0, len(f), every)
            f = np.stack([np.interp(np.arange(len(f)), at, f[at, k]) for k in range(f.shape[1])], 1)
        elif kind == 1:  # over-smoothed trajectories
            kernel = np.hanning(int(rng.integers(5, 12)))
            f[:, :CEPSTRA] = scipy.ndimage.convolve1d(c, kernel / kernel.sum(), axis=0)
        elif kind == 2:  # coarse steps
            step = rng.uniform(0.2, 0.7)
            f[:, :CEPSTRA] = np.rint(c / step) * step
        else:  # what an uncertain model adds
            f[:, :CEPSTRA] += rng.normal(0, rng.uniform(0.05, 0.25), c.shape)
            f[:, CEPSTRA] += scipy.ndimage.gaussian_filter1d(rng.normal(0, 0.2, len(f)), 4)
        return f

    return _fargan(x, change)


def fargan_converted(x, rng):
    def change(f):
        bands = scipy.fft.idct(f[:, :CEPSTRA], norm="ortho")
        at = np.arange(CEPSTRA)
        warp = rng.uniform(0.88, 1.14)
        bands = np.stack([np.interp(at / warp, at, b) for b in bands]) + np.linspace(-1, 1, CEPSTRA) * rng.normal(0, 0.3)
        f[:, :CEPSTRA] = scipy.fft.dct(bands, norm="ortho")
        f[:, CEPSTRA] = np.clip(f[:, CEPSTRA] + np.log2(rng.uniform(0.7, 1.45)), -1.5, 1.5)
        return f

    return _fargan(x, change)


MAKERS = {
    name: Maker(
        copy, family, "BSD-3-Clause (Opus)", "BSD-3-Clause (Opus)", 0.01, opus.INSTALL, functools.partial(opus.ready, program="fargan_demo")
    )
    for name, copy, family in (("fargan_coded", fargan_coded, "vocoder"), ("fargan_converted", fargan_converted, "conversion"))
}
