"""Trains every entry of `search.toml` for the same short time on the same batches. Finished runs are skipped, so it can be stopped and started.

`--table` prints the table of what was tried, with the 95 % bootstrap interval over dev clips, parameters and cost.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import torch
from voxhumana import metrics

from . import config, runs
from .clips import Clips
from .dev import score_clips
from .prepare import tables

ENTRIES = Path(__file__).parent / "search.toml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    config.add_arguments(parser)
    parser.add_argument("--search", type=Path, default=ENTRIES, help="TOML file of entries (default: the package's, the settings of models 3 and 4, which needs `make` of the makers that it names)")
    parser.add_argument("--only", nargs="*", help="names of entries, in this order")
    parser.add_argument("--table", action="store_true", help="print the table of what was tried")


def run(arguments: argparse.Namespace) -> None:
    settings = config.load(arguments)
    out = config.work(settings, "search")
    if arguments.table:
        return table(settings, out)
    search, failed = tomllib.loads(arguments.search.read_text()), []
    for name in arguments.only or search["try"]:
        changes = {**search["all"], **search["try"][name]}
        folder = out / name
        if (folder / "done").exists():
            continue
        print(name, flush=True)
        out.mkdir(parents=True, exist_ok=True)
        values = [f"{k}={v if v == 'null' else json.dumps(v)}" for k, v in config.flat(changes)]
        command = [sys.executable, "-W", "ignore", "-m", "voxhumana_train", "train", "--config", str(arguments.config), "--out", str(folder), "--set", *values]
        with open(f"{folder}.log", "a") as log:
            done = subprocess.run(command, stdout=log, stderr=log).returncode == 0
        if done:
            (folder / "done").touch()
            continue
        failed.append(name)
        last = [line for line in Path(f"{folder}.log").read_text().splitlines() if line.strip()][-1:]
        print(f"{name} has failed, see {folder}.log: {''.join(last)}", flush=True)
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


def table(settings: dict, out: Path) -> None:
    """Scores every finished run on dev again, for the interval."""
    done = sorted(p.parent for p in out.glob("*/done"))
    if not done:
        raise SystemExit(f"{out} has no finished entry: run `voxhumana-train search` first")
    channels = ("", *settings["data"]["dev_channels"][:1])
    through = "".join(f" through {c}, EER % |" for c in channels[1:])
    print(f"| entry | EER % (95 % interval) | miss at 1 % false alarm, % |{through} parameters | MMAC per window |")
    print("|---" * (5 + len(channels) - 1) + "|")
    _, dev = tables(settings)
    human = (dev.label == "bonafide").to_numpy()
    split = lambda s: metrics.Scores(s[human], s[~human])
    fused = {}
    for folder in done:
        net, of_run = runs.load(folder)
        scores = scored(net, of_run, folder, channels, settings)
        s = split(scores[0])
        fused[folder.name] = (scores[0] - scores[0].mean()) / scores[0].std()
        low, high = s.eer_interval(300)
        cells = [f"{100 * s.eer()[0]:.1f} ({100 * low:.1f} to {100 * high:.1f})", f"{100 * s.at_false_alarm_rate(0.01).miss_rate:.1f}"]
        cells += [f"{100 * split(c).eer()[0]:.1f}" for c in scores[1:]]
        print(f"| {folder.name} | {' | '.join(cells)} | {sum(p.numel() for p in net.parameters()):,} | {macs(net, of_run) / 1e6:.0f} |", flush=True)
    names = list(fused)
    best = sorted((split(fused[a] + fused[b]).eer()[0], a, b) for i, a in enumerate(names) for b in names[:i])
    for rate, a, b in best[:3]:
        miss = split(fused[a] + fused[b]).at_false_alarm_rate(0.01).miss_rate
        print(f"| {a} + {b}, mean of the normalised scores | {100 * rate:.1f} | {100 * miss:.1f} |" + " |" * (len(channels) + 1))


def scored(net: torch.nn.Module, of_run: dict, folder: Path, channels: tuple[str, ...], settings: dict) -> list[np.ndarray]:
    """Scores of dev, clean and through a channel, kept in the run."""
    kept = folder / "dev.npz"
    if not kept.exists():
        clips = [Clips.read(config.cache(settings) / (f"dev-{c}.npz" if c else "dev.npz")) for c in channels]
        np.savez(kept, **{c or "clean": score_clips(net, x, of_run) for c, x in zip(channels, clips)})
    with np.load(kept) as z:
        return [z[c or "clean"] for c in channels]


def macs(net: torch.nn.Module, settings: dict) -> int:
    """Multiplications of all convolutions and linear layers for one window."""
    total = 0

    def count(layer, inputs, output):
        nonlocal total
        places = output.numel() // output.shape[1] if hasattr(layer, "kernel_size") else output.numel() // output.shape[-1]
        total += layer.weight.numel() * places

    layers = (torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Linear)
    hooks = [m.register_forward_hook(count) for m in net.modules() if isinstance(m, layers)]
    front_end = settings["front_end"]
    with torch.no_grad():
        net(torch.zeros(1, runs.frames(settings, front_end), runs.bins(front_end)))
    for hook in hooks:
        hook.remove()
    return total
