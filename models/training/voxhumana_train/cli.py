"""The command `voxhumana-train`."""

from __future__ import annotations

import argparse
import importlib
import sys

from . import __version__

# Sub-command -> module and one line. Modules are loaded when used: PyTorch takes seconds.
COMMANDS = {
    "prepare": ("prepare", "read the lists, look for leaks, decode, make coded copies"),
    "make": ("make", "copy the human clips by vocoders, codecs and other makers"),
    "train": ("train", "train one network"),
    "export": ("export", "write the runs as one ONNX file"),
    "domain": ("domain", "fit what tells one voice from music, noise and several voices"),
    "voices": ("voices", "fit what tells two voices in one channel apart"),
    "testsets": ("testsets", "write the recordings that a model is measured on, from the dev list"),
    "calibrate": ("calibrate", "measure the file, fit calibration and thresholds, write them into it"),
    "processed": ("processed", "measure what echo, gates, denoisers and codecs of calls cost a finished model"),
    "all": ("everything", "all of these in turn"),
    "tune": ("tune", "fit a finished model to recordings of your own: its last layer, or all"),
    "shipped": ("shipped", "the steps of model 7 and those after it that differ; `shipped --help` names them"),
    "search": ("search", "train many variants for a short time each and compare them"),
}
STEPS = {
    "calls": "copies of the clips as calls leave them",
    "feed": "draw the batches, beside one or more `tune`",
    "tune": "train one network on them",
    "distil": "teach a network of other blocks what a finished model hears",
    "fit_domain": "`domain`, with voices through lines",
    "even": "fit the last layer so that channels move scores less",
    "measure": "figures of networks or of a file on dev, windows cut blindly",
    "leave_out": "figures on one family of generators",
    "families": "a short run without each family, and the table of them",
    "changes": "a short run with each change of the recipe, and the table of them",
}
EPILOG = """\
A model of your own, from two lists with the columns file,label (more columns make it better, see the README):
  printf '[data]\\ntrain = "train.csv"\\ndev = "dev.csv"\\n' > config.toml
  voxhumana-train prepare --check       what the lists lack, and what is on both sides of the split
  voxhumana-train all                   everything; a stopped run goes on with the same command
  voxhumana scan --model work/model.onnx call.wav
"""


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="voxhumana-train", description="Trains, exports and calibrates a model for voxhumana.", epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    top.add_argument("--version", action="version", version=__version__)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (_, line) in COMMANDS.items():
        commands.add_parser(name, help=line, add_help=False)
    return top


def main(arguments: list[str] | None = None) -> None:
    given = sys.argv[1:] if arguments is None else arguments
    top = parser()
    command = top.parse_known_args(given[:1])[0].command
    if command == "shipped":
        return step(given[1:])
    call(f".{COMMANDS[command][0]}", command, given[1:])


def call(module_name: str, command: str, given: list[str]) -> None:
    """Runs the sub-command that a module holds."""
    module = importlib.import_module(module_name, __package__)
    own = argparse.ArgumentParser(prog=f"voxhumana-train {command}", description=module.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    module.add_arguments(own)
    module.run(own.parse_args(given))


def step(given: list[str]) -> None:
    """Runs a step of the shipped models."""
    from . import shipped

    own = argparse.ArgumentParser(prog="voxhumana-train shipped", description=shipped.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    steps = own.add_subparsers(dest="step", required=True, metavar="STEP")
    for name, line in STEPS.items():
        steps.add_parser(name, help=line, add_help=False)
    name = own.parse_known_args(given[:1])[0].step
    call(f".shipped.{name}", f"shipped {name}", given[1:])
