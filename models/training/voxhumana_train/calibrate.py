"""Measures an exported model on the test sets as a scan hears them, fits calibration and thresholds, and writes them into the ONNX file.
Prints all tables; `--notebook FILE` and `--card FILE` put all of them, or those of the model card, between the two markers of a file.

Every LLR printed is cross-validated: a source's recordings are calibrated by the other sources (with too few sources that cannot be,
and is said), or, with `--on held`, all of them by sources that neither training nor dev has.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import os
from collections.abc import Callable
from pathlib import Path

from . import card, config
from .measured import Measured
from .testsets import FOLDERS, held_rows

BEGIN, END = "<!-- tables -->", "<!-- end -->"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    config.add_arguments(parser)
    parser.add_argument("--model", type=Path, help="the file (default: model.onnx in the work folder)")
    parser.add_argument("--on", choices=FOLDERS, default="dev", help="the sets that calibration and thresholds are fitted on; with held, the tables are of dev by what was fitted there (default: %(default)s)")
    parser.add_argument("--notebook", type=Path, help=f"Markdown file that gets all tables, between {BEGIN} and {END}")
    parser.add_argument("--card", type=Path, help="Markdown file that gets the short tables, between the same markers")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="recordings examined at once (default: %(default)s)")


def run(arguments: argparse.Namespace) -> None:
    settings = config.load(arguments)
    model, sets = arguments.model or config.work(settings, "model.onnx"), config.work(settings, "testsets")
    for needed, command in ((model, "export"), (sets / "clips" / "list.csv", "testsets")):
        if not needed.exists():
            raise SystemExit(f"missing {needed}: run `voxhumana-train {command}` first")
    if arguments.on == "dev":
        measured = Measured(model, sets, settings, arguments.jobs)
    else:
        other = config.work(settings, FOLDERS[arguments.on])
        if not (other / "clips" / "list.csv").exists():
            held_rows(settings)
            raise SystemExit(f"missing {other}: run `voxhumana-train testsets --of {arguments.on}` first")
        frozen = Measured(model, other, settings, arguments.jobs).metadata
        measured = Measured(model, sets, settings, arguments.jobs, frozen)
    measured.write()
    card.full(measured)
    print(f"\n{model}: SHA-256 {hashlib.sha256(model.read_bytes()).hexdigest()}")
    for path, tables in ((arguments.notebook, card.full), (arguments.card, card.short)):
        if path:
            put_between(path, printed(tables, measured))


def printed(tables: Callable[[Measured], None], measured: Measured) -> str:
    """The tables as text."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        tables(measured)
    return out.getvalue()


def put_between(path: Path, text: str) -> None:
    """Replaces what stands between the markers."""
    before, begin, rest = path.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{path} has no {BEGIN} followed by {END}; the tables go between them")
    path.write_text(f"{before}{BEGIN}\n{text}{END}{after}")
