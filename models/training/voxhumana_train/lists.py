"""Recordings from a CSV manifest, decoded once and kept as one block of 16-bit samples.

A manifest has at least the columns `file` and `label` (`bonafide` or `spoof`); `family`, `generator`,
`source`, `pair_uid` and `uid` are used when they are there (see README.md, "Your own data").
"""

from __future__ import annotations

import hashlib
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile
import soxr

RATE = 16_000
OPTIONAL = ("family", "generator", "source", "pair_uid", "uid", "speaker", "language", "orig_codec", "corpus")


def read_config(path: str | Path) -> dict:
    """The configuration file."""
    if not Path(path).exists():
        raise SystemExit(f"missing {path}: run this in models/training, or name a configuration with --config")
    return tomllib.loads(Path(path).read_text())


def read_manifest(path: str | Path) -> pd.DataFrame:
    """The manifest with every optional column present and `path` made absolute."""
    path = Path(path)
    if not path.exists():
        raise SystemExit(f"missing {path}: [data] of the configuration names the lists, relative to where the command runs")
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    for column in ("file", "label"):
        if column not in table:
            raise SystemExit(f"{path}: no column `{column}`; it has {', '.join(table.columns)}")
    wrong = set(table.label) - {"bonafide", "spoof"}
    if wrong:
        raise SystemExit(f"{path}: label must be bonafide or spoof, found {', '.join(sorted(wrong))}")
    for column in OPTIONAL:
        if column not in table:
            table[column] = ""
    table["uid"] = table.uid.where(table.uid != "", table.file)
    # Without sources every clip would be its own island or all one; the folder is the best guess.
    table["source"] = table.source.where(table.source != "", table.file.map(os.path.dirname))
    table["generator"] = table.generator.where(table.generator != "", table.source)
    table["path"] = [str(path.parent / f) for f in table.file]
    return table


def training_table(data: dict) -> pd.DataFrame:
    """The training manifest of the configuration's table `data`, without the sources that the dev manifest holds as well: a figure
    counts only on sources that were not trained on, so a list that shares one by mistake must not spoil it."""
    table, dev = read_manifest(data["train"]), read_manifest(data["dev"])
    guessed = table.source == table.file.map(os.path.dirname)
    shared = table.source.isin(set(dev.source)) & ~guessed
    if shared.any():
        print(f"left out: {shared.sum()} training clips of {', '.join(sorted(set(table.source[shared])))}, which dev holds", flush=True)
    return table[~shared].reset_index(drop=True)


def digest(table: pd.DataFrame) -> str:
    """SHA-256 over the sorted lines `uid label`: names the training data in a model's metadata."""
    lines = sorted(f"{u} {l}\n" for u, l in zip(table.uid, table.label))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def decode(path: str) -> np.ndarray:
    """One file as mono float32 at 16 kHz."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    samples = samples.mean(axis=1)
    return samples if rate == RATE else soxr.resample(samples, rate, RATE)


@dataclass
class Clips:
    """Many clips in one block: clip `i` is `samples[starts[i]:starts[i + 1]]`, 16-bit."""

    samples: np.ndarray
    starts: np.ndarray

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, i: int) -> np.ndarray:
        return self.samples[self.starts[i] : self.starts[i + 1]].astype(np.float32) / 32768.0

    @classmethod
    def of(cls, clips: list[np.ndarray]) -> "Clips":
        starts = np.concatenate([[0], np.cumsum([len(c) for c in clips])])
        flat = np.concatenate(clips) if clips else np.zeros(0, np.float32)
        return cls(np.clip(np.rint(flat * 32768.0), -32768, 32767).astype(np.int16), starts)

    @classmethod
    def read(cls, path: Path) -> "Clips":
        if not path.exists():
            maker = f"synthesis.py --only {path.stem.split('-')[1]}" if path.stem.startswith("made-") else "prepare.py"
            raise SystemExit(f"missing {path}: run {maker} first")
        with np.load(path) as z:
            return cls(z["samples"], z["starts"])

    @classmethod
    def cached(cls, path: Path, make) -> "Clips":
        """Loads `path`, or makes the clips and saves them there (whole or not at all)."""
        if path.exists():
            return cls.read(path)
        clips = make()
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial.npz")
        np.savez(partial, samples=clips.samples, starts=clips.starts)
        partial.rename(path)
        return clips


def load(table: pd.DataFrame, cache: Path) -> Clips:
    """All clips of a manifest, decoded once into `cache`."""
    return Clips.cached(cache, lambda: Clips.of([decode(p) for p in table.path]))
