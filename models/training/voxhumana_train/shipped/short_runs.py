"""Runs of equal length from random weights, to compare what they are given: each a network that learns beside a process that draws for it."""

from __future__ import annotations

import argparse
import multiprocessing
import multiprocessing.connection
import shutil
import signal
import sys
from pathlib import Path

from .. import config
from . import feed, tune

RECIPE = Path(__file__).parent / "recipe_short.toml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    config.add_arguments(parser)
    parser.add_argument("--recipe", type=Path, default=RECIPE, help=f"TOML file (default: the package's {RECIPE.name})")
    parser.add_argument("--out", type=Path, required=True, help="folder of the runs; the table is printed")
    parser.add_argument("--network", choices=sorted(tune.WHICH), default="long", help="(default: %(default)s)")
    parser.add_argument("--steps", type=int, default=2500, help="of each network (default: %(default)s)")
    parser.add_argument("--compile", action="store_true", help="as for `tune`")


def end_together() -> None:
    """Whoever stops this stops its processes."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


def train(arguments: argparse.Namespace, name: str, recipe: Path, leave_out: list[str]) -> None:
    """The run `name`; nothing where it is there, the rest of it where it was stopped."""
    out, drawn = arguments.out / name, arguments.out / f"{name}.feed"
    if (out / f"average-{arguments.steps:06}.pt").exists():
        return
    print(f"{name}: {arguments.steps} steps", flush=True)
    given = vars(arguments) | {"recipe": recipe, "leave_out": leave_out, "feed": drawn, "start": None, "blocks": None, "frozen": 0}
    process = multiprocessing.get_context("spawn").Process
    drawing = process(target=feed.run, args=(argparse.Namespace(**given | {"out": drawn}),), daemon=True)
    learning = process(target=tune.run, args=(argparse.Namespace(**given | {"out": out}),), daemon=True)
    for each in (drawing, learning):
        each.start()
    # Who draws never ends by itself.
    ended = multiprocessing.connection.wait([drawing.sentinel, learning.sentinel])
    if learning.sentinel in ended:
        # What it ended with is known a moment later.
        learning.join()
    failed = learning.exitcode != 0
    for each in (drawing, learning):
        each.terminate()
        each.join()
    if failed:
        raise SystemExit(f"the run {name} has stopped; what went wrong stands above")
    shutil.rmtree(drawn)
