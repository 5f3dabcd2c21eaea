"""Draws training batches: balanced by source and generator, pairs side by side, both classes degraded alike."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import bonafide
import numpy as np
import pandas as pd
import torch
from scipy.signal import resample_poly

from augment import NoiseBank, Recipe, Strength, blend, fit
from corpus import RATE, Clips

# Playing speeds: the same voice from another throat, and the traces of a vocoder at other frequencies.
SPEEDS = ((6, 7), (7, 8), (9, 10), (14, 15), (15, 14), (10, 9), (8, 7), (7, 6))


class Sampler(torch.utils.data.Dataset):
    """Item `step` is one batch of features `(batch, frames, bins)`, labels: 1 = bona fide, 0 = spoof, NaN = outside the
    domain, and for the pairs which machine spoke: 0 = none, or one of the makers of copies; -1 elsewhere. It depends on the
    seed and the step alone, so that a resumed run sees what an uninterrupted one would."""

    def __init__(
        self, table: pd.DataFrame, variants: list[Clips], made: list[list[Clips]], config: dict, front_end: str, window: int
    ):
        # `made[maker][k]` are copies of the human clips of `variants[k]`.
        self.variants, self.made, self.window, self.steps = variants, made, window, config["steps"]
        if len(variants[0]) != len(table):
            raise SystemExit(f"the cache holds {len(variants[0])} clips, the list {len(table)}: remove the cache and run prepare.py again")
        self.made_share, self.blend_share, self.matched_share = config["made"], config["blend"], config["matched"]
        self.wave_cache = None
        if config.get("wave_cache"):
            keys = ("seed", "batch", "pairs", "clean", "made", "blend", "matched", "speed", "outside", "skip", "augment")
            drawn = {k: config.get(k) for k in keys}
            key = hashlib.sha256(json.dumps([drawn, window, len(variants), [len(m) for m in made]]).encode()).hexdigest()[:12]
            self.wave_cache = Path(config["wave_cache"]) / key
            self.wave_cache.mkdir(parents=True, exist_ok=True)
        self.seed, self.size, self.outside = config["seed"], config["batch"], config["outside"]
        self.pairs_share, self.clean_share, self.speed_share = config["pairs"], config["clean"], config["speed"]
        self.strength = Strength(**config.get("augment", {}))
        self.bank = NoiseBank(variants[0], window)
        self.front_end = front_end
        self.human = (table.label == "bonafide").to_numpy()
        self.lengths = np.diff(variants[0].starts)
        # Copies made by synthesis.py are stored for human clips only, in the manifest's order.
        self.rank = np.cumsum(self.human) - 1
        # Clips that may be joined into one window: one speaker, or one generator of one source.
        voice = np.where(self.human, table.speaker.where(table.speaker != "", table.source), table.generator + "|" + table.source)
        self.groups = {v: np.flatnonzero(voice == v) for v in np.unique(voice)}
        self.voice = voice
        uid = {u: i for i, u in enumerate(table.uid)}
        drawn = ~table.generator.isin(config["skip"]).to_numpy()
        paired = [(uid[p], i) for i, p in enumerate(table.pair_uid) if p in uid and drawn[i]]
        self.pairs = np.array(paired)
        # Who made the copies: synthesis.py's makers first, then those of the corpus.
        names, at = np.unique(table.generator.to_numpy(str)[self.pairs[:, 1]], return_inverse=True)
        self.maker_of_pair, self.makers = 1 + len(made) + at, 1 + len(made) + len(names)
        name = np.where(self.human, table.source, table.generator).astype(str)
        self.bona = self._weights(np.flatnonzero(self.human), name)
        mate = table.pair_uid.isin(uid).to_numpy()
        self.spoof = self._weights(np.flatnonzero(~self.human & ~mate & drawn), name)
        # Studio corpora and demo pages hold both classes in one channel. Drawn side by side, they keep "sounds like
        # LJSpeech" from meaning "spoof".
        domain = table.corpus.str.split("/").str[0].where(table.corpus != "", table.source).to_numpy().astype(str)
        self.domains = []
        for d in np.unique(domain):
            human, spoof = (np.flatnonzero((domain == d) & m) for m in (self.human, ~self.human & ~mate & drawn))
            if len(human) and len(spoof):
                self.domains.append((self._weights(human, name), self._weights(spoof, name)))
        size = np.sqrt([min(len(h[0]), len(s[0])) for h, s in self.domains])
        self.domain_weights = size / size.sum() if len(size) else size
        self.side_by_side = int(self.size * self.pairs_share / 2)
        self.side_by_side += int(self.size * self.matched_share / 2) if self.domains else 0
        # Pairs are weighted by the source of the human clip and the generator of the copy.
        key = np.array([f"{name[a]}|{name[b]}" for a, b in self.pairs])
        self.pair_weights = self._weights(np.arange(len(self.pairs)), key)[1]

    @staticmethod
    def _weights(members: np.ndarray, names: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Each group weighs the square root of its size: neither clip counts nor tiny groups rule."""
        _, inverse, counts = np.unique(names[members], return_inverse=True, return_counts=True)
        weight = 1 / np.sqrt(counts[inverse])
        return members, weight / weight.sum()

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, step: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        waves, labels, makers = self._cached(step)
        if not hasattr(self, "extractor"):
            self.extractor = bonafide.FeatureExtractor(self.front_end)
        x = self.extractor.extract_batch(waves.astype(np.float32) / 32768)
        return x, labels, makers

    def _cached(self, step: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The search trains many networks on the same batches: their waves are kept, 5 MB each, where `wave_cache` says."""
        if not self.wave_cache:
            return self._draw(step)
        path = self.wave_cache / f"{step:06}.npz"
        if path.exists():
            with np.load(path) as z:
                return z["waves"], z["labels"], z["makers"]
        waves, labels, makers = self._draw(step)
        partial = path.with_suffix(f".{os.getpid()}.npz")
        np.savez(partial, waves=waves, labels=labels, makers=makers)
        partial.rename(path)
        return waves, labels, makers

    def _draw(self, step: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        rng = np.random.default_rng((self.seed, step))
        waves, labels, makers = [], [], []
        pairs = int(self.size * self.pairs_share / 2)
        for k in rng.choice(len(self.pairs), pairs, p=self.pair_weights):
            a, b = self.pairs[k]
            clips = copies = self._variant(rng)
            maker = self.maker_of_pair[k]
            if self.made and rng.random() < self.made_share:
                maker = 1 + rng.integers(len(self.made))
                copied = self.made[maker - 1]
                line = int(rng.integers(1, len(copied))) if len(copied) > 1 and rng.random() >= self.clean_share else 0
                clips, copies, b = self.variants[line], copied[line], self.rank[a]
            start, length = self._crop(rng, min(self.lengths[a], self.lengths[b]))
            recipe = Recipe.draw(rng, self.window, self.bank, self.strength)
            speed = self._speed(rng)
            human, copy = (fit(play(c[i][start : start + length], speed), self.window) for c, i in ((clips, a), (copies, b)))
            if rng.random() < self.blend_share:
                copy = blend(rng, human, copy)
            waves += [recipe.apply(human), recipe.apply(copy)]
            labels += [1.0, 0.0]
            makers += [0, maker]
        matched = int(self.size * self.matched_share / 2) if self.domains else 0
        for k in rng.choice(len(self.domains), matched, p=self.domain_weights) if matched else ():
            recipe = Recipe.draw(rng, self.window, self.bank, self.strength)
            clips, speed = self._variant(rng), self._speed(rng)
            for members, weight in self.domains[k]:
                i = rng.choice(members, p=weight)
                waves.append(recipe.apply(self._window(rng, i, clips, speed)))
                labels.append(float(self.human[i]))
        rest = (self.size - 2 * pairs - 2 * matched) // 2
        for members, weight in (self.bona, self.spoof):
            for i in rng.choice(members, rest, p=weight):
                recipe = Recipe.draw(rng, self.window, self.bank, self.strength)
                waves.append(recipe.apply(self._window(rng, i, self._variant(rng), self._speed(rng))))
                labels.append(float(self.human[i]))
        for _ in range(self.outside):
            recipe = Recipe.draw(rng, self.window, self.bank, self.strength)
            waves.append(recipe.apply(self._outside(rng)))
            labels.append(np.nan)
        waves = np.rint(np.stack(waves) * 32767).astype(np.int16)
        makers += [-1] * (len(labels) - len(makers))
        return waves, np.array(labels, np.float32), np.array(makers)

    def _outside(self, rng: np.random.Generator) -> np.ndarray:
        """What the detector should refuse: two or three voices at once, noise or music alone, speech far below noise."""
        level = lambda x, db: x * (10 ** (db / 20) / (np.sqrt(np.mean(x**2)) + 1e-6))
        voice = lambda: self._window(rng, int(rng.integers(len(self.lengths))), self.variants[0])
        kind = rng.random()
        if kind < 0.5:
            return sum(level(voice(), rng.uniform(-3, 3)) for _ in range(rng.integers(2, 4)))
        noise = level(self.bank.draw(rng), 0)
        return noise if kind < 0.75 else noise + level(voice(), rng.uniform(-20, -6))

    def _variant(self, rng: np.random.Generator) -> Clips:
        if len(self.variants) == 1 or rng.random() < self.clean_share:
            return self.variants[0]
        return self.variants[rng.integers(1, len(self.variants))]

    def _speed(self, rng: np.random.Generator) -> tuple[int, int] | None:
        return SPEEDS[rng.integers(len(SPEEDS))] if rng.random() < self.speed_share else None

    def _crop(self, rng: np.random.Generator, available: int) -> tuple[int, int]:
        """One time in four a short crop: short speech is repeated until it fills the window."""
        length = min(available, self.window)
        if rng.random() < 0.25:
            length = int(rng.uniform(0.25, 1.0) * length)
        length = max(min(length, available), min(available, RATE // 4))
        return int(rng.integers(0, available - length + 1)), length

    def _window(self, rng: np.random.Generator, i: int, clips: Clips, speed: tuple[int, int] | None = None) -> np.ndarray:
        if self.lengths[i] >= self.window or rng.random() < 0.5:
            start, length = self._crop(rng, self.lengths[i])
            return fit(play(clips[i][start : start + length], speed), self.window)
        # What a call looks like after silence is cut out: phrases of one voice one after another.
        parts, total, group = [clips[i]], self.lengths[i], self.groups[self.voice[i]]
        while total < self.window and len(parts) < 8:
            j = rng.choice(group)
            parts.append(clips[j])
            total += self.lengths[j]
        joined = play(np.concatenate(parts), speed)
        return fit(joined, self.window, int(rng.integers(0, max(1, len(joined) - self.window + 1))))


def play(x: np.ndarray, speed: tuple[int, int] | None) -> np.ndarray:
    """`speed[1] / speed[0]` times as fast, pitch and all."""
    return x if speed is None else resample_poly(x, *speed).astype(np.float32)


def load_made(cache: Path, names: list[str], coded: int) -> list[list[Clips]]:
    """The copies that synthesis.py made, by maker: clean, then through the channels of the first `coded` coded copies."""
    return [[Clips.read(cache / f"made-{n}{c}.npz") for c in ["", *(f"-channel{k}" for k in range(coded))]] for n in names]


def load_variants(cache: Path, count: int) -> list[Clips]:
    """The clean training clips and their coded copies."""
    paths = [cache / "train.npz"] + [cache / f"train-channel{k}.npz" for k in range(count)]
    return [Clips.read(p) for p in paths]
