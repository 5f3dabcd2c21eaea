"""Fits the output `domain` of finished runs anew, on their embeddings as they are: `python domain.py --run ../../runs/long ../../runs/short`.

Training shows a network few windows that are not one voice speaking, so that its trunk learns voices. Here half of the windows
are such, and music is as frequent as voices at once; only the last layers are fitted, together (logistic regression), so no score
changes. They go to `domain.pt` in each run, which `export.py` reads for the same runs in the same order. Three minutes on one core.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import voxhumana
import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

import corpus
from corpus import RATE
from export import digests, load
from sampler import Sampler, load_made, load_variants

# Share of each kind among the windows outside.
KINDS = {"voices": 0.4, "noise": 0.1, "speech under noise": 0.1, "music": 0.25, "speech under music": 0.15}


def tone(rng: np.random.Generator, hz: float, seconds: float, roll_off: float, attack: float, decay: float) -> np.ndarray:
    """A note: harmonics that fall by `roll_off` powers, `attack` seconds of rise, then `decay` nepers a second; a little vibrato."""
    t = np.arange(int(seconds * RATE)) / RATE
    phase = 2 * np.pi * hz * t + rng.uniform(0, 0.3) * np.sin(2 * np.pi * rng.uniform(4, 7) * t)
    harmonics = np.arange(1, max(2, min(24, int(7000 / hz)) + 1))
    wave = sum(k**-roll_off * np.sin(k * phase + rng.uniform(0, 6.28)) for k in harmonics)
    return wave * np.minimum(1, t / attack) * np.exp(-decay * t) * np.minimum(1, (seconds - t) / 0.02)


def music(rng: np.random.Generator, length: int) -> np.ndarray:
    """Chords, a melody or both over beats of noise, each with a sound of its own. No recording is used."""
    seconds = length / RATE
    mix = np.zeros(length)

    def add(wave: np.ndarray, start: float, gain: float) -> None:
        at = int(start * RATE)
        part = wave[: length - at]
        mix[at : at + len(part)] += gain * part

    scale = np.array([0, 2, 4, 5, 7, 9, 11] if rng.random() < 0.6 else [0, 2, 3, 5, 7, 8, 10])
    key, beat = 55 * 2 ** (rng.integers(12) / 12), rng.uniform(0.12, 0.6)
    layers = rng.choice(3, rng.integers(1, 4), replace=False)
    for layer in layers:
        roll_off, attack, decay = rng.uniform(0.4, 2), 10 ** rng.uniform(-2.7, -1), rng.uniform(0, 5)
        gain, octave, length_beats = rng.uniform(0.3, 1), rng.integers(1, 5), rng.integers(1, 5)
        for start in np.arange(-rng.uniform(0, beat), seconds, beat * (length_beats if layer < 2 else 1)):
            start = max(0.0, start)
            if layer == 0:  # chords
                degree = rng.integers(7)
                for step in (0, 2, 4, 6)[: rng.integers(2, 5)]:
                    d = degree + step
                    add(tone(rng, key * 2 ** (octave + (scale[d % 7] + 12 * (d // 7)) / 12) / 2, beat * length_beats, roll_off, attack, decay), start, gain)
            elif layer == 1:  # a melody
                hz = key * 2 ** (octave + scale[rng.integers(7)] / 12)
                add(tone(rng, hz, beat * length_beats, roll_off, attack, decay), start, gain)
            elif rng.random() < 0.7:  # beats
                n = int(0.2 * RATE)
                hit = rng.standard_normal(n) * np.exp(-np.arange(n) / RATE * rng.uniform(15, 80))
                add(np.convolve(hit, np.ones(w := int(rng.integers(1, 30))) / np.sqrt(w), "same"), start, gain)
    return mix.astype(np.float32)


def outside(rng: np.random.Generator, sampler: Sampler) -> np.ndarray:
    """One window that is not one voice speaking."""
    level = lambda x, db: x * (10 ** (db / 20) / (np.sqrt(np.mean(x**2)) + 1e-6))
    voice = lambda: sampler._window(rng, int(rng.integers(len(sampler.lengths))), sampler.variants[0])
    kind = rng.choice(list(KINDS), p=list(KINDS.values()))
    if kind == "voices":
        return sum(level(voice(), rng.uniform(-3, 3)) for _ in range(rng.integers(2, 4)))
    back = level(music(rng, sampler.window) if "music" in kind else sampler.bank.draw(rng), 0)
    return back + level(voice(), rng.uniform(-20, -6)) if "under" in kind else back


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, nargs="+", required=True)
    parser.add_argument("--batches", type=int, default=400, help="of 32 windows inside and 32 outside")
    arguments = parser.parse_args()
    networks, configs = zip(*(load(run) for run in arguments.run))
    config = configs[0]
    torch.set_num_threads(config["train"]["threads"])
    if len({c["window_samples"] for c in configs}) > 1:
        raise SystemExit("the runs have different windows: a model has one")
    data, t = config["data"], {**config["train"], "batch": 32, "outside": 32, "wave_cache": ""}
    cache = Path(data["cache"])
    variants, made = load_variants(cache, data["coded_copies"]), load_made(cache, data["made"], data["coded_made"])
    sampler = Sampler(corpus.training_table(data), variants, made, t, json.dumps(config["front_end"]), t["window_samples"])
    sampler._outside = lambda rng: outside(rng, sampler)
    extractors = [voxhumana.FeatureExtractor(json.dumps(c["front_end"])) for c in configs]
    embeddings, inside = [], []
    for step in range(arguments.batches):
        # Steps that training did not draw.
        waves, labels, _ = sampler._draw(10**6 + step)
        with torch.no_grad():
            views = [torch.from_numpy(e.extract_batch(waves.astype(np.float32) / 32768)) for e in extractors]
            embeddings.append(torch.cat([net.embedding(view) for net, view in zip(networks, views)], 1).numpy())
        inside.append(~np.isnan(labels))
        if (step + 1) % 10 == 0:
            print(f"{step + 1} of {arguments.batches} batches", flush=True)
    x, y = np.concatenate(embeddings), np.concatenate(inside)
    fitted = LogisticRegression(C=0.1, max_iter=2000, class_weight="balanced").fit(x, y)
    before = x @ np.concatenate([net.domain.weight.detach().numpy()[0] for net in networks])
    for name, logits in (("before", before), ("after", fitted.decision_function(x))):
        missed = np.mean(logits[~y] >= np.quantile(logits[y], 0.02))
        print(f"{name}: {100 * missed:.1f} % of the windows outside pass where 2 % of those inside are refused")
    # The model's `domain` is the mean of theirs.
    weights = np.split(fitted.coef_ * len(networks), len(networks), axis=1)
    for run, weight in zip(arguments.run, weights):
        layer = {"weight": torch.from_numpy(weight).float(), "bias": torch.from_numpy(fitted.intercept_).float()}
        torch.save({"layer": layer, "runs": digests(arguments.run)}, run / "domain.pt")


if __name__ == "__main__":
    main()
