"""Test sets as the detector hears them: `voxhumana.Detector.examine` finds the speech and scores its windows, `voxhumana.decide` makes the
decision from those scores, as in any scan. No rule of the decision is written here a second time."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import voxhumana

# Columns of a window: start and end in seconds of the recording, score, domain logit.
START, END, SCORE, DOMAIN = range(4)


@dataclass
class Heard:
    """One recording (its first channel)."""

    speech_s: float
    bandwidth_hz: int
    clipped_share: float
    windows: np.ndarray


def hear(detector: voxhumana.Detector, path: str) -> Heard:
    """What a scan finds in a file."""
    channel = detector.examine(path).channels[0]
    windows = np.array([(w.start_s, w.end_s, w.score, math.nan if w.domain is None else w.domain) for w in channel.windows], float)
    return Heard(channel.speech_s, channel.bandwidth_hz, channel.clipped_share, windows.reshape(-1, 4))


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
        table = pd.read_csv(self.folder / name / "list.csv", keep_default_na=False)
        path = self.kept / f"{name.replace('/', '-')}.npz"
        if not path.exists():
            with ThreadPoolExecutor(self.jobs) as pool:
                heard = list(pool.map(lambda f: hear(self.detector, str(self.folder / name / f)), table.file))
            facts = np.array([(h.speech_s, h.bandwidth_hz, h.clipped_share, len(h.windows)) for h in heard])
            path.parent.mkdir(parents=True, exist_ok=True)
            np.savez(path, facts=facts, windows=np.concatenate([h.windows for h in heard]))
            return table, heard
        with np.load(path) as z:
            facts, windows = z["facts"], z["windows"]
        parts = np.split(windows, np.cumsum(facts[:, 3].astype(int))[:-1])
        return table, [Heard(s, int(b), c, w) for (s, b, c, _), w in zip(facts, parts)]


class Judge:
    """The decision of a model with this metadata at one operating point."""

    def __init__(self, metadata: dict, point: str = "balanced"):
        self.decider = voxhumana.Decider(json.dumps(metadata), point)

    def __call__(self, heard: Heard) -> voxhumana.Decision:
        return self.decider.decide(heard.windows, speech_s=heard.speech_s, bandwidth_hz=heard.bandwidth_hz, clipped_share=heard.clipped_share)

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
