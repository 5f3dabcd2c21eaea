"""Trains one network on what `feed` draws: `--network long --feed FEED --out RUN
--start model6.onnx --steps 7500`.

With `--start` it goes on from the last model's weights, in the blocks of recipe7.toml `[net]`; without,
from random ones. Writes checkpoint.pt, average.pt, log.csv and config.json as `train` does, so that
`export` reads its runs. The same command goes on after a stop.
"""

from __future__ import annotations

import argparse
import csv
import time
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch

from .. import losses, nets, runs
from ..config import add_arguments as add_config
from ..config import load
from ..half import half
from . import RECIPE, feed, measure, recipes, start_weights, torch_features

# The networks of a model by their place in its file.
WHICH = {"long": 0, "short": 1, "phase": 2}
# The average takes in every so manieth step: neighbours are alike.
AVERAGE_EVERY = 5


def floats(net: torch.nn.Module) -> list[torch.Tensor]:
    """What is averaged: weights and the statistics of batch norms."""
    return [v for v in net.state_dict().values() if v.dtype.is_floating_point]


def mask(x: torch.Tensor, time_share: float, band_share: float, planes: int = 1) -> torch.Tensor:
    """SpecAugment (Park et al. 2019): two bands and two stretches, each up to its share, at the mean; the same of all planes."""
    frames, bins = x.shape[1], x.shape[2] // planes
    for _ in range(2):
        for dim, size, most in ((1, frames, int(frames * time_share)), (2, bins, int(bins * band_share))):
            width = torch.randint(0, most + 1, (len(x), 1))
            start = (torch.rand(len(x), 1) * (size - width)).long()
            at = torch.arange(size)[None]
            keep = ~((at >= start) & (at < start + width))
            x = x * (keep[:, :, None] if dim == 1 else keep.repeat(1, planes)[:, None, :])
    return x


def configuration(arguments) -> dict:
    """What `train` would have written, so that the rest of the recipe can read this run."""
    recipe = recipes.read(arguments.recipe)
    # A network that only the recipe has.
    own = recipe.get("networks", {}).get(arguments.network)
    config = load(arguments, None if own else arguments.network)
    stem = config["net"].get("stem", [2, 2])
    config["net"] = {**recipe["net"], "stem": stem, **(own or {}).get("net", {})}
    config["front_end"] |= (own or {}).get("front_end", {})
    config["train"] |= recipe["train"] | {"steps": arguments.steps, "seed": recipe["seed"]}
    config["recipe"] = recipe
    if arguments.blocks:
        config["net"]["blocks"] = arguments.blocks
    return config


def first_layers(net: torch.nn.Module, count: int) -> torch.nn.Module:
    """The first layers of the trunk as they are now, batch norms folded, for training that leaves them alone."""
    fuse = torch.nn.utils.fusion.fuse_conv_bn_eval
    layers = deepcopy(net.trunk[:count]).eval()
    for part in [m for m in layers.modules() if isinstance(m, torch.nn.Sequential)]:
        for i in range(len(part) - 1):
            if isinstance(part[i], torch.nn.Conv2d) and isinstance(part[i + 1], torch.nn.BatchNorm2d):
                part[i], part[i + 1] = fuse(part[i], part[i + 1]), torch.nn.Identity()
    return layers.to(memory_format=torch.channels_last)


def from_layer(net: torch.nn.Module, x: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The network's outputs of what `first_layers` made."""
    x = net.trunk[count:](x)
    return net.outputs(net.embed(net.pool(net.reduce(x.transpose(2, 3).flatten(1, 2)))))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_config(parser)
    parser.add_argument("--recipe", type=Path, default=RECIPE, help="TOML file (default: the package's)")
    parser.add_argument("--network", choices=sorted(WHICH), required=True)
    parser.add_argument("--feed", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="ONNX file of the last model, or average.pt of a run with these blocks (default: random weights)")
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--blocks", type=int, nargs=4, help="residual blocks of each stage, not the recipe's")
    parser.add_argument("--compile", action="store_true", help="torch.compile: minutes at the start, then 1.3 times as fast (needs g++)")
    parser.add_argument("--frozen", type=int, default=0, help="first layers of the trunk that stay as they are")


def run(arguments: argparse.Namespace) -> None:
    config, out = configuration(arguments), arguments.out
    t = config["train"]
    runs.begin(out, config)
    torch.manual_seed(t["seed"] + WHICH[arguments.network])
    torch.set_num_threads(1)
    features = torch_features.of(config["front_end"])
    net = nets.build(config["net"], features.bins)
    name = out.name
    heard = lambda step: torch.from_numpy(feed.read(arguments.feed, name, step, True)[0]).float() / 32768
    arguments.feed.mkdir(parents=True, exist_ok=True)
    if not (out / "checkpoint.pt").exists():
        (arguments.feed / f"{name}.reader").write_text("0")
    if arguments.start and arguments.start.suffix == ".pt":
        net.load_state_dict(torch.load(arguments.start, weights_only=True))
    elif arguments.start and not (out / "checkpoint.pt").exists():
        start_weights.load(net, arguments.start, WHICH[arguments.network], config["net"]["blocks"])
        start_weights.settle(net, [features(heard(s)) for s in range(8)])
    net = net.to(memory_format=torch.channels_last)
    average = deepcopy(net).eval()
    frozen = first_layers(net, arguments.frozen)
    net.trunk[: arguments.frozen].requires_grad_(False)
    trained = [p for p in net.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, t["learning_rate"], weight_decay=t["weight_decay"], fused=True)
    last = max(1, t["cooldown"] * t["steps"])
    rate = lambda s: max(0, min(1, (s + 1) / t["warm"], (t["steps"] - s) / last))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    outputs = torch.compile(from_layer) if arguments.compile else from_layer
    step = 0
    if (out / "checkpoint.pt").exists():
        state = torch.load(out / "checkpoint.pt", weights_only=True)
        parts = (("net", net), ("average", average), ("optimizer", optimizer), ("schedule", schedule))
        for key, part in parts:
            part.load_state_dict(state[key])
        step = state["step"]
    elif not t["steps"]:
        # As it starts, for `export` to put beside others.
        torch.save(average.state_dict(), out / "average.pt")
    count = sum(p.numel() for p in net.parameters())
    print(f"{count} parameters, {sum(p.numel() for p in trained)} trained, from step {step}", flush=True)
    sets = measure.Sets(config)
    began, first, running = time.time(), step, []
    while step < t["steps"]:
        waves, labels, mates = feed.read(arguments.feed, name, step)
        with torch.no_grad():
            x = features(torch.from_numpy(waves).float() / 32768)
            x = mask(x, t["mask_time"], t["mask_bands"], features.planes)
        y, mate = torch.from_numpy(labels), torch.from_numpy(mates)
        net.train()
        # Their statistics stay as well, as the folded layers have them.
        net.trunk[: arguments.frozen].eval()
        with half():
            with torch.no_grad():
                z = frozen(net.images(x).contiguous(memory_format=torch.channels_last))
            scores, domain = outputs(net, z, arguments.frozen)
        scores, inside = scores.float(), ~torch.isnan(y)
        value = losses.loss(scores[inside], y[inside], t)
        value = value + t["domain_loss"] * losses.domain_loss(domain.float(), inside)
        viewed = mate >= 0
        drift = scores[viewed] - scores[mate[viewed]]
        # The processed view is asked to say what the clean one says, not the other way about alone: both move.
        value = value + t["consistency"] * torch.nn.functional.smooth_l1_loss(drift, torch.zeros_like(drift))
        optimizer.zero_grad(set_to_none=True)
        value.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimizer.step()
        schedule.step()
        step += 1
        if step % AVERAGE_EVERY == 0:
            n = step / AVERAGE_EVERY
            with torch.no_grad():
                torch._foreach_lerp_(floats(average), floats(net), 1 / (n * t["average"] + 1))
        running.append(value.item())
        if step % 100 == 0:
            spent = (time.time() - began) / (step - first)
            print(f"{step} loss {np.mean(running[-100:]):.4f} {spent:.3f} s a step", flush=True)
        if step % 100 == 0 or step == t["steps"]:
            state = {"net": net.state_dict(), "average": average.state_dict(), "optimizer": optimizer.state_dict()}
            torch.save(average.state_dict(), out / "average.pt")
            torch.save(state | {"schedule": schedule.state_dict(), "step": step}, out / "partial.pt")
            (out / "partial.pt").rename(out / "checkpoint.pt")
        if step % t["check_every"] == 0 or step == t["steps"]:
            torch.save(average.state_dict(), out / f"average-{step:06}.pt")
            row = {"step": step, "loss": round(float(np.mean(running[-t["check_every"] :])), 4)}
            row |= sets.figures([average], [features])
            print(row, flush=True)
            new = not (out / "log.csv").exists()
            with open(out / "log.csv", "a", newline="") as file:
                writer = csv.DictWriter(file, row.keys())
                if new:
                    writer.writeheader()
                writer.writerow(row)
    # Let the feed go on for the others.
    (arguments.feed / f"{name}.reader").unlink(missing_ok=True)
