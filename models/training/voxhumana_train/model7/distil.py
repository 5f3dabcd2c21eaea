"""Teaches a network of other blocks what one network of a finished model hears: `--network long --teacher model.onnx
--blocks 0 1 1 1 --out RUN --steps 12000`, for a model that costs less.

It learns the teacher's embedding, score and domain on windows of the training clips, as they are, through a line, beside
another voice and in noise; labels it does not see. Writes checkpoint.pt, average.pt and config.json as `train` does, so that
`export` reads its runs; the last weights are the average, since the rate falls to 0. The same command goes on after a stop.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch

from .. import config, nets
from ..clips import RATE, Clips
from ..half import half
from ..prepare import tables
from . import RECIPE, start_weights, torch_features
from .batches import left_out
from .line import Line
from .tune import BLOCKS, WHICH, configuration, kept_blocks

# Windows of a batch; shares of them that go through a line, and that hold another voice or noise as well; of the first those that are of
# copies by `model7 calls`, where there are any.
BATCH, LINE, VOICE, NOISE, CALLED = 64, 0.5, 0.15, 0.15, 0.5
# What the score and the domain weigh beside the embedding.
SCORE, DOMAIN = 0.1, 0.02
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
    parser.add_argument("--calls", type=int, nargs="*", default=[], help="copies by `model7 calls` that half of the windows through a line are of, if any")
    parser.add_argument("--compile", action="store_true", help="torch.compile: minutes at the start, then faster (needs g++)")


class Windows:
    """`batch(step)` is windows of training clips, some of their `calls`, `(BATCH, samples)` at `RATE`."""

    def __init__(self, table, clips: Clips, calls: list[Clips], samples: int, seed: int):
        self.clips, self.calls, self.samples, self.seed = clips, calls, samples, seed
        self.rows = np.flatnonzero(~left_out(table, []) & (np.diff(clips.starts) >= samples))
        if not len(self.rows):
            raise SystemExit(f"no training clip is as long as a window, {samples / RATE} s")

    def batch(self, step: int) -> torch.Tensor:
        rng = np.random.default_rng((self.seed, step))
        return torch.from_numpy(np.stack([self._one(rng) for _ in range(BATCH)]))

    def _one(self, rng: np.random.Generator) -> np.ndarray:
        x = self._cut(rng, self.clips)
        if rng.random() < LINE:
            if self.calls and rng.random() < CALLED:
                x = self._cut(rng, self.calls[rng.integers(len(self.calls))])
            else:
                x = Line.draw(rng).apply(x)
        beside = rng.random()
        if beside < VOICE:
            x = x + self._cut(rng, self.clips) * rng.uniform(0.1, 1)
        elif beside < VOICE + NOISE:
            level = np.sqrt(np.mean(x**2)) * 10 ** (-rng.uniform(5, 30) / 20)
            x = x + rng.standard_normal(self.samples) * level
        return np.nan_to_num(x).astype(np.float32)

    def _cut(self, rng: np.random.Generator, clips: Clips) -> np.ndarray:
        clip = clips[rng.choice(self.rows)]
        start = rng.integers(0, len(clip) - self.samples + 1)
        return np.asarray(clip[start : start + self.samples], np.float32)


def started(settings: dict, blocks: list[int], teacher: Path, network: str, heard: list[torch.Tensor]) -> torch.nn.Module:
    """The teacher's network in these blocks, with the weights of those that it has."""
    net = nets.build(settings["net"] | {"blocks": blocks, "dropout": 0.0}, heard[0].shape[2])
    start_weights.load(net, teacher, WHICH[network], kept_blocks(net, blocks, network))
    start_weights.settle(net, heard)
    return net.to(memory_format=torch.channels_last)


def run(arguments: argparse.Namespace) -> None:
    settings, out, network = configuration(arguments), arguments.out, arguments.network
    out.mkdir(parents=True, exist_ok=True)
    (out / "config.json").write_text(json.dumps(settings, indent=1))
    torch.set_num_threads(1)
    torch.manual_seed(settings["train"]["seed"] + WHICH[network])
    front = torch_features.of(settings["front_end"])
    cache = config.cache(settings)
    clips, *calls = (Clips.read(cache / f"{name}.npz") for name in ("train", *(f"call-{k}" for k in arguments.calls)))
    windows = Windows(tables(settings)[0], clips, calls, settings["window_samples"], settings["train"]["seed"])
    # Steps that are not trained on.
    heard = [front(windows.batch(10**6 + i)) for i in range(6)]
    teacher = started(settings, BLOCKS[network], arguments.teacher, network, heard).eval()
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
    began, first, losses = time.time(), step, []
    while step < arguments.steps:
        x = front(windows.batch(step))
        with torch.no_grad(), half():
            embedding = hear(x).float()
        wanted = embedding, *(v.detach() for v in teacher.outputs(embedding))
        losses.append(taught(pupil, learn, x, wanted, spread, optimizer))
        schedule.step()
        step += 1
        if step % SAVE_EVERY == 0 or step == arguments.steps:
            print(f"{step} loss {np.mean(losses[-SAVE_EVERY:]):.4f} {(time.time() - began) / (step - first):.3f} s a step", flush=True)
            torch.save({key: part.state_dict() for key, part in parts.items()} | {"step": step}, out / "partial.pt")
            (out / "partial.pt").rename(out / "checkpoint.pt")
            torch.save(pupil.state_dict(), out / "average.pt")


def taught(pupil: torch.nn.Module, learn, x: torch.Tensor, wanted: tuple[torch.Tensor, ...], spread: torch.Tensor, optimizer: torch.optim.Optimizer) -> float:
    """One step towards the teacher's embedding, score and domain; the loss before it. `learn` is the pupil's embedding, perhaps compiled."""
    pupil.train()
    with half():
        own = learn(x)
    own = own.float()
    score, domain = pupil.outputs(own)
    loss = ((own - wanted[0]) / spread).square().mean()
    loss = loss + SCORE * (score - wanted[1]).square().mean() + DOMAIN * (domain - wanted[2]).square().mean()
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(pupil.parameters(), 5.0)
    optimizer.step()
    return loss.item()
