"""Trains one network: `python train.py --network short --out ../../runs/NAME [--set net.width=32 ...]`.

Writes `checkpoint.pt` (last state, to resume from), `log.csv` (step, loss, dev figures) and `config.json`.
Run the same command again to go on after a stop.
"""

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

import corpus
import losses
import nets
from evaluate import dev_figures
from sampler import Sampler, load_made, load_variants


def parse() -> tuple[dict, Path]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", default="config.toml")
    parser.add_argument("--out", required=True)
    parser.add_argument("--network", help="one of the configuration's [networks]; without it, what the file says before them")
    parser.add_argument("--set", nargs="*", default=[], metavar="TABLE.KEY=VALUE", help="change a value of the configuration; null removes it")
    arguments = parser.parse_args()
    config = corpus.read_config(arguments.config)
    networks = config.pop("networks", {})
    if arguments.network and arguments.network not in networks:
        raise SystemExit(f"--network is {arguments.network!r}; accepted: {', '.join(networks) or 'none, the configuration names no networks'}")
    changes = networks[arguments.network] if arguments.network else {}
    for key, value in [*changes.items(), *((k, json.loads(v)) for k, v in (change.split("=", 1) for change in arguments.set))]:
        *tables, name = key.split(".")
        target = config
        for table in tables:
            target = target.setdefault(table, {})
        target[name] = value
        if value is None:
            del target[name]
    out = Path(arguments.out)
    out.mkdir(parents=True, exist_ok=True)
    (out / "config.json").write_text(json.dumps(config, indent=1))
    return config, out


def mask(x: torch.Tensor, time_share: float, band_share: float) -> torch.Tensor:
    """SpecAugment (Park et al. 2019): two bands and two stretches, each up to its share, at the mean (0 after normalisation)."""
    frames, bins = x.shape[1:]
    for _ in range(2):
        for dim, size, most in ((1, frames, int(frames * time_share)), (2, bins, int(bins * band_share))):
            width = torch.randint(0, most + 1, (len(x), 1), device=x.device)
            start = (torch.rand(len(x), 1, device=x.device) * (size - width)).long()
            at = torch.arange(size, device=x.device)[None]
            keep = ~((at >= start) & (at < start + width))
            x = x * (keep[:, :, None] if dim == 1 else keep[:, None, :])
    return x


def mix_styles(x: torch.Tensor, share: float) -> torch.Tensor:
    """Frequency-wise MixStyle (Zhou et al. 2021; Kim et al. 2022): each window takes a part of the spread over time, band by
    band, of another one. Noise floor and bandwidth then say little about the class."""
    if torch.rand(()) > share:
        return x
    spread = x.std(1, keepdim=True).clamp_min(1e-3)
    weight = torch.distributions.Beta(0.3, 0.3).sample((len(x), 1, 1)).to(x)
    other = spread[torch.randperm(len(x), device=x.device)]
    return x / spread * (weight * spread + (1 - weight) * other)


def contrast(x: torch.Tensor, spread: float) -> torch.Tensor:
    """Each window's log spectrum stretched or flattened by up to `spread`, as compressors and rooms do."""
    return x * torch.exp(spread * (2 * torch.rand(len(x), 1, 1, device=x.device) - 1))


def main() -> None:
    config, out = parse()
    t = config["train"]
    torch.manual_seed(t["seed"])
    torch.set_num_threads(t["threads"])
    device = "cuda" if torch.cuda.is_available() else "cpu"
    table = corpus.training_table(config["data"])
    cache = Path(config["data"]["cache"])
    variants = load_variants(cache, config["data"]["coded_copies"])
    front_end = json.dumps(config["front_end"])
    made = load_made(cache, config["data"]["made"], config["data"]["coded_made"])
    sampler = Sampler(table, variants, made, t, front_end, t["window_samples"])
    bins = sampler[0][0].shape[2]
    net = nets.build(config["net"], bins)
    losses.attach(net, t)
    if t.get("start"):
        net.load_state_dict(torch.load(t["start"], map_location="cpu"))
    net = net.to(device, memory_format=torch.channels_last)
    average = deepcopy(net).eval()
    # Of use in training only: it is no part of the model.
    maker = torch.nn.Linear(net.domain.in_features, sampler.makers if t["maker_loss"] else 0).to(device)
    optimizer = torch.optim.AdamW([*net.parameters(), *maker.parameters()], t["learning_rate"], weight_decay=t["weight_decay"])
    warm = 200
    falling = (lambda s: 0.5 + 0.5 * math.cos(math.pi * min(1, s / t["steps"]))) if t["schedule"] == "cosine" else (lambda s: 1.0)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: min(1, s / warm) * falling(s) + 1e-3)
    step = 0
    if (out / "checkpoint.pt").exists():
        state = torch.load(out / "checkpoint.pt", map_location=device, weights_only=False)
        for name, part in (("net", net), ("average", average), ("maker", maker), ("optimizer", optimizer), ("schedule", schedule)):
            part.load_state_dict(state[name])
        step = state["step"]
    print(f"{sum(p.numel() for p in net.parameters())} parameters, {bins} bins, from step {step} on {device}", flush=True)
    loader = torch.utils.data.DataLoader(
        sampler, batch_size=None, sampler=range(step, t["steps"]), num_workers=t["workers"], prefetch_factor=4
    )
    began, running = time.time(), []
    for features, labels, makers in loader:
        if not t["domain_loss"]:
            # Of waves that were drawn and kept for another run, only those that this one learns from.
            features, labels, makers = (part[: t["batch"]] for part in (features, labels, makers))
        x, y = contrast(mix_styles(features.to(device), t["mix_styles"]), t["contrast"]), labels.to(device)
        x = mask(x, t["mask_time"], t["mask_bands"])
        if t.get("mixup", 0) > 0:
            share = float(np.random.default_rng((t["seed"], step, 1)).beta(t["mixup"], t["mixup"]))
            order = torch.arange(len(x), device=device)
            order[: t["batch"]] = torch.randperm(t["batch"], device=device)
            x, y = share * x + (1 - share) * x[order], share * y + (1 - share) * y[order]
        net.train()
        with torch.autocast(device, torch.bfloat16):
            embedding = net.embedding(x)
            scores, domain = net.outputs(embedding)
        inside = ~torch.isnan(y)
        value = losses.loss(scores.float()[inside], y[inside], t)
        if t["domain_loss"] and t["outside"]:
            value = value + t["domain_loss"] * losses.domain_loss(domain.float(), inside)
        if t["maker_loss"]:
            value = value + t["maker_loss"] * losses.maker_loss(maker(embedding.float()), makers.to(device))
        if t["pair_loss"] > 0:
            value = (1 - t["pair_loss"]) * value + t["pair_loss"] * losses.pair_loss(scores.float(), sampler.side_by_side)
        optimizer.zero_grad(set_to_none=True)
        value.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimizer.step()
        schedule.step()
        step += 1
        # Polynomial-decay averaging (Shamir and Zhang 2013): the average reaches back over this share of the steps so far.
        decay = step / (step + 1 / t["average"]) if t["average"] else 0.0
        with torch.no_grad():
            for a, b in zip(average.state_dict().values(), net.state_dict().values()):
                a.lerp_(b, 1 - decay) if a.dtype.is_floating_point else a.copy_(b)
        running.append(value.item())
        if step % 50 == 0:
            print(f"{step} loss {np.mean(running[-50:]):.4f} {step and (time.time() - began):.0f} s", flush=True)
        if step % t["check_every"] == 0 or step == t["steps"]:
            figures = dev_figures(average, config)
            row = {"step": step, "loss": round(float(np.mean(running[-t["check_every"] :])), 4), **figures}
            print(row, flush=True)
            new = not (out / "log.csv").exists()
            with open(out / "log.csv", "a", newline="") as file:
                writer = csv.DictWriter(file, row.keys())
                if new:
                    writer.writeheader()
                writer.writerow(row)
            state = {"net": net.state_dict(), "average": average.state_dict(), "maker": maker.state_dict(), "optimizer": optimizer.state_dict()}
            state |= {"schedule": schedule.state_dict(), "step": step}
            torch.save(average.state_dict(), out / "average.pt")
            torch.save(state, out / "partial.pt")
            (out / "partial.pt").rename(out / "checkpoint.pt")


if __name__ == "__main__":
    main()
