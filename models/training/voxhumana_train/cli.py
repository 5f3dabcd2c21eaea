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
    "domain": ("domain", "fit what tells one voice from music, noise and several voices"),
    "export": ("export", "write the runs as one ONNX file"),
    "testsets": ("testsets", "write the recordings that a model is measured on, from the dev list"),
    "calibrate": ("calibrate", "measure the file, fit calibration and thresholds, write them into it"),
    "all": ("everything", "all of these in turn"),
    "search": ("search", "train many variants for a short time each and compare them"),
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
    module = importlib.import_module(f".{COMMANDS[command][0]}", __package__)
    own = argparse.ArgumentParser(prog=f"voxhumana-train {command}", description=module.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    module.add_arguments(own)
    module.run(own.parse_args(given[1:]))
