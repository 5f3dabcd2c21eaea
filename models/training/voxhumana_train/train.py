"""Trains one network. Writes `checkpoint.pt` (the last state, to go on from), `average.pt` (the network), `log.csv` (step, loss, dev
figures) and `config.json` into its folder; the same command goes on after a stop."""

from __future__ import annotations

import argparse
import csv
import json
import math
import time
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch

from . import config, losses, made, nets, runs
from .dev import figures
from .half import half
from .prepare import tables
from .sampler import Sampler, load_variants
from .spectra import contrast, mask, mix_styles


def add_arguments(parser: argparse.ArgumentParser) -> None:
    config.add_arguments(parser)
    parser.add_argument("--network", help="one of the configuration's [networks]; without it, what the file says before them")
    parser.add_argument("--out", type=Path, help="folder of the run (default: the network's name in the work folder)")


def run(arguments: argparse.Namespace) -> None:
    settings = config.load(arguments, arguments.network)
    config.check_copies(settings)
    out = arguments.out or config.work(settings, arguments.network or "run")
    runs.begin(out, settings)
    Run(settings, out).train()


class Run:
    """A network in training, its average, and what they are trained with."""

    def __init__(self, settings: dict, out: Path):
        t, cache = settings["train"], config.cache(settings)
        self.settings, self.t, self.out = settings, t, out
        torch.manual_seed(t["seed"])
        torch.set_num_threads(t["threads"])
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        table, _ = tables(settings)
        data = settings["data"]
        copies = made.load(cache, data["made"], data["coded_made"])
        self.sampler = Sampler(table, load_variants(cache, data["coded_copies"]), copies, t, json.dumps(settings["front_end"]), t["window_samples"])
        bins = self.sampler[0][0].shape[2]
        net = nets.build(settings["net"], bins)
        losses.attach(net, t)
        if t.get("start"):
            net.load_state_dict(torch.load(t["start"], map_location="cpu", weights_only=True))
        self.net = net.to(self.device, memory_format=torch.channels_last)
        self.average = deepcopy(self.net).eval()
        # Of use in training only: it is no part of the model. Where there are no pairs, nobody asks who made a copy.
        self.ask_maker = t["maker_loss"] > 0 and self.sampler.makers > 1
        self.maker = torch.nn.Linear(net.domain.in_features, self.sampler.makers if self.ask_maker else 0).to(self.device)
        self.optimizer = torch.optim.AdamW([*self.net.parameters(), *self.maker.parameters()], t["learning_rate"], weight_decay=t["weight_decay"])
        warm = 200
        falling = (lambda s: 0.5 + 0.5 * math.cos(math.pi * min(1, s / t["steps"]))) if t["schedule"] == "cosine" else (lambda s: 1.0)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimizer, lambda s: min(1, s / warm) * falling(s) + 1e-3)
        self.step = 0
        self._resume()
        print(f"{sum(p.numel() for p in self.net.parameters())} parameters, {bins} bins, from step {self.step} on {self.device}", flush=True)

    def _parts(self) -> dict:
        return {"net": self.net, "average": self.average, "maker": self.maker, "optimizer": self.optimizer, "schedule": self.schedule}

    def _resume(self) -> None:
        path = self.out / "checkpoint.pt"
        if path.exists():
            state = torch.load(path, map_location=self.device, weights_only=True)
            for name, part in self._parts().items():
                part.load_state_dict(state[name])
            self.step = state["step"]

    def train(self) -> None:
        t = self.t
        loader = torch.utils.data.DataLoader(
            self.sampler, batch_size=None, sampler=range(self.step, t["steps"]), num_workers=t["workers"], prefetch_factor=4 if t["workers"] else None
        )
        began, running = time.time(), []
        for features, labels, makers in loader:
            running.append(self._learn(features, labels, makers))
            self.step += 1
            if self.step % 50 == 0:
                print(f"{self.step} loss {np.mean(running[-50:]):.4f} {time.time() - began:.0f} s", flush=True)
            if self.step % t["check_every"] == 0 or self.step == t["steps"]:
                self._check(float(np.mean(running[-t["check_every"] :])))

    def _learn(self, features: torch.Tensor, labels: torch.Tensor, makers: torch.Tensor) -> float:
        t, device = self.t, self.device
        if not t["domain_loss"]:
            # Of waves that were drawn and kept for another run, only those that this one learns from.
            features, labels, makers = (part[: t["batch"]] for part in (features, labels, makers))
        x, y = contrast(mix_styles(features.to(device), t["mix_styles"]), t["contrast"]), labels.to(device)
        x = mask(x, t["mask_time"], t["mask_bands"])
        if t["mixup"] > 0:
            share = float(np.random.default_rng((t["seed"], self.step, 1)).beta(t["mixup"], t["mixup"]))
            order = torch.arange(len(x), device=device)
            order[: t["batch"]] = torch.randperm(t["batch"], device=device)
            x, y = share * x + (1 - share) * x[order], share * y + (1 - share) * y[order]
        self.net.train()
        with half(device):
            embedding = self.net.embedding(x)
            scores, domain = self.net.outputs(embedding)
        inside = ~torch.isnan(y)
        value = losses.loss(scores.float()[inside], y[inside], t)
        if t["domain_loss"] and t["outside"]:
            value = value + t["domain_loss"] * losses.domain_loss(domain.float(), inside)
        if self.ask_maker:
            value = value + t["maker_loss"] * losses.maker_loss(self.maker(embedding.float()), makers.to(device))
        if t["pair_loss"] > 0 and self.sampler.side_by_side:
            value = (1 - t["pair_loss"]) * value + t["pair_loss"] * losses.pair_loss(scores.float(), self.sampler.side_by_side)
        self.optimizer.zero_grad(set_to_none=True)
        value.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        self.optimizer.step()
        self.schedule.step()
        # Polynomial-decay averaging (Shamir and Zhang 2013): the average reaches back over this share of the steps so far.
        step = self.step + 1
        decay = step / (step + 1 / t["average"]) if t["average"] else 0.0
        with torch.no_grad():
            for a, b in zip(self.average.state_dict().values(), self.net.state_dict().values()):
                a.lerp_(b, 1 - decay) if a.dtype.is_floating_point else a.copy_(b)
        return value.item()

    def _check(self, loss: float) -> None:
        """Measures the average on dev, and keeps everything."""
        row = {"step": self.step, "loss": round(loss, 4), **figures(self.average, self.settings)}
        print(row, flush=True)
        log = self.out / "log.csv"
        new = not log.exists()
        with open(log, "a", newline="") as file:
            writer = csv.DictWriter(file, row.keys())
            if new:
                writer.writeheader()
            writer.writerow(row)
        state = {name: part.state_dict() for name, part in self._parts().items()} | {"step": self.step}
        torch.save(self.average.state_dict(), self.out / "average.pt")
        torch.save(state, self.out / "partial.pt")
        (self.out / "partial.pt").rename(self.out / "checkpoint.pt")
