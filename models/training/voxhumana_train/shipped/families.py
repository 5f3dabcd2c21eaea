"""The table of families left out: `--out RUNS --model ../voxhumana.onnx`. For each family of hold_out.toml a network from random
weights that hears nothing of it, and one that hears all, in equally many steps; how each hears the family, and how the finished model
does, which has heard it. The same command goes on after a stop.

So the difference between the first two columns is what it costs to have never heard a family; the level of both is that of short runs.
"""

from __future__ import annotations

import argparse
import tomllib
from pathlib import Path

import torch

from .. import config
from ..clips import Clips
from ..prepare import tables
from . import HOLD_OUT, leave_out, measure, short_runs

# The run that hears all.
ALL = "none"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    short_runs.add_arguments(parser)
    parser.add_argument("--family", nargs="*", metavar="FAMILY", help=f"of {HOLD_OUT.name} (default: all)")
    parser.add_argument("--model", type=Path, help="ONNX file for the last column")


def run(arguments: argparse.Namespace) -> None:
    torch.set_num_threads(1)
    known = tomllib.loads(HOLD_OUT.read_text())["families"]
    wanted = arguments.family or list(known)
    for family in wanted:
        if family not in known:
            raise SystemExit(f"no family {family}; there are {', '.join(known)}")
    short_runs.end_together()
    for family in [ALL, *wanted]:
        short_runs.train(arguments, family, arguments.recipe, [] if family == ALL else [family])
    settings = config.load(arguments)
    table, _ = tables(settings)
    clips = Clips.read(config.cache(settings) / "train.npz")
    heard = measure.scorer(*measure.of_runs([arguments.out / ALL]))
    model = measure.scorer(*measure.of_model(arguments.model)) if arguments.model else None
    print("\nEER, % (95 % interval); misses at the threshold where the sources held out have as many as false alarms, theirs and the family's, %.\n\n| family | clips | left out | heard, as many steps |" + (" the finished model, which heard it |" if model else ""))
    print("|---|---|---|---|" + ("---|" if model else ""))
    for family in wanted:
        scores = [measure.scorer(*measure.of_runs([arguments.out / family])), heard, *([model] if model else [])]
        found = [leave_out.result(score, table, clips, family) for score in scores]
        print(f"| {family} | {found[0].clips} | " + " | ".join(map(str, found)) + " |", flush=True)
