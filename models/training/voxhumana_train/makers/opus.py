"""The networks inside libopus 1.6.1: FARGAN (vocoder), DRED (codec), LACE and NoLACE (post-filters of calls).

`opus.sh` builds the filter `opusgen` from the sources inside the crate opusic-sys, weights and all. Each draws its setting anew for every
clip.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np

from . import Maker

SCRIPT = Path(__file__).parent / "opus.sh"
INSTALL = f"bash {SCRIPT} WORK/opus (curl, cmake, gcc)"


def ready(work: Path, program: str = "opusgen") -> None:
    """Finds the program: where a variable of its name says, on the path, or in the work folder. Worker processes inherit the answer."""
    variable = program.upper()
    found = os.environ.get(variable) or shutil.which(program) or str(work / "opus" / program)
    if not os.access(found, os.X_OK):
        raise SystemExit(f"{program} is not at {found}: {INSTALL.replace('WORK', str(work))}, or name it in {variable}")
    os.environ[variable] = found


def _setting(name: str, rng: np.random.Generator) -> list[str]:
    if name == "fargan_pitch":
        # Two to seven semitones up or down: a speaker that the corpus does not have.
        return ["fargan", str(int(rng.choice([-1, 1]) * rng.integers(200, 701)))]
    if name == "dred":
        return ["dred", str(int(rng.integers(24, 41)))]
    if name in ("lace", "nolace"):
        return [name, str(int(rng.integers(6000, 13001)))]
    return [name]


def copy(name: str, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    # Its features are made for speech near full scale.
    level = 0.5 / (np.abs(x).max() + 1e-6)
    pcm = np.clip(np.rint(x * level * 32767), -32768, 32767).astype("<i2").tobytes()
    done = subprocess.run([os.environ["OPUSGEN"], *_setting(name, rng)], input=pcm, capture_output=True, check=True)
    return np.frombuffer(done.stdout, "<i2").astype(np.float32) / 32768 / level


MAKERS = {
    name: Maker(functools.partial(copy, name), family, "BSD-3-Clause (Opus)", "BSD-3-Clause (Opus)", rtf, INSTALL, ready)
    for name, family, rtf in (
        ("fargan", "vocoder", 0.01),
        ("fargan_pitch", "conversion", 0.01),
        ("dred", "codec", 0.03),
        ("lace", "enhanced", 0.02),
        ("nolace", "enhanced", 0.02),
    )
}
