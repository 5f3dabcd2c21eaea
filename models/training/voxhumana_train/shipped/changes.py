"""The table of changes: `--out RUNS`. One network from random weights for each recipe in `changes/`, which is the short one but for one thing, and one of
that (`none`); figures on dev, by family, on the telephone, and on the sources held out of train. The same command goes on after a stop.

What these differ by from one seed to another, the row `another_seed` says.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from .. import config
from . import measure, short_runs

CHANGES = Path(__file__).parent / "changes"
NONE = "none"


def names() -> list[str]:
    return sorted(path.stem for path in CHANGES.glob("*.toml"))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    short_runs.add_arguments(parser)
    parser.add_argument("--change", nargs="*", metavar="CHANGE", help=f"of {', '.join(names())} (default: all)")


def run(arguments: argparse.Namespace) -> None:
    torch.set_num_threads(1)
    for change in arguments.change or []:
        if change not in names():
            raise SystemExit(f"no change {change}; there are {', '.join(names())}")
    short_runs.end_together()
    wanted = [NONE, *(arguments.change or names())]
    for change in wanted:
        short_runs.train(arguments, change, arguments.recipe if change == NONE else CHANGES / f"{change}.toml", [])
    sets = measure.Sets(config.load(arguments))
    for number, change in enumerate(wanted):
        figures = sets.figures(*measure.of_runs([arguments.out / change]))
        if not number:
            print(f"\nEER, %; miss1: misses at 1 % false alarms.\n\n| change | {' | '.join(figures)} |\n|---|{'---|' * len(figures)}")
        print(f"| {change} | {' | '.join(f'{v:.1f}' for v in figures.values())} |", flush=True)
