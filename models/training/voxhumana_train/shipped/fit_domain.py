"""The output `domain` of these runs fitted anew, as `voxhumana-train domain` has it for other runs, on the batches of
recipe7.toml. No score changes.

Voices inside are drawn as in training, through calls and all; half of the windows are not one voice.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

from .. import config
from ..domain import KINDS
from ..music import music
from ..prepare import tables
from ..runs import digests, load
from . import torch_features
from .batches import Batches


def outside(rng: np.random.Generator, source: Batches) -> np.ndarray:
    """One window that is not one voice speaking, of the kinds of `voxhumana-train domain`."""
    level = lambda x, db: x * (10 ** (db / 20) / (np.sqrt(np.mean(x**2)) + 1e-6))
    pools = (source.bona, source.spoof)
    voice = lambda: source._window(rng, int(rng.choice(pools[rng.integers(2)])), source.clean)
    kind = rng.choice(list(KINDS), p=list(KINDS.values()))
    if kind == "voices":
        return sum(level(voice(), rng.uniform(-3, 3)) for _ in range(rng.integers(2, 4)))
    back = level(music(rng, source.window) if "music" in kind else source.bank.draw(rng), 0)
    return back + level(voice(), rng.uniform(-20, -6)) if "under" in kind else back


def add_arguments(parser: argparse.ArgumentParser) -> None:
    config.add_arguments(parser)
    parser.add_argument("--run", type=Path, nargs="+", required=True)
    parser.add_argument("--batches", type=int, default=300, help="of 32 windows inside and 32 outside")


def run(arguments: argparse.Namespace) -> None:
    networks, configs = zip(*(load(run) for run in arguments.run))
    torch.set_num_threads(1)
    settings = config.load(arguments)
    table, _ = tables(settings)
    few = {"pairs": 4, "viewed": 0, "matched": 4, "rest": 8, "outside": 32}
    source = Batches(table, config.cache(settings), configs[0]["recipe"] | few, [])
    source._outside = lambda rng: outside(rng, source)
    fronts = [torch_features.of(c["front_end"]) for c in configs]
    embeddings, inside = [], []
    for step in range(arguments.batches):
        # Steps that training did not draw.
        waves, labels, _ = source.batch(10**6 + step)
        with torch.no_grad():
            x = torch.from_numpy(waves).float() / 32768
            parts = [net.embedding(front(x)).numpy() for net, front in zip(networks, fronts)]
        embeddings.append(np.concatenate(parts, 1))
        inside.append(~np.isnan(labels))
        if (step + 1) % 50 == 0:
            print(f"{step + 1} of {arguments.batches} batches", flush=True)
    x, y = np.concatenate(embeddings), np.concatenate(inside)
    fitted = LogisticRegression(C=0.1, max_iter=2000, class_weight="balanced").fit(x, y)
    before = x @ np.concatenate([net.domain.weight.detach().numpy()[0] for net in networks])
    for name, logits in (("before", before), ("after", fitted.decision_function(x))):
        missed = np.mean(logits[~y] >= np.quantile(logits[y], 0.02))
        print(f"{name}: {100 * missed:.1f} % outside pass where 2 % of those inside are refused")
    # The model's `domain` is the mean of theirs.
    weights = np.split(fitted.coef_ * len(networks), len(networks), axis=1)
    for run, weight in zip(arguments.run, weights):
        bias = torch.from_numpy(fitted.intercept_).float()
        layer = {"weight": torch.from_numpy(weight).float(), "bias": bias}
        torch.save({"layer": layer, "runs": digests(arguments.run)}, run / "domain.pt")
