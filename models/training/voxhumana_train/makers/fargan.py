"""FARGAN, the neural vocoder inside Opus 1.5 and later (Valin et al. 2024), fed with its own features of the clip: as they are; thinned,
smoothed or quantised, as codecs and acoustic models leave them; or with another pitch, vocal tract and spectral tilt, as voice
conversion does. `fargan.sh` builds the program from the sources inside the crate opusic-sys, weights and all.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import scipy.fft
import scipy.ndimage

from . import Maker

# Its features of a 10 ms frame: 18 cepstra of log band energies, log2 pitch, voicing.
CEPSTRA = 18
SCRIPT = Path(__file__).parent / "fargan.sh"
INSTALL = f"bash {SCRIPT} WORK/fargan (curl, cmake, gcc), or name the program in FARGAN_DEMO"


def ready(work: Path) -> None:
    """Finds the program: in FARGAN_DEMO, in the work folder, or on the path. Worker processes inherit the answer."""
    found = os.environ.get("FARGAN_DEMO") or shutil.which("fargan_demo") or str(work / "fargan" / "fargan_demo")
    if not os.access(found, os.X_OK):
        raise SystemExit(f"FARGAN is not at {found}: {INSTALL.replace('WORK', str(work))}")
    os.environ["FARGAN_DEMO"] = found


def _program() -> str:
    return os.environ["FARGAN_DEMO"]


def _fargan(x, change):
    with tempfile.TemporaryDirectory() as folder:
        pcm, features = Path(folder) / "a.pcm", Path(folder) / "a.f32"
        # Its features are made for speech near full scale, as are most corpora it was trained on.
        level = 0.5 / (np.abs(x).max() + 1e-6)
        np.clip(np.rint(x * level * 32767), -32768, 32767).astype(np.int16).tofile(pcm)
        subprocess.run([_program(), "-features", pcm, features], check=True, capture_output=True)
        f = np.fromfile(features, np.float32).reshape(-1, CEPSTRA + 2)
        change(f).astype(np.float32).tofile(features)
        subprocess.run([_program(), "-fargan-synthesis", features, pcm], check=True, capture_output=True)
        y = np.fromfile(pcm, np.int16) / 32768
    return np.pad(y, (0, max(0, len(x) - len(y))))[: len(x)]


def fargan(x, rng):
    return _fargan(x, lambda f: f)


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
    name: Maker(copy, family, "BSD-3-Clause (Opus)", "BSD-3-Clause (Opus)", 0.05, INSTALL, ready)
    for name, copy, family in (
        ("fargan", fargan, "vocoder"),
        ("fargan_coded", fargan_coded, "vocoder"),
        ("fargan_converted", fargan_converted, "conversion"),
    )
}
