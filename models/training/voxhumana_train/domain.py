"""Fits the output `domain` of finished runs anew, on their embeddings as they are.

Training shows a network few windows that are not one voice speaking, so that its trunk learns voices. Here half of the windows
are such, and music is as frequent as voices at once; only the last layers are fitted, together (logistic regression), so no score
changes. They go to `domain.pt` in each run, which `export` reads for the same runs in the same order. Three minutes on one core.
"""

from __future__ import annotations

import argparse
import json

import numpy as np
import torch
import voxhumana
from sklearn.linear_model import LogisticRegression

from . import config, runs
from .music import music
from .prepare import tables
from .sampler import Sampler, load_variants

# Share of each kind among the windows outside.
KINDS = {"voices": 0.4, "noise": 0.1, "speech under noise": 0.1, "music": 0.25, "speech under music": 0.15}
# Steps that no training draws.
FIRST_STEP = 10**6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    config.add_arguments(parser)
    runs.add_arguments(parser)


def run(arguments: argparse.Namespace) -> None:
    settings = config.load(arguments)
    folders = runs.folders(arguments, settings)
    networks, configs = zip(*(runs.load(folder) for folder in folders))
    runs.same_window(configs)
    torch.set_num_threads(settings["train"]["threads"])
    x, y = windows(settings, networks, configs, settings["domain"]["batches"])
    fitted = LogisticRegression(C=0.1, max_iter=2000, class_weight="balanced").fit(x, y)
    before = x @ np.concatenate([net.domain.weight.detach().numpy()[0] for net in networks])
    for name, logits in (("before", before), ("after", fitted.decision_function(x))):
        missed = np.mean(logits[~y] >= np.quantile(logits[y], 0.02))
        print(f"{name}: {100 * missed:.1f} % of the windows outside pass where 2 % of those inside are refused")
    # The model's `domain` is the mean of theirs.
    weights = np.split(fitted.coef_ * len(networks), len(networks), axis=1)
    for folder, weight in zip(folders, weights):
        layer = {"weight": torch.from_numpy(weight).float(), "bias": torch.from_numpy(fitted.intercept_).float()}
        torch.save({"layer": layer, "runs": runs.digests(folders)}, folder / "domain.pt")


def windows(settings: dict, networks: tuple, configs: tuple, batches: int) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings of windows, and which are one voice speaking."""
    data, t = settings["data"], {**configs[0]["train"], "batch": 32, "outside": 32, "wave_cache": ""}
    train, _ = tables(settings)
    clips = load_variants(config.cache(settings), data["coded_copies"])
    sampler = Sampler(train, clips, [], t, json.dumps(configs[0]["front_end"]), t["window_samples"])
    sampler._outside = lambda rng: outside(rng, sampler)
    extractors = [voxhumana.FeatureExtractor(json.dumps(c["front_end"])) for c in configs]
    embeddings, inside = [], []
    for step in range(batches):
        waves, labels, _ = sampler._draw(FIRST_STEP + step)
        with torch.no_grad():
            views = [torch.from_numpy(e.extract_batch(waves.astype(np.float32) / 32768)) for e in extractors]
            embeddings.append(torch.cat([net.embedding(view) for net, view in zip(networks, views)], 1).numpy())
        inside.append(~np.isnan(labels))
        if (step + 1) % 10 == 0:
            print(f"{step + 1} of {batches} batches", flush=True)
    return np.concatenate(embeddings), np.concatenate(inside)


def outside(rng: np.random.Generator, sampler: Sampler) -> np.ndarray:
    """One window that is not one voice speaking."""
    level = lambda x, db: x * (10 ** (db / 20) / (np.sqrt(np.mean(x**2)) + 1e-6))
    voice = lambda: sampler._window(rng, int(rng.integers(len(sampler.lengths))), sampler.variants[0])
    kind = rng.choice(list(KINDS), p=list(KINDS.values()))
    if kind == "voices":
        return sum(level(voice(), rng.uniform(-3, 3)) for _ in range(rng.integers(2, 4)))
    back = level(music(rng, sampler.window) if "music" in kind else sampler.bank.draw(rng), 0)
    return back + level(voice(), rng.uniform(-20, -6)) if "under" in kind else back
