"""The output `domain` of an exported file fitted anew, on the pools of its networks, with a layer between. No score changes.

Voices inside are drawn as in training, through lines and all; half of the windows are not one voice, of the kinds of `voxhumana-train domain`.
A fifth of the windows is not fitted on, and says what it gained.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import nn

from .. import config, domain_layers
from ..domain import FIRST_STEP, KINDS
from ..file_metadata import metadata_of
from ..music import music
from ..onnx_graph import Graph
from ..prepare import tables
from . import RECIPE, recipes, torch_features
from .batches import Batches

# Found on dev clips and on what `testsets` makes beside them: a linear layer refuses one pair of voices in ten less, 64 or 128 units as many.
HIDDEN = 32
# Windows of a batch: 32 inside, 32 outside.
DRAWN = {"pairs": 4, "viewed": 0, "matched": 4, "rest": 8, "outside": 32}
PASSES, AT_ONCE, LEARNING_RATE, NOISE = 10, 256, 0.002, 0.1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    config.add_arguments(parser)
    parser.add_argument("--model", type=Path, required=True, help="the file, which is changed")
    parser.add_argument("--recipe", type=Path, default=RECIPE, help=f"TOML file (default: the package's {RECIPE.name})")
    parser.add_argument("--batches", type=int, default=800, help="of 32 windows inside and 32 outside (default: %(default)s)")


def run(arguments: argparse.Namespace) -> None:
    torch.set_num_threads(1)
    settings, model = config.load(arguments), onnx.load(arguments.model)
    source = Batches(tables(settings)[0], config.cache(settings), recipes.read(arguments.recipe) | DRAWN, [])
    source._outside = lambda rng: outside(rng, source)
    x, before, inside = heard(model, source, arguments.batches)
    # Neighbours in a batch share clips: whole batches are kept apart.
    fit = np.arange(len(x)) < 0.8 * len(x)
    first, last = layers = fitted(x[fit], inside[fit])
    after = np.maximum(x @ first[0].T + first[1], 0) @ last[0][0] + last[1]
    for name, logits in (("before", before), ("after", after)):
        missed = np.mean(logits[~fit & ~inside] >= np.quantile(logits[~fit & inside], 0.02))
        print(f"{name}: {100 * missed:.1f} % outside pass where 2 % of those inside are refused")
    domain_layers.write(model, layers)
    partial = arguments.model.with_suffix(".partial.onnx")
    onnx.save(model, partial)
    partial.rename(arguments.model)


def outside(rng: np.random.Generator, source: Batches) -> np.ndarray:
    """One window that is not one voice speaking."""
    level = lambda x, db: x * (10 ** (db / 20) / (np.sqrt(np.mean(x**2)) + 1e-6))
    pools = (source.bona, source.spoof)
    voice = lambda: source._window(rng, int(rng.choice(pools[rng.integers(2)])), source.clean)
    kind = rng.choice(list(KINDS), p=list(KINDS.values()))
    if kind == "voices":
        return sum(level(voice(), rng.uniform(-3, 3)) for _ in range(rng.integers(2, 4)))
    back = level(music(rng, source.window) if "music" in kind else source.bank.draw(rng), 0)
    return back + level(voice(), rng.uniform(-20, -6)) if "under" in kind else back


def heard(model: onnx.ModelProto, source: Batches, batches: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pools of the windows drawn, the domain as it is, and which windows are one voice speaking."""
    hear, fronts = Graph(domain_layers.with_pools(model)), [torch_features.of(f) for f in metadata_of(model)["front_ends"]]
    found, inside = [], []
    for step in range(batches):
        # Steps that training did not draw.
        waves, labels, _ = source.batch(FIRST_STEP + step)
        x = torch.from_numpy(waves).float() / 32768
        with torch.no_grad():
            values = hear(*(front(x) for front in fronts))
        pools = [values[name] for name in domain_layers.pools(model)]
        found.append(torch.cat([values["domain"][:, None], *pools], 1).numpy())
        inside.append(~np.isnan(labels))
        if (step + 1) % 50 == 0:
            print(f"{step + 1} of {batches} batches", flush=True)
    domain, pooled = np.split(np.concatenate(found), [1], axis=1)
    return pooled, domain[:, 0], np.concatenate(inside)


def fitted(x: np.ndarray, inside: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Two layers, weights and offsets of each, whose output is a logit of `inside`."""
    mean, spread = x.mean(0), x.std(0) + 1e-6
    values, wanted = torch.from_numpy((x - mean) / spread).float(), torch.from_numpy(inside).float()
    torch.manual_seed(0)
    net = nn.Sequential(nn.Dropout(0.15), nn.Linear(x.shape[1], HIDDEN), nn.ReLU(), nn.Dropout(0.3), nn.Linear(HIDDEN, 1))
    optimizer = torch.optim.AdamW(net.parameters(), LEARNING_RATE, weight_decay=0.05)
    steps = PASSES * -(-len(x) // AT_ONCE)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / steps)
    for _ in range(PASSES):
        for rows in torch.randperm(len(x)).split(AT_ONCE):
            logits = net(values[rows] + NOISE * torch.randn(len(rows), x.shape[1]))[:, 0]
            loss = nn.functional.binary_cross_entropy_with_logits(logits, wanted[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    (w1, b1), (w2, b2) = ((l.weight.detach().numpy(), l.bias.detach().numpy()) for l in (net[1], net[4]))
    return [(w1 / spread, b1 - (w1 / spread) @ mean), (w2, b2)]
