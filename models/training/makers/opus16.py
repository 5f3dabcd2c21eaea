"""The networks inside libopus 1.6.1: FARGAN (vocoder), DRED (codec), LACE and NoLACE (post-filters).

Needs the filter `opusgen`, built from the crate opusic-sys 0.7.7 by the generators' `build_opus.sh`;
`OPUSGEN` names it. Each draws its setting anew for every clip.
"""

from __future__ import annotations

import os
import subprocess

import numpy as np

from . import Maker

PROGRAM = os.environ.get("OPUSGEN", "../../runs/generators/opus/opusgen")
LICENCE, PACKAGE = "BSD-3 / BSD-3", "opusic-sys 0.7.7, crates.io"
NAMES = {
    "fargan": Maker("vocoder", LICENCE, 0.01, PACKAGE),
    "fargan_pitch": Maker("vocoder", LICENCE, 0.01, PACKAGE),
    "dred": Maker("codec", LICENCE, 0.03, PACKAGE),
    "lace": Maker("enhanced", LICENCE, 0.03, PACKAGE),
    "nolace": Maker("enhanced", LICENCE, 0.03, PACKAGE),
}


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
    done = subprocess.run([PROGRAM, *_setting(name, rng)], input=pcm, capture_output=True, check=True)
    return np.frombuffer(done.stdout, "<i2").astype(np.float32) / 32768 / level
