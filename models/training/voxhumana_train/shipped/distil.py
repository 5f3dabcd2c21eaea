"""Teaches a network of other blocks what one network of a finished model hears: `--network long --teacher model.onnx
--blocks 0 1 1 1 --out RUN --steps 12000`, for a model that costs less.

It learns the teacher's embedding and score, and the labels, on the batches that `feed` draws of the recipe (windows of the training
clips alone taught it little of codecs: NOTEBOOK.md, "Towards model 9"). Writes checkpoint.pt, average.pt and config.json as `train` does, so that
`export` reads its runs; the last weights are the average, since the rate falls to 0. The same command goes on after a stop.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch

from .. import config, losses, nets, runs
from ..half import half
from ..prepare import tables
from . import RECIPE, start_weights, torch_features
from .batches import Batches
from .tune import WHICH, configuration

# What the score, the domain and the labels weigh beside the embedding.
SCORE, DOMAIN, LABELS = 0.1, 0.1, 0.5
LEARNING_RATE, WARM = 0.0015, 100
SAVE_EVERY = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    config.add_arguments(parser)
    parser.add_argument("--recipe", type=Path, default=RECIPE, help="TOML file (default: the package's)")
    parser.add_argument("--network", choices=sorted(WHICH), required=True)
    parser.add_argument("--teacher", type=Path, required=True, help="ONNX file")
    parser.add_argument("--blocks", type=int, nargs=4, required=True, help="residual blocks of each stage")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--start", type=Path, help="average.pt of a run with these blocks to go on from, instead of the teacher's weights")
    parser.add_argument("--compile", action="store_true", help="torch.compile: minutes at the start, then faster (needs g++)")


def started(settings: dict, blocks: list[int], teacher: Path, network: str, heard: list[torch.Tensor]) -> torch.nn.Module:
    """The teacher's network in these blocks, with the weights of those that it has."""
    net = nets.build(settings["net"] | {"blocks": blocks, "dropout": 0.0}, heard[0].shape[2])
    start_weights.load(net, teacher, WHICH[network], blocks)
    start_weights.settle(net, heard)
    return net.to(memory_format=torch.channels_last)


def run(arguments: argparse.Namespace) -> None:
    settings, out, network = configuration(arguments), arguments.out, arguments.network
    runs.begin(out, settings)
    torch.set_num_threads(1)
    torch.manual_seed(settings["train"]["seed"] + WHICH[network])
    front = torch_features.of(settings["front_end"])
    source = Batches(tables(settings)[0], config.cache(settings), settings["recipe"], [])
    print(json.dumps(source.facts), flush=True)
    heard_in = lambda batch: front(torch.from_numpy(batch[0]).float() / 32768)
    # Steps that are not trained on.
    heard = [heard_in(source.batch(10**6 + i)) for i in range(6)]
    teacher = started(settings, start_weights.blocks_of(arguments.teacher, WHICH[network]), arguments.teacher, network, heard).eval()
    pupil = started(settings, arguments.blocks, arguments.teacher, network, heard)
    if arguments.start:
        pupil.load_state_dict(torch.load(arguments.start, weights_only=True))
    with torch.no_grad():
        spread = torch.cat([teacher.embedding(x) for x in heard]).std(0) + 0.05
    optimizer = torch.optim.AdamW(pupil.parameters(), LEARNING_RATE, weight_decay=settings["train"]["weight_decay"])
    rate = lambda s: min(1, (s + 1) / WARM, 2 * (arguments.steps - s) / arguments.steps)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    parts, step = {"net": pupil, "optimizer": optimizer, "schedule": schedule}, 0
    if (out / "checkpoint.pt").exists():
        state = torch.load(out / "checkpoint.pt", weights_only=True)
        step = state["step"]
        for key, part in parts.items():
            part.load_state_dict(state[key])
    print(f"{sum(p.numel() for p in pupil.parameters())} parameters, from step {step}", flush=True)
    hear, learn = (torch.compile(net.embedding) if arguments.compile else net.embedding for net in (teacher, pupil))
    began, first, seen = time.time(), step, []
    while step < arguments.steps:
        batch = source.batch(step)
        x, labels, mates = heard_in(batch), torch.from_numpy(batch[1]), torch.from_numpy(batch[2])
        with torch.no_grad(), half():
            embedding = hear(x).float()
        wanted = embedding, teacher.score(embedding).squeeze(1).detach()
        seen.append(taught(pupil, learn, x, wanted, spread, labels, mates, optimizer, settings["train"]))
        schedule.step()
        step += 1
        if step % SAVE_EVERY == 0 or step == arguments.steps:
            print(f"{step} loss {np.mean(seen[-SAVE_EVERY:]):.4f} {(time.time() - began) / (step - first):.3f} s a step", flush=True)
            torch.save({key: part.state_dict() for key, part in parts.items()} | {"step": step}, out / "partial.pt")
            (out / "partial.pt").rename(out / "checkpoint.pt")
            torch.save(pupil.state_dict(), out / "average.pt")


def taught(pupil, learn, x, wanted, spread, labels, mates, optimizer, train: dict) -> float:
    """One step towards the teacher's embedding and score, the labels (NaN where there is no voice alone) and the scores of
    the clean views, `mates`, as `tune` has them; the loss before it. `learn` is the pupil's embedding, perhaps compiled."""
    pupil.train()
    with half():
        own = learn(x)
    own = own.float()
    score, domain = pupil.outputs(own)
    inside, viewed = ~torch.isnan(labels), mates >= 0
    drift = score[viewed] - score[mates[viewed]]
    loss = ((own - wanted[0]) / spread).square().mean()
    loss = loss + SCORE * (score - wanted[1]).square().mean()
    loss = loss + DOMAIN * torch.nn.functional.binary_cross_entropy_with_logits(domain, inside.float())
    told = losses.loss(score[inside], labels[inside], train) + train["consistency"] * torch.nn.functional.smooth_l1_loss(drift, torch.zeros_like(drift))
    loss = loss + LABELS * told
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(pupil.parameters(), 5.0)
    optimizer.step()
    return loss.item()
