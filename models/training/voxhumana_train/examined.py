"""Test sets as the detector hears them: `voxhumana.Detector.examine` finds the speech and scores its windows, `voxhumana.Decider` makes the
decision from those scores, as in any scan. No rule of the decision is written here a second time."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import voxhumana

from .clips import Clips

# Columns of a list that are no numbers, though they may look like some.
TEXT = ("file", "label", "family", "generator", "source", "language", "kind", "corpus_file")
COLUMNS = ("start_s", "end_s", "score", "domain")


@dataclass
class Heard:
    """One recording (its first channel)."""

    speech_s: float
    bandwidth_hz: int
    clipped_share: float
    windows: voxhumana.Windows


def hear(detector: voxhumana.Detector, path: str, embeddings: bool = False) -> Heard:
    """What a scan finds in a file."""
    examination = detector.examine(path, embeddings=embeddings)
    report = examination.report
    return Heard(report.channels[0].speech_s, report.input.bandwidth_hz, report.input.clipped_share, examination.windows[0])


@dataclass
class Recordings:
    """A list, and what a model hears in those of its recordings that can be scored."""

    table: pd.DataFrame
    digests: list[str]
    heard: list[Heard]
    clips: Clips

    @property
    def human(self) -> np.ndarray:
        return (self.table.label == "bonafide").to_numpy()


class Sets:
    """The test sets of a model, examined once and kept beside it."""

    def __init__(self, model: Path, folder: Path, kept: Path, jobs: int):
        self.detector = voxhumana.Detector(str(model), threads=1)
        self.folder, self.kept, self.jobs = folder, kept, jobs

    def exists(self, name: str) -> bool:
        """Whether the set is there and holds anything."""
        path = self.folder / name / "list.csv"
        return path.exists() and len(pd.read_csv(path)) > 0

    def read(self, name: str) -> tuple[pd.DataFrame, list[Heard]]:
        """The list of a set and what was heard in each recording."""
        table = pd.read_csv(self.folder / name / "list.csv", dtype=dict.fromkeys(TEXT, str), keep_default_na=False)
        path = self.kept / f"{name.replace('/', '-')}.npz"
        if not path.exists():
            with ThreadPoolExecutor(self.jobs) as pool:
                heard = list(pool.map(lambda f: hear(self.detector, str(self.folder / name / f)), table.file))
            facts = np.array([(h.speech_s, h.bandwidth_hz, h.clipped_share, len(h.windows)) for h in heard])
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(".partial.npz")
            np.savez(partial, facts=facts, **{c: np.concatenate([getattr(h.windows, c) for h in heard]) for c in COLUMNS})
            partial.rename(path)
            return table, heard
        with np.load(path) as z:
            facts, columns = z["facts"], [z[c] for c in COLUMNS]
        at = np.cumsum(facts[:, 3].astype(int))[:-1]
        windows = [voxhumana.Windows(*parts) for parts in zip(*(np.split(c, at) for c in columns))]
        return table, [Heard(s, int(b), c, w) for (s, b, c, _), w in zip(facts, windows)]


class Judge:
    """The decision of a model with this metadata at one operating point."""

    def __init__(self, metadata: dict, point: str = "balanced"):
        self.decider = voxhumana.Decider(metadata, point)

    def __call__(self, heard: Heard) -> voxhumana.Decision:
        return self.decider.decide(heard.windows, heard.speech_s, heard.bandwidth_hz, heard.clipped_share)

    def all(self, heard: list[Heard]) -> Iterator[voxhumana.Decision]:
        return map(self, heard)


def uncalibrated(metadata: dict) -> dict:
    """The same model with scores in place of log-likelihood ratios."""
    plain = copy.deepcopy(metadata)
    plain["calibration"] = {"scale": 1.0, "offset": 0.0}
    plain["channel_calibration"] = [{"min_speech_s": 0.0, "scale": 1.0, "offset": 0.0}]
    plain.pop("score_range", None)
    return plain


@dataclass
class Scored:
    """The recordings of a set that have a score."""

    table: pd.DataFrame
    score: np.ndarray
    human: np.ndarray
    heard: list[Heard]

    @property
    def sources(self) -> np.ndarray:
        return self.table.source.to_numpy(str)


def scored(sets: Sets, name: str, metadata: dict) -> Scored:
    """Uncalibrated scores of a set's channels; recordings without a window are left out."""
    table, heard = sets.read(name)
    judge = Judge(uncalibrated(metadata))
    scores = [judge(h).llr for h in heard]
    kept = [i for i, s in enumerate(scores) if s is not None]
    table = table.iloc[kept].reset_index(drop=True)
    return Scored(table, np.array([scores[i] for i in kept], float), (table.label == "bonafide").to_numpy(), [heard[i] for i in kept])
