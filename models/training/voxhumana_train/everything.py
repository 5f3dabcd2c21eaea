"""The whole recipe in turn: prepare, make, train every network, export, domain, voices, testsets, calibrate. What takes long is not done again, so
that the same command goes on after a stop; model.onnx is there once it is calibrated, and until then stays what it was."""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

from . import config, made, make


def add_arguments(parser: argparse.ArgumentParser) -> None:
    config.add_arguments(parser)


def run(arguments: argparse.Namespace) -> None:
    settings, networks = config.load(arguments), config.merged(arguments.config).get("networks") or {"": {}}
    config.check_copies(settings)
    make.ready([n for n in settings["data"]["made"] if not made.path(config.cache(settings), n).exists()], config.work(settings))
    model, unfinished = config.work(settings, "model.onnx"), str(config.work(settings, "unfinished.onnx"))
    steps = [("prepare", []), ("make", []), *(("train", ["--network", n] if n else []) for n in networks)]
    steps += [("export", ["--out", unfinished]), *((name, ["--model", unfinished]) for name in ("domain", "voices"))]
    steps += [("testsets", []), ("calibrate", ["--model", unfinished])]
    for name, options in steps:
        print(f"\n=== voxhumana-train {' '.join([name, *options])}", flush=True)
        module = importlib.import_module(f".{name}", __package__)
        parser = argparse.ArgumentParser()
        module.add_arguments(parser)
        of_config = ["--config", str(arguments.config), *(["--set", *arguments.changes] if arguments.changes else [])]
        module.run(parser.parse_args([*options, *of_config]))
    Path(unfinished).rename(model)
    print(f"\n{model} is finished")
