"""Draws training batches: balanced by source and generator, pairs side by side, both classes degraded alike."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import voxhumana
from scipy.signal import resample_poly

from .augment import Recipe, Strength, blend
from .clips import RATE, Clips, fit
from .made import Made
from .noise import NoiseBank
from .pools import Pools

# Playing speeds: the same voice from another throat, and the traces of a vocoder at other frequencies.
SPEEDS = ((6, 7), (7, 8), (9, 10), (14, 15), (15, 14), (10, 9), (8, 7), (7, 6))


class Sampler(torch.utils.data.Dataset):
    """Item `step` is one batch of features `(batch, frames, bins)`, labels: 1 = bona fide, 0 = spoof, NaN = outside the
    domain, and for the pairs which machine spoke: 0 = none, or one of the makers of copies; -1 elsewhere. It depends on the
    seed and the step alone, so that a resumed run sees what an uninterrupted one would."""

    def __init__(
        self, table: pd.DataFrame, variants: list[Clips], made: list[Made], settings: dict, front_end: str, window: int
    ):
        # `made[maker].copies[k]` are copies of the human clips of `variants[k]`.
        self.variants, self.made, self.window, self.steps = variants, made, window, settings["steps"]
        if len(variants[0]) != len(table):
            raise SystemExit(f"the cache holds {len(variants[0])} clips, the list {len(table)}: remove the cache and prepare again")
        self.pools = Pools(table, len(made), settings["skip"])
        self.made_share, self.blend_share = settings["made"], settings["blend"]
        self.wave_cache = self._wave_cache(settings) if settings["wave_cache"] else None
        self.seed, self.size, self.outside = settings["seed"], settings["batch"], settings["outside"]
        self.clean_share, self.speed_share = settings["clean"], settings["speed"]
        self.strength = Strength(**settings["augment"])
        self.bank = NoiseBank(variants[0], window)
        self.front_end = front_end
        self.lengths = np.diff(variants[0].starts)
        # A list without pairs has those that makers give it; without either, the share of the pairs goes to the rest.
        any_made = np.array([any(m.length(self.pools.rank[i]) for m in made) for i in self.pools.bona[0]])
        self.copied = (self.pools.bona[0][any_made], self.pools.bona[1][any_made] / self.pools.bona[1][any_made].sum()) if any_made.any() else None
        self.pairs = int(self.size * settings["pairs"] / 2) if len(self.pools.pairs) or self.copied else 0
        self.matched = int(self.size * settings["matched"] / 2) if self.pools.domains else 0

    @property
    def makers(self) -> int:
        """How many answers there are to who made a copy, "nobody" being one."""
        return self.pools.makers if self.pairs else 1

    @property
    def side_by_side(self) -> int:
        """Pairs and matched clips, which come first in a batch."""
        return self.pairs + self.matched

    def _wave_cache(self, settings: dict) -> Path:
        keys = ("seed", "batch", "pairs", "clean", "made", "blend", "matched", "speed", "outside", "skip", "augment")
        drawn = {k: settings[k] for k in keys}
        key = hashlib.sha256(json.dumps([drawn, self.window, len(self.variants), [len(m.copies) for m in self.made]]).encode()).hexdigest()[:12]
        folder = Path(settings["wave_cache"]) / key
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, step: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        waves, labels, makers = self._cached(step)
        if not hasattr(self, "extractor"):
            self.extractor = voxhumana.FeatureExtractor(self.front_end)
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
        pools, waves, labels, makers = self.pools, [], [], []
        for human, copy, maker in self._draw_pairs(rng):
            waves += [human, copy]
            labels += [1.0, 0.0]
            makers += [0, maker]
        for k in rng.choice(len(pools.domains), self.matched, p=pools.domain_weights) if self.matched else ():
            recipe = Recipe.draw(rng, self.window, self.bank, self.strength)
            clips, speed = self._variant(rng), self._speed(rng)
            for members, weight in pools.domains[k]:
                i = rng.choice(members, p=weight)
                waves.append(recipe.apply(self._window(rng, i, clips, speed)))
                labels.append(float(pools.human[i]))
        rest = (self.size - 2 * self.side_by_side) // 2
        for members, weight in (pools.bona, pools.spoof):
            for i in rng.choice(members, rest, p=weight):
                recipe = Recipe.draw(rng, self.window, self.bank, self.strength)
                waves.append(recipe.apply(self._window(rng, i, self._variant(rng), self._speed(rng))))
                labels.append(float(pools.human[i]))
        for _ in range(self.outside):
            recipe = Recipe.draw(rng, self.window, self.bank, self.strength)
            waves.append(recipe.apply(self._outside(rng)))
            labels.append(np.nan)
        waves = np.rint(np.stack(waves) * 32767).astype(np.int16)
        makers += [-1] * (len(labels) - len(makers))
        return waves, np.array(labels, np.float32), np.array(makers)

    def _draw_pairs(self, rng: np.random.Generator) -> Iterator[tuple[np.ndarray, np.ndarray, int]]:
        """Windows of a human clip and a copy of it, degraded alike, and who made the copy."""
        if not self.pairs:
            return
        pools = self.pools
        listed = len(pools.pairs) > 0
        members, weight = (np.arange(len(pools.pairs)), pools.pair_weights) if listed else self.copied
        for k in rng.choice(members, self.pairs, p=weight):
            a, b = pools.pairs[k] if listed else (k, k)
            clips = copies = self._variant(rng)
            maker, offset, available = pools.maker_of_pair[k] if listed else 0, 0, self.lengths[b]
            ready = [m for m, made in enumerate(self.made) if made.length(pools.rank[a])]
            if ready and (not listed or rng.random() < self.made_share):
                maker = 1 + ready[rng.integers(len(ready))]
                made, b = self.made[maker - 1], pools.rank[a]
                offset, available, copied = made.offsets[b], made.length(b), made.copies
                line = int(rng.integers(1, len(copied))) if len(copied) > 1 and rng.random() >= self.clean_share else 0
                clips, copies = self.variants[line], copied[line]
            start, length = self._crop(rng, min(self.lengths[a] - offset, available))
            recipe = Recipe.draw(rng, self.window, self.bank, self.strength)
            speed = self._speed(rng)
            cuts = clips[a][offset + start : offset + start + length], copies[b][start : start + length]
            human, copy = (fit(play(cut, speed), self.window) for cut in cuts)
            if rng.random() < self.blend_share:
                copy = blend(rng, human, copy)
            yield recipe.apply(human), recipe.apply(copy), maker

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
        parts, total, group = [clips[i]], self.lengths[i], self.pools.groups[self.pools.voice[i]]
        while total < self.window and len(parts) < 8:
            j = rng.choice(group)
            parts.append(clips[j])
            total += self.lengths[j]
        joined = play(np.concatenate(parts), speed)
        return fit(joined, self.window, int(rng.integers(0, max(1, len(joined) - self.window + 1))))


def play(x: np.ndarray, speed: tuple[int, int] | None) -> np.ndarray:
    """`speed[1] / speed[0]` times as fast, pitch and all."""
    return x if speed is None else resample_poly(x, *speed).astype(np.float32)


def load_variants(cache: Path, count: int) -> list[Clips]:
    """The clean training clips and their coded copies."""
    paths = [cache / "train.npz"] + [cache / f"train-channel{k}.npz" for k in range(count)]
    return [Clips.read(p) for p in paths]
