"""Finished runs: the averaged network of each, and its configuration."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
import voxhumana

from . import config, losses, nets


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run", type=Path, nargs="+", help="folders of finished runs (default: one for each of [networks], in the work folder)")


# Settings that may change in the middle of a run: how long it goes on, and what only tells of it.
MAY_CHANGE = ("train.steps", "train.check_every", "train.threads", "train.workers", "train.wave_cache")


def begin(out: Path, settings: dict) -> None:
    """The folder of a run with its config.json. Ends the program where a run with other settings has begun there: it would go on as
    neither."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / "config.json"
    if (out / "checkpoint.pt").exists() and path.exists():
        before, now = (dict(config.flat({k: v for k, v in of.items() if k != "data"})) for of in (json.loads(path.read_text()), json.loads(json.dumps(settings))))
        other = [k for k in sorted(before | now) if before.get(k) != now.get(k) and k not in MAY_CHANGE]
        if other:
            changes = "; ".join(f"{k} was {json.dumps(before.get(k))} and is {json.dumps(now.get(k))}" for k in other[:5])
            raise SystemExit(f"{out} has a run with other settings: {changes}. Give those again to go on, or another --out")
    path.write_text(json.dumps(settings, indent=1))


def folders(arguments: argparse.Namespace, settings: dict) -> list[Path]:
    """The runs that the options name, or those of the configuration's networks."""
    names = config.merged(arguments.config).get("networks") or {"run": {}}
    return arguments.run or [config.work(settings, name) for name in names]


def load(run: Path) -> tuple[torch.nn.Module, dict]:
    """The averaged network of a run, and its configuration."""
    for name in ("config.json", "average.pt"):
        if not (run / name).exists():
            raise SystemExit(f"missing {run / name}: `voxhumana-train train` writes it at the first check (train.check_every)")
    settings = json.loads((run / "config.json").read_text())
    state = torch.load(run / "average.pt", map_location="cpu", weights_only=True)
    net = nets.build(settings["net"], bins(settings["front_end"]))
    losses.attach(net, settings["train"])
    net.load_state_dict(state)
    return net.eval(), settings


def bins(front_end: dict) -> int:
    return voxhumana.FeatureExtractor(json.dumps(front_end)).bins


def frames(settings: dict, front_end: dict) -> int:
    """Rows of one window."""
    return voxhumana.FeatureExtractor(json.dumps(front_end)).frames(settings["window_samples"])


def same_window(configs: tuple[dict, ...]) -> None:
    if len({(c["window_samples"], c["hop_samples"]) for c in configs}) > 1:
        raise SystemExit("the runs have different windows: a model has one")
