"""Draws the batches: generators and sources evenly, pairs side by side, clean and processed
views of one window, both classes degraded alike. What differs from `sampler.py` is said below.

- **Even**: a generator weighs the square root of its clips, at most `CAP` of them, so that 680
  generators count and the large groups do not fill the batch. Human sources likewise.
- **Views**: the first pairs of a batch come twice, clean and through a call (a cached copy of calls.py,
  or a line drawn now), for the consistency loss.
- **Makers**: half of the pairs are copies by a maker, all makers alike often.
- Faults of recorders, two parties on one track and RawBoost, in either class, where the recipe asks for them; part of the generators or clips
  (`generators`, `clips`: shares), to see what more of them give.
- Sources and families of hold_out.toml are not drawn.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd

from ..augment import Recipe, Strength, blend
from ..clips import RATE, Clips, fit
from ..noise import NoiseBank
from . import HOLD_OUT
from .faults import Fault, turns
from .line import Line
from .rawboost import RawBoost

CAP_SPOOF, CAP_HUMAN = 16, 64


def left_out(table: pd.DataFrame, families: list[str], path: Path = HOLD_OUT) -> np.ndarray:
    """Which clips of the list are not trained on."""
    held = tomllib.loads(path.read_text())
    out = table.source.isin(held["calibration"]["sources"]).to_numpy(copy=True)
    for family in families:
        out |= members(table, held["families"][family]["rules"])
    return out


def members(table: pd.DataFrame, rules: list[dict[str, str]]) -> np.ndarray:
    """Clips that one of the rules names."""
    named = np.zeros(len(table), bool)
    for rule in rules:
        this = np.ones(len(table), bool)
        for column, pattern in rule.items():
            # A generator is looked for, the other columns must match from end to end.
            test = re.compile(pattern).search if column == "generator" else re.compile(pattern).fullmatch
            this &= np.array([bool(test(v)) for v in table[column]])
        named |= this
    return named


def thinned(names: np.ndarray, share: float) -> np.ndarray:
    """Which entries stay where only this share of the different names does; a smaller share is part of a larger one."""
    at = {name: int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 2**32 for name in np.unique(names)}
    return np.array([at[name] < share for name in names])


def capped(names: np.ndarray, cap: int) -> np.ndarray:
    """The weight of each entry, where entries of one name share the square root of their number, at most
    `cap`."""
    _, inverse, counts = np.unique(names, return_inverse=True, return_counts=True)
    weight = np.sqrt(np.minimum(counts, cap))[inverse] / counts[inverse]
    return weight / weight.sum()


class Batches:
    """`batch(step)` is waves `(windows, samples)` int16, labels (1 human, 0 spoof, NaN outside), and for each
    window the row of the clean view of the same sound, or -1."""

    def __init__(self, table: pd.DataFrame, cache: Path, config: dict, leave_out: list[str]):
        self.c, self.seed = config, config["seed"]
        self.window = config["window_samples"]
        self.clean = Clips.read(cache / "train.npz")
        out = left_out(table, leave_out)
        self.human = (table.label == "bonafide").to_numpy()
        # Where the list names no generator, as of human clips, the source stands in: those stay.
        out |= ~thinned(table.generator.to_numpy(str), config.get("generators", 1.0)) & ~self.human
        out |= ~thinned(table.uid.to_numpy(str), config.get("clips", 1.0))
        rank = np.cumsum(self.human) - 1
        self.rank = rank
        self.calls, self.made = [(k, Clips.read(cache / f"call-{k}.npz")) for k in config["calls"]], {}
        silent = tomllib.loads(HOLD_OUT.read_text())["families"]
        unheard = {m for f in leave_out for m in silent[f]["makers"]}
        of_rank = np.flatnonzero(self.human)
        source = table.source.to_numpy(str)
        for name in config["makers"]:
            if name in unheard:
                continue
            path = cache / f"made-{name}.npz"
            copies = Clips.read(path)
            with np.load(path) as z:
                offsets = z["offsets"] if "offsets" in z else np.zeros(len(copies), int)
            there = np.flatnonzero((np.diff(copies.starts) > RATE // 4) & ~out[of_rank[: len(copies)]])
            coded = {k: Clips.read(cache / f"made-{name}-call-{k}.npz") for k in config["made_calls"].get(name, [])}
            weight = capped(source[of_rank[there]], CAP_HUMAN)
            self.made[name] = (copies, coded, offsets, there, of_rank[there], weight)
        kept = ~out
        self.bank = NoiseBank(self.clean, self.window)
        self.strength = Strength(**config["augment"])
        self.lengths = np.diff(self.clean.starts)
        generator = table.generator.to_numpy(str)
        name = np.where(self.human, source, generator)
        voice = np.where(self.human, table.speaker.where(table.speaker != "", table.source), table.generator + "|" + table.source)
        self.voice = voice.astype(str)
        self.groups = {v: np.flatnonzero((self.voice == v) & kept) for v in np.unique(self.voice[kept])}
        uid = {u: i for i, u in enumerate(table.uid)}
        pairs = [(uid[p], i) for i, p in enumerate(table.pair_uid) if p in uid and kept[i] and kept[uid[p]]]
        self.pairs = np.array(pairs, int).reshape(-1, 2)
        self.pair_weights = capped(generator[self.pairs[:, 1]], CAP_SPOOF)
        mate = table.pair_uid.isin(uid).to_numpy()
        self.bona = np.flatnonzero(self.human & kept)
        self.bona_weights = capped(name[self.bona], CAP_HUMAN)
        self.spoof = np.flatnonzero(~self.human & ~mate & kept)
        self.spoof_weights = capped(np.char.add(generator, source)[self.spoof], CAP_SPOOF)
        # Corpora and pages that hold both classes in one channel.
        domain = table.corpus.str.split("/").str[0].where(table.corpus != "", table.source).to_numpy(str)
        self.domains = []
        for d in np.unique(domain[kept]):
            h, s = (np.flatnonzero((domain == d) & m & kept) for m in (self.human, ~self.human & ~mate))
            if len(h) and len(s):
                self.domains.append((h, capped(name[h], CAP_HUMAN), s, capped(name[s], CAP_SPOOF)))
        if not len(self.pairs) and not self.made:
            raise SystemExit("no spoof of the list names the recording it copies (`pair_uid`), and the recipe has no makers: a batch needs pairs")
        if not self.domains:
            raise SystemExit("no corpus or source of the list holds both classes: a batch needs some")
        size = np.sqrt([min(len(h), len(s), 64) for h, _, s, _ in self.domains])
        self.domain_weights = size / size.sum()
        counted = {n: len(m[3]) for n, m in self.made.items()}
        self.facts = {
            "human": len(self.bona), "spoof": len(self.spoof), "pairs": len(self.pairs),
            "domains": len(self.domains), "made": counted, "calls": [k for k, _ in self.calls], "left_out": int(out.sum()),
        }  # fmt: skip

    def batch(self, step: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        c, rng = self.c, np.random.default_rng((self.seed, step))
        waves, labels, mates = [], [], []

        def add(wave: np.ndarray, label: float, mate: int = -1) -> None:
            waves.append(wave)
            labels.append(label)
            mates.append(mate)

        views = []
        for p in range(c["pairs"]):
            render = self._pair(rng)
            viewed = p < c["viewed"]
            clean = render(rng, "clean" if viewed else self._mode(rng))
            for wave, label in zip(clean, (1.0, 0.0)):
                add(wave, label)
            if viewed:
                at = len(waves) - 2
                views += [(w, l, at + j) for j, (w, l) in enumerate(zip(render(rng, self._call(rng)), (1.0, 0.0)))]
        for k in rng.choice(len(self.domains), c["matched"], p=self.domain_weights):
            h, hw, s, sw = self.domains[k]
            mode, degraded = self._mode(rng), (self._recipe(rng), Line.draw(rng), self._fault(rng))
            for i, label in ((rng.choice(h, p=hw), 1.0), (rng.choice(s, p=sw), 0.0)):
                add(self._one(rng, i, mode, *degraded), label)
        for _ in range(c["rest"]):
            for pool, weight, label in ((self.bona, self.bona_weights, 1.0), (self.spoof, self.spoof_weights, 0.0)):
                i = rng.choice(pool, p=weight)
                add(self._one(rng, i, self._mode(rng), self._recipe(rng), Line.draw(rng), self._fault(rng)), label)
        for view in views:
            add(*view)
        for _ in range(c["outside"]):
            add(self._recipe(rng).apply(self._outside(rng)), np.nan)
        waves = np.rint(np.clip(np.nan_to_num(np.stack(waves)), -1, 1) * 32767).astype(np.int16)
        return waves, np.array(labels, np.float32), np.array(mates)

    def _mode(self, rng) -> str:
        return "clean" if rng.random() < self.c["clean"] else self._call(rng)

    def _call(self, rng) -> str:
        """A cached copy, a line drawn now, or one after the other."""
        kinds = ["cached", "line", "both"] if self.calls else ["line"]
        return str(rng.choice(kinds, p=[0.5, 0.35, 0.15] if self.calls else None))

    def _fault(self, rng) -> Fault | RawBoost:
        boost = RawBoost.draw(rng, self.c.get("rawboost", 0.0))
        return Fault.draw(rng, self.c.get("faults", 0.0)) if boost.seed is None else boost

    def _recipe(self, rng) -> Recipe:
        return Recipe.draw(rng, self.window, self.bank, self.strength)

    def _pair(self, rng):
        """A human clip and its copy; the function returned renders both the same way."""
        if self.made and (rng.random() < self.c["made"] or not len(self.pairs)):
            name = list(self.made)[rng.integers(len(self.made))]
            copies, coded, offsets, there, originals, weight = self.made[name]
            at = rng.choice(len(there), p=weight)
            b, a = there[at], originals[at]
            offset, available = int(offsets[b]), int(np.diff(copies.starts)[b])
        else:
            k = rng.choice(len(self.pairs), p=self.pair_weights)
            a, b = self.pairs[k]
            copies, coded, offset = self.clean, None, 0
            available = min(self.lengths[a], self.lengths[b])
        start, length = self._crop(rng, min(available, self.lengths[a] - offset))
        mixed = rng.random() < self.c["blend"]
        seed = int(rng.integers(2**31))

        def render(rng, mode: str) -> tuple[np.ndarray, np.ndarray]:
            recipe, line, fault = self._recipe(rng), Line.draw(rng), self._fault(rng)
            of_human, of_copy = self.clean, copies
            ready = [k for k, _ in self.calls if coded is None or k in coded]
            if mode in ("cached", "both") and ready:
                k = ready[rng.integers(len(ready))]
                of_human = dict(self.calls)[k]
                of_copy = of_human if coded is None else coded[k]
            elif mode in ("cached", "both"):
                mode = "line"
            human = fit(of_human[a][offset + start : offset + start + length], self.window)
            copy = fit(of_copy[b][start : start + length], self.window)
            if mixed:
                copy = blend(np.random.default_rng(seed), human, copy)
            human, copy = fault.apply(human), fault.apply(copy)
            if mode in ("line", "both"):
                human, copy = line.apply(human), line.apply(copy)
            return recipe.apply(human), recipe.apply(copy)

        return render

    def _one(self, rng, i: int, mode: str, recipe: Recipe, line: Line, fault: Fault) -> np.ndarray:
        clips = self.clean
        if mode in ("cached", "both"):
            clips = self.calls[rng.integers(len(self.calls))][1]
        x = fault.apply(self._voices(rng, i, clips))
        return recipe.apply(line.apply(x) if mode in ("line", "both") else x)

    def _outside(self, rng) -> np.ndarray:
        """What the detector should refuse, as sampler.py has it."""
        level = lambda x, db: x * (10 ** (db / 20) / (np.sqrt(np.mean(x**2)) + 1e-6))
        voice = lambda: self._window(rng, int(rng.choice(self.bona if rng.random() < 0.5 else self.spoof)), self.clean)
        kind = rng.random()
        if kind < 0.5:
            return sum(level(voice(), rng.uniform(-3, 3)) for _ in range(rng.integers(2, 4)))
        noise = level(self.bank.draw(rng), 0)
        return noise if kind < 0.75 else noise + level(voice(), rng.uniform(-20, -6))

    def _crop(self, rng, available: int) -> tuple[int, int]:
        """One time in four a short crop: short speech is repeated until it fills the window."""
        length = min(available, self.window)
        if rng.random() < 0.25:
            length = int(rng.uniform(0.25, 1.0) * length)
        length = max(min(length, available), min(available, RATE // 4))
        return int(rng.integers(0, available - length + 1)), length

    def _voices(self, rng, i: int, clips: Clips) -> np.ndarray:
        """A window of one voice, now and then of two that take turns: human ones, or synthetic ones."""
        first = self._window(rng, i, clips)
        share = self.c.get("two_parties", 0.0)
        if not share or rng.random() >= share:
            return first
        pool = (self.bona, self.bona_weights) if self.human[i] else (self.spoof, self.spoof_weights)
        second = self._window(rng, int(rng.choice(pool[0], p=pool[1])), clips)
        return turns(first, second, int(rng.uniform(0.2, 0.8) * self.window), rng.uniform(-10, 10))

    def _window(self, rng, i: int, clips: Clips) -> np.ndarray:
        if self.lengths[i] >= self.window or rng.random() < 0.5:
            start, length = self._crop(rng, self.lengths[i])
            return fit(clips[i][start : start + length], self.window)
        # Phrases of one voice one after another, as a call is after silence is cut out.
        parts, total, group = [clips[i]], self.lengths[i], self.groups[self.voice[i]]
        while total < self.window and len(parts) < 8:
            j = rng.choice(group)
            parts.append(clips[j])
            total += self.lengths[j]
        joined = np.concatenate(parts)
        return fit(joined, self.window, int(rng.integers(0, max(1, len(joined) - self.window + 1))))
