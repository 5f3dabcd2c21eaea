"""Recordings decoded once and kept as one block of 16-bit samples."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile
import soxr

from . import lists

RATE = 16_000


def decode(path: str | Path) -> np.ndarray:
    """One file as mono float32 at 16 kHz."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    samples = samples.mean(axis=1)
    return samples if rate == RATE else soxr.resample(samples, rate, RATE)


def sixteen_bit(clip: np.ndarray) -> np.ndarray:
    """From samples between -1 and 1."""
    return np.clip(np.rint(clip * 32768.0), -32768, 32767).astype(np.int16)


def fit(clip: np.ndarray, length: int, start: int = 0) -> np.ndarray:
    """`length` samples from `start`; a clip that is too short is repeated from its start, as the detector does."""
    if len(clip) == 0:
        return np.zeros(length, np.float32)
    if len(clip) >= length:
        start = min(start, len(clip) - length)
        return clip[start : start + length].copy()
    return np.resize(clip, length)


@dataclass
class Clips:
    """Many clips in one block: clip `i` is `samples[starts[i]:starts[i + 1]]`, 16-bit."""

    samples: np.ndarray
    starts: np.ndarray

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, i: int) -> np.ndarray:
        return self.samples[self.starts[i] : self.starts[i + 1]].astype(np.float32) / 32768.0

    def digest(self, i: int) -> str:
        """SHA-256 of the samples of one clip; empty where there is no sound in it."""
        samples = self.samples[self.starts[i] : self.starts[i + 1]]
        return hashlib.sha256(samples.tobytes()).hexdigest() if samples.any() else ""

    def take(self, rows: np.ndarray) -> "Clips":
        """The clips of these rows."""
        return Clips.joined([self.samples[self.starts[i] : self.starts[i + 1]] for i in rows])

    @classmethod
    def joined(cls, clips: list[np.ndarray]) -> "Clips":
        """From 16-bit clips."""
        starts = np.concatenate([[0], np.cumsum([len(c) for c in clips], dtype=int)])
        return cls(np.concatenate(clips) if clips else np.zeros(0, np.int16), starts)

    @classmethod
    def of(cls, clips: list[np.ndarray]) -> "Clips":
        """From clips between -1 and 1."""
        return cls.joined([sixteen_bit(c) for c in clips])

    @classmethod
    def read(cls, path: Path) -> "Clips":
        if not path.exists():
            command = made_by(path.stem)
            raise SystemExit(f"missing {path}: run `voxhumana-train {command}` first")
        with np.load(path) as z:
            return cls(z["samples"], z["starts"])

    def save(self, path: Path, **more: np.ndarray) -> None:
        """Writes the file, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial.npz")
        np.savez(partial, samples=self.samples, starts=self.starts, **more)
        partial.rename(path)

    @classmethod
    def cached(cls, path: Path, make: Callable[[], "Clips"]) -> "Clips":
        """Reads `path`, or makes the clips and saves them there."""
        if path.exists():
            return cls.read(path)
        clips = make()
        clips.save(path)
        return clips


def made_by(name: str) -> str:
    """The command that makes a file of the cache."""
    of, *more = name.split("-")
    if of == "call":
        return f"shipped calls --copy {more[0]}"
    if of == "made" and more[1:2] == ["call"]:
        return f"shipped calls --copy {more[2]} --made {more[0]}"
    return f"make {more[0]}" if of == "made" else "prepare"


def decode_all(table: pd.DataFrame) -> Clips:
    """All recordings of a list. Files that cannot be used are named with their rows."""
    clips, wrong, several = [], [], 0
    for path, name, row in zip(table.path, table.file, table.row):
        try:
            clip = decode(path)
            several += soundfile.info(path).channels > 1
            problem = "" if len(clip) else "holds no samples"
        except Exception as error:  # libsndfile has errors of many kinds; all mean this file
            clip, problem = np.zeros(0, np.float32), f"cannot be decoded ({error})"
        clips.append(sixteen_bit(clip))
        if problem:
            wrong.append((row, "file", f"{name} {problem}"))
        if len(clips) % 1000 == 0:
            print(f"decoded {len(clips)} of {len(table)}", flush=True)
    lists.refuse(table.attrs["list"], wrong)
    if several:
        print(f"{table.attrs['list']}: {several} recordings have several channels, which are mixed here; a scan judges each: where they are two parties, split them", flush=True)
    return Clips.joined(clips)
