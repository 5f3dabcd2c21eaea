"""How a network does on families that it was not trained on: `--family codecs
--run RUN`, after `feed --leave-out codecs` and `tune` without `--start`. `families` does all of it for every family.

The spoofs of the family (hold_out.toml) against the human clips of the calibration sources, first 4 s;
95 % interval by resampling sources of either class, as clips of one page are alike. For `telephone`,
whose clips are human, it is the human clips that are left out, against the calibration spoofs.
"""

from __future__ import annotations

import argparse
import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from voxhumana import metrics

from .. import config
from ..clips import Clips
from ..prepare import tables
from . import HOLD_OUT, measure
from .batches import left_out, members

# Most clips of a family, drawn by seed 0.
MOST = 600


@dataclass(frozen=True)
class Result:
    """EER in percent, and what 95 in 100 draws of sources leave it in. `wrong`: errors on the family at the threshold where the sources
    held out have as many false alarms as misses, `claimed`, percent."""

    clips: int
    eer: float
    low: float
    high: float
    claimed: float
    wrong: float

    def __str__(self) -> str:
        return f"{self.eer:.1f} ({self.low:.1f}–{self.high:.1f}); {self.claimed:.1f}, {self.wrong:.1f}"


def interval(scores: np.ndarray, human: np.ndarray, source: np.ndarray, times: int = 200) -> list[float]:
    """Quantiles of the EER over draws of sources."""
    rng = np.random.default_rng(0)
    groups = [[np.flatnonzero((source == s) & (human == h)) for s in np.unique(source[human == h])] for h in (True, False)]
    draws = []
    for _ in range(times):
        h, s = (np.concatenate([g[i] for i in rng.integers(len(g), size=len(g))]) for g in groups)
        draws.append(measure.eer(scores[h], scores[s]))
    return [round(float(q), 1) for q in np.quantile(draws, [0.025, 0.975])]


def result(score, table: pd.DataFrame, clips: Clips, family: str, most: int = MOST) -> Result:
    """What `score` (`measure.scorer`) makes of the family of the list `table`, whose recordings are `clips`."""
    rules = tomllib.loads(HOLD_OUT.read_text())["families"][family]["rules"]
    named, held = members(table, rules), left_out(table, [])
    human = (table.label == "bonafide").to_numpy()
    wanted = np.flatnonzero(named)
    if not len(wanted):
        raise SystemExit(f"no clip of the list is of the family {family!r} of {HOLD_OUT.name}")
    wanted = np.sort(np.random.default_rng(0).permutation(wanted)[:most])
    # Calibration sources, which no run sees, without the family.
    other = np.flatnonzero(held & ~named)
    rows = np.concatenate([wanted, other])
    every = measure.clip_scores(score, Clips.of([clips[i] for i in rows]))
    family_is_human, of_family = human[wanted[0]], np.arange(len(rows)) < len(wanted)
    claimed, threshold = metrics.Scores(every[~of_family & human[rows]], every[~of_family & ~human[rows]]).eer()
    wrong = np.mean((every[of_family] >= threshold) != family_is_human)
    # The family against the other class of these sources.
    kept = of_family | (human[rows] != family_is_human)
    s, h, source = every[kept], human[rows][kept], table.source.to_numpy(str)[rows][kept]
    low, high = interval(s, h, source)
    return Result(len(wanted), measure.eer(s[h], s[~h]), low, high, round(100 * claimed, 1), round(100 * float(wrong), 1))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    config.add_arguments(parser)
    parser.add_argument("--family", required=True)
    parser.add_argument("--run", type=Path, nargs="+", default=[])
    parser.add_argument("--model", type=Path, help="an ONNX file (which may have seen the family)")
    parser.add_argument("--most", type=int, default=MOST, help="most clips of the family, drawn by seed 0 (default: %(default)s)")


def run(arguments: argparse.Namespace) -> None:
    torch.set_num_threads(1)
    settings = config.load(arguments)
    table, _ = tables(settings)
    clips = Clips.read(config.cache(settings) / "train.npz")
    networks, features = measure.of_model(arguments.model) if arguments.model else measure.of_runs(arguments.run)
    found = result(measure.scorer(networks, features), table, clips, arguments.family, arguments.most)
    print(f"{arguments.family}: {found.clips} clips left out, EER {found.eer} % ({found.low} to {found.high})")
