"""Fits the output `domain` of an exported file anew, on the pools of its networks, with a layer between. No score changes.
The threshold goes with the logits, so `calibrate` comes next; until then nothing is refused.

Training shows a network few windows that are not one voice speaking, so that its trunk learns voices. Here half of the windows are such, and
music is nearly as frequent as voices at once. A fifth of the windows is not fitted on, and says what was gained. Minutes on one core.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import torch
import voxhumana
from torch import nn

from . import config, domain_layers, model_file
from .export import NO_DOMAIN
from .file_metadata import metadata_of, with_metadata
from .music import music
from .noise import NoiseBank
from .onnx_graph import Graph
from .prepare import tables
from .sampler import Sampler, load_variants

# Share of each kind among the windows outside.
KINDS = {"voices": 0.4, "noise": 0.1, "speech under noise": 0.1, "music": 0.25, "speech under music": 0.15}
# Steps that no training draws.
FIRST_STEP = 10**6
# Found on dev clips and on what `testsets` makes beside them: a linear layer refuses one pair of voices in ten less, 64 or 128 units as many.
HIDDEN = 32
PASSES, AT_ONCE, LEARNING_RATE, NOISE = 10, 256, 0.002, 0.1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    config.add_arguments(parser)
    parser.add_argument("--model", type=Path, help="the file, which is changed (default: model.onnx in the work folder)")


def run(arguments: argparse.Namespace) -> None:
    settings = config.load(arguments)
    path, data = arguments.model or config.work(settings, "model.onnx"), settings["data"]
    model = model_file.read(path)
    torch.set_num_threads(settings["train"]["threads"])
    drawn = {**settings["train"], "batch": 32, "outside": 32, "wave_cache": ""}
    clips = load_variants(config.cache(settings), data["coded_copies"])
    sampler = Sampler(tables(settings)[0], clips, [], drawn, json.dumps(settings["front_end"]), settings["window_samples"])
    voice = lambda rng: sampler._window(rng, int(rng.integers(len(sampler.lengths))), sampler.variants[0])
    sampler._outside = lambda rng: outside(rng, sampler.window, voice, sampler.bank)
    fit(model, sampler._draw, settings["domain"]["batches"])
    model_file.write(model, path)


def fit(model: onnx.ModelProto, draw: Callable, batches: int) -> None:
    """Puts other layers into the model, fitted on what `draw` gives for a step: windows, and labels that are NaN outside."""
    if batches < 2:
        raise SystemExit(f"{batches} batches; accepted: 2 and more, since some are kept apart to say what was gained")
    x, before, inside = heard(model, draw, batches)
    # Windows of a batch share clips: whole batches are kept apart.
    fitted_on = np.arange(len(x)) < len(x) // batches * max(1, int(0.8 * batches))
    first, last = layers = fitted(x[fitted_on], inside[fitted_on])
    after = np.maximum(x @ first[0].T + first[1], 0) @ last[0][0] + last[1]
    for name, logits in (("before", before), ("after", after)):
        missed = np.mean(logits[~fitted_on & ~inside] >= np.quantile(logits[~fitted_on & inside], 0.02))
        print(f"{name}: {100 * missed:.1f} % of the windows outside pass where 2 % of those inside are refused")
    domain_layers.write(model, layers)
    with_metadata(model, metadata_of(model) | {"domain_threshold": NO_DOMAIN})
    print("nothing is refused until `voxhumana-train calibrate` has set the threshold anew")


def outside(rng: np.random.Generator, length: int, voice: Callable, bank: NoiseBank) -> np.ndarray:
    """One window that is not one voice speaking; `voice` draws one that is."""
    level = lambda x, db: x * (10 ** (db / 20) / (np.sqrt(np.mean(x**2)) + 1e-6))
    kind = rng.choice(list(KINDS), p=list(KINDS.values()))
    if kind == "voices":
        return sum(level(voice(rng), rng.uniform(-3, 3)) for _ in range(rng.integers(2, 4)))
    back = level(music(rng, length) if "music" in kind else bank.draw(rng), 0)
    return back + level(voice(rng), rng.uniform(-20, -6)) if "under" in kind else back


def heard(model: onnx.ModelProto, draw: Callable, batches: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pools of the windows drawn, the domain as it is, and which windows are one voice speaking."""
    hear, metadata = Graph(domain_layers.with_pools(model)), metadata_of(model)
    extractors, found, inside = [voxhumana.FeatureExtractor(json.dumps(f)) for f in metadata["front_ends"]], [], []
    for step in range(batches):
        waves, labels, _ = draw(FIRST_STEP + step)
        if waves.shape[1] != metadata["window_samples"]:
            raise SystemExit(f"the model's windows have {metadata['window_samples']} samples, those of the configuration {waves.shape[1]}")
        views = [torch.from_numpy(e.extract_batch(waves.astype(np.float32) / 32768)) for e in extractors]
        with torch.no_grad():
            values = hear(*views)
        pools = [values[name] for name in domain_layers.pools(model)]
        found.append(torch.cat([values["domain"][:, None], *pools], 1).numpy())
        inside.append(~np.isnan(labels))
        if (step + 1) % 50 == 0:
            print(f"{step + 1} of {batches} batches", flush=True)
    domain, pooled = np.split(np.concatenate(found), [1], axis=1)
    return pooled, domain[:, 0], np.concatenate(inside)


def fitted(x: np.ndarray, inside: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Two layers, weights and offsets of each, whose output is a logit of `inside`."""
    # What hardly moves in these windows must not weigh thousands in others.
    mean, spread = x.mean(0), np.maximum(x.std(0), 1e-3)
    values, wanted = torch.from_numpy((x - mean) / spread).float(), torch.from_numpy(inside).float()
    torch.manual_seed(0)
    net = nn.Sequential(nn.Dropout(0.15), nn.Linear(x.shape[1], HIDDEN), nn.ReLU(), nn.Dropout(0.3), nn.Linear(HIDDEN, 1))
    optimizer = torch.optim.AdamW(net.parameters(), LEARNING_RATE, weight_decay=0.05)
    steps = PASSES * -(-len(x) // AT_ONCE)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / steps)
    for _ in range(PASSES):
        for rows in torch.randperm(len(x)).split(AT_ONCE):
            logits = net(values[rows] + NOISE * torch.randn(len(rows), x.shape[1]))[:, 0]
            loss = nn.functional.binary_cross_entropy_with_logits(logits, wanted[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    (w1, b1), (w2, b2) = ((l.weight.detach().numpy(), l.bias.detach().numpy()) for l in (net[1], net[4]))
    return [(w1 / spread, b1 - (w1 / spread) @ mean), (w2, b2)]
