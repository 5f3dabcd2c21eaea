"""Copies that `voxhumana-train make` left in the cache."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .clips import Clips


def path(cache: Path, name: str, channel: int | None = None) -> Path:
    return cache / (f"made-{name}.npz" if channel is None else f"made-{name}-channel{channel}.npz")


def save(target: Path, clips: Clips, offsets: np.ndarray, facts: dict) -> None:
    """The copies, and beside them what they are."""
    target.with_suffix(".json").write_text(json.dumps(facts, indent=1))
    clips.save(target, offsets=offsets)


def unfinished(partial: Path) -> tuple[list[np.ndarray], list[int]]:
    """What a stopped run left."""
    if not partial.exists():
        return [], []
    with np.load(partial) as z:
        clips = Clips(z["samples"], z["starts"])
        return [clips[i] for i in range(len(clips))], list(z["offsets"])


@dataclass
class Made:
    """One maker's copies of the human clips, by their rank among them: clean, then through the channels of the first coded copies."""

    copies: list[Clips]
    # Sample of the original where each copy begins.
    offsets: np.ndarray

    def length(self, rank: int) -> int:
        """Samples of a copy; 0 where none was made."""
        return int(self.copies[0].starts[rank + 1] - self.copies[0].starts[rank])

    @classmethod
    def read(cls, cache: Path, name: str, coded: int) -> "Made":
        copies = [Clips.read(path(cache, name, k)) for k in (None, *range(coded))]
        with np.load(path(cache, name)) as z:
            offsets = z["offsets"] if "offsets" in z else np.zeros(len(copies[0]), int)
        return cls(copies, offsets)


def load(cache: Path, names: list[str], coded: int) -> list[Made]:
    """The copies of each maker."""
    for name in names:
        facts = path(cache, name).with_suffix(".json")
        if facts.exists() and json.loads(facts.read_text())["family"] == "enhanced":
            raise SystemExit(f"data.made names {name}: what it makes keeps its label, so that it is no spoof to pair with")
    return [Made.read(cache, name, coded) for name in names]
