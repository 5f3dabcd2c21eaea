"""How a network does on families that it was not trained on: `--family codecs
--run RUN`, after `feed --leave-out codecs` and `tune` without `--start`.

The spoofs of the family (hold_out.toml) against the human clips of the calibration sources, first 4 s;
95 % interval by resampling sources of either class, as clips of one page are alike. For `telephone`,
whose clips are human, it is the human clips that are left out, against the calibration spoofs.
"""

from __future__ import annotations

import argparse
import json
import tomllib
from pathlib import Path

import numpy as np
import torch

from .. import config, nets
from ..clips import Clips
from ..prepare import tables
from . import HOLD_OUT, measure
from .batches import left_out, members
from .torch_features import Features


def interval(scores: np.ndarray, human: np.ndarray, source: np.ndarray, times: int = 200) -> list[float]:
    """Quantiles of the EER over draws of sources."""
    rng = np.random.default_rng(0)
    groups = [[np.flatnonzero((source == s) & (human == h)) for s in np.unique(source[human == h])] for h in (True, False)]
    draws = []
    for _ in range(times):
        h, s = (np.concatenate([g[i] for i in rng.integers(len(g), size=len(g))]) for g in groups)
        draws.append(measure.eer(scores[h], scores[s]))
    return [round(float(q), 1) for q in np.quantile(draws, [0.025, 0.975])]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    config.add_arguments(parser)
    parser.add_argument("--family", required=True)
    parser.add_argument("--run", type=Path, nargs="+", default=[])
    parser.add_argument("--model", type=Path, help="an ONNX file (which may have seen the family)")
    parser.add_argument("--most", type=int, default=600, help="most clips of the family, drawn by seed 0")


def run(arguments: argparse.Namespace) -> None:
    torch.set_num_threads(1)
    settings = config.load(arguments)
    table, _ = tables(settings)
    rules = tomllib.loads(HOLD_OUT.read_text())["families"][arguments.family]["rules"]
    named, held = members(table, rules), left_out(table, [])
    human = (table.label == "bonafide").to_numpy()
    wanted = np.flatnonzero(named)
    wanted = np.sort(np.random.default_rng(0).permutation(wanted)[: arguments.most])
    # The other class: calibration sources, which no run sees, without the family.
    other = np.flatnonzero(held & ~named & (human != human[wanted[0]]))
    rows = np.concatenate([wanted, other])
    clips = Clips.read(config.cache(settings) / "train.npz")
    if arguments.model:
        networks, features = measure.of_model(arguments.model)
    else:
        networks, features = [], []
        for run in arguments.run:
            of_run = json.loads((run / "config.json").read_text())
            features.append(Features(of_run["front_end"]))
            net = nets.build(of_run["net"], features[-1].bins)
            net.load_state_dict(torch.load(run / "average.pt", weights_only=True))
            networks.append(net.eval())
    score = measure.scorer(networks, features)
    s = measure.clip_scores(score, Clips.of([clips[i] for i in rows]))
    h, source = human[rows], table.source.to_numpy(str)[rows]
    low, high = interval(s, h, source)
    value = measure.eer(s[h], s[~h])
    print(f"{arguments.family}: {len(wanted)} clips left out, EER {value} % ({low} to {high})")
