"""`voxhumana-train domain` with voices that are drawn as a recipe of these models draws them, through lines and all."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from .. import config, domain, model_file
from ..prepare import tables
from . import RECIPE, recipes
from .batches import Batches

# Windows of a batch: 32 inside, 32 outside.
DRAWN = {"pairs": 4, "viewed": 0, "matched": 4, "rest": 8, "outside": 32}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    config.add_arguments(parser)
    parser.add_argument("--model", type=Path, required=True, help="the file, which is changed")
    parser.add_argument("--recipe", type=Path, default=RECIPE, help=f"TOML file (default: the package's {RECIPE.name})")
    parser.add_argument("--batches", type=int, default=800, help="of 32 windows inside and 32 outside (default: %(default)s)")


def run(arguments: argparse.Namespace) -> None:
    torch.set_num_threads(1)
    settings, model = config.load(arguments), model_file.read(arguments.model)
    source = Batches(tables(settings)[0], config.cache(settings), recipes.read(arguments.recipe) | DRAWN, [])
    pools = (source.bona, source.spoof)
    voice = lambda rng: source._window(rng, int(rng.choice(pools[rng.integers(2)])), source.clean)
    source._outside = lambda rng: domain.outside(rng, source.window, voice, source.bank)
    domain.fit(model, source.batch, arguments.batches)
    model_file.write(model, arguments.model)
