"""The whole recipe in turn: prepare, make, train every network, domain, export, voices, testsets, calibrate. What is done is not done again, so that
the same command goes on after a stop."""

from __future__ import annotations

import argparse
import importlib

from . import config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    config.add_arguments(parser)


def run(arguments: argparse.Namespace) -> None:
    networks = config.merged(arguments.config).get("networks") or {"": {}}
    steps = [("prepare", []), ("make", []), *(("train", ["--network", n] if n else []) for n in networks)]
    steps += [(name, []) for name in ("domain", "export", "voices", "testsets", "calibrate")]
    for name, options in steps:
        print(f"\n=== voxhumana-train {' '.join([name, *options])}", flush=True)
        module = importlib.import_module(f".{name}", __package__)
        parser = argparse.ArgumentParser()
        module.add_arguments(parser)
        of_config = ["--config", str(arguments.config), *(["--set", *arguments.changes] if arguments.changes else [])]
        module.run(parser.parse_args([*options, *of_config]))
