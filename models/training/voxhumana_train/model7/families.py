"""The table of families left out: `--out RUNS --model ../voxhumana.onnx`. For each family of hold_out.toml a network from random
weights that hears nothing of it, and one that hears all, in equally many steps; how each hears the family, and how the finished model
does, which has heard it. The same command goes on after a stop.

So the difference between the first two columns is what it costs to have never heard a family; the level of both is that of short runs.
"""

from __future__ import annotations

import argparse
import multiprocessing
import multiprocessing.connection
import shutil
import signal
import sys
import tomllib
from pathlib import Path

import torch

from .. import config
from ..clips import Clips
from ..prepare import tables
from . import HOLD_OUT, feed, leave_out, measure, tune

RECIPE = Path(__file__).parent / "recipe_families.toml"
# The run that hears all.
ALL = "none"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    config.add_arguments(parser)
    parser.add_argument("--recipe", type=Path, default=RECIPE, help="TOML file (default: the package's recipe_families.toml)")
    parser.add_argument("--out", type=Path, required=True, help="folder of the runs; the table is printed")
    parser.add_argument("--network", choices=sorted(tune.WHICH), default="long", help="(default: %(default)s)")
    parser.add_argument("--steps", type=int, default=2500, help="of each network (default: %(default)s)")
    parser.add_argument("--family", nargs="*", metavar="FAMILY", help=f"of {HOLD_OUT.name} (default: all)")
    parser.add_argument("--model", type=Path, help="ONNX file for the last column")
    parser.add_argument("--compile", action="store_true", help="as for `tune`")


def run(arguments: argparse.Namespace) -> None:
    torch.set_num_threads(1)
    known = tomllib.loads(HOLD_OUT.read_text())["families"]
    wanted = arguments.family or list(known)
    for family in wanted:
        if family not in known:
            raise SystemExit(f"no family {family}; there are {', '.join(known)}")
    # Whoever stops this stops its processes.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    for family in [ALL, *wanted]:
        train(arguments, family)
    settings = config.load(arguments)
    table, _ = tables(settings)
    clips = Clips.read(config.cache(settings) / "train.npz")
    heard = measure.scorer(*measure.of_runs([arguments.out / ALL]))
    model = measure.scorer(*measure.of_model(arguments.model)) if arguments.model else None
    print("\nEER, % (95 % interval).\n\n| family | clips | left out | heard, as many steps |" + (" the finished model, which heard it |" if model else ""))
    print("|---|---|---|---|" + ("---|" if model else ""))
    for family in wanted:
        scores = [measure.scorer(*measure.of_runs([arguments.out / family])), heard, *([model] if model else [])]
        found = [leave_out.result(score, table, clips, family) for score in scores]
        print(f"| {family} | {found[0].clips} | " + " | ".join(map(str, found)) + " |", flush=True)


def train(arguments: argparse.Namespace, family: str) -> None:
    """The run of one family, beside a process of its own that draws for it."""
    out, drawn = arguments.out / family, arguments.out / f"{family}.feed"
    if (out / f"average-{arguments.steps:06}.pt").exists():
        return
    print(f"{family}: {arguments.steps} steps", flush=True)
    given = vars(arguments) | {"leave_out": [] if family == ALL else [family], "feed": drawn, "start": None, "blocks": None, "frozen": 0}
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
        raise SystemExit(f"the run of {family} has stopped; what went wrong stands above")
    shutil.rmtree(drawn)
