"""Draws the batches of recipe7.toml once for all networks that learn from them. Each `tune` reads the same
files, so that drawing costs one process, not one for each network. It stays at most `AHEAD` steps before the
slowest reader and removes what all have read.

A batch depends on the seed, the step and the recipe's copies (`feed.log` says which step saw what).
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np

from .. import config
from ..prepare import tables
from . import RECIPE, recipes
from .batches import Batches

AHEAD = 60
# A reader that waits so long says for what.
SAY_AFTER_S = 60


def readers(out: Path) -> dict[str, int]:
    """The step that each network has come to."""
    return {p.stem: int(p.read_text() or 0) for p in out.glob("*.reader")}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    config.add_arguments(parser)
    parser.add_argument("--recipe", type=Path, default=RECIPE, help="TOML file (default: the package's)")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--leave-out", nargs="*", default=[], help="families of hold_out.toml")


def run(arguments: argparse.Namespace) -> None:
    settings = config.load(arguments)
    recipe = recipes.read(arguments.recipe)
    table, _ = tables(settings)
    source = Batches(table, config.cache(settings), recipe, arguments.leave_out)
    arguments.out.mkdir(parents=True, exist_ok=True)
    # Those of another recipe may lie there; these are drawn again in seconds.
    for p in arguments.out.glob("0*.npz"):
        p.unlink()
    told = False
    while True:
        at = readers(arguments.out)
        if not at:
            time.sleep(0.5)
            continue
        slowest = min(at.values())
        if not told:
            told = True
            line = json.dumps({"from_step": slowest, "leave_out": arguments.leave_out, **source.facts})
            print(line, flush=True)
            with open(arguments.out / "feed.log", "a") as log:
                log.write(line + "\n")
        for p in arguments.out.glob("0*.npz"):
            if int(p.stem) < slowest:
                p.unlink()
        # The first that is missing: a network that goes on from its last checkpoint asks again for some.
        steps = range(slowest, slowest + AHEAD)
        step = next((s for s in steps if not (arguments.out / f"{s:07}.npz").exists()), None)
        if step is None:
            time.sleep(0.2)
            continue
        waves, labels, mates = source.batch(step)
        partial = arguments.out / "partial.tmp.npz"
        np.savez(partial, waves=waves, labels=labels, mates=mates)
        partial.rename(arguments.out / f"{step:07}.npz")


def read(out: Path, name: str, step: int, peek: bool = False) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Batch `step` for the reader `name`, when it is there; `peek`: it will be asked for again."""
    if not peek:
        (out / f"{name}.reader").write_text(str(step))
    path, began = out / f"{step:07}.npz", time.time()
    while not path.exists():
        if time.time() - began > SAY_AFTER_S:
            others = ", ".join(f"{n} at {s}" for n, s in readers(out).items() if n != name)
            print(f"waiting for batch {step} in {out}: does `shipped feed` run? It waits for its slowest reader: {others or 'none but this'}", flush=True)
            began = time.time()
        time.sleep(0.05)
    with np.load(path) as z:
        return z["waves"], z["labels"], z["mates"]
