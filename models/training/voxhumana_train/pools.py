"""Who can be drawn, and how often: pairs, sources and generators of a list, each group by the square root of its size."""

from __future__ import annotations

import numpy as np
import pandas as pd

Weighted = tuple[np.ndarray, np.ndarray]


def weighted(members: np.ndarray, names: np.ndarray) -> Weighted:
    """Each group weighs the square root of its size: neither clip counts nor tiny groups rule."""
    _, inverse, counts = np.unique(names[members], return_inverse=True, return_counts=True)
    weight = 1 / np.sqrt(counts[inverse])
    return members, weight / weight.sum()


class Pools:
    """The rows of a list by what they can be drawn for. `made` is how many makers copied the human clips, `skip` which generators
    are not drawn."""

    def __init__(self, table: pd.DataFrame, made: int, skip: list[str]):
        self.human = (table.label == "bonafide").to_numpy()
        # Copies by makers are stored for human clips only, in the list's order.
        self.rank = np.cumsum(self.human) - 1
        text = lambda column: table[column].to_numpy(str)
        # Clips that may be joined into one window: one speaker, or one generator of one source.
        spoken = np.where(text("speaker") != "", text("speaker"), text("source"))
        self.voice = np.where(self.human, spoken, np.char.add(np.char.add(text("generator"), "|"), text("source")))
        self.groups = {v: np.flatnonzero(self.voice == v) for v in np.unique(self.voice)}
        drawn = ~table.generator.isin(skip).to_numpy()
        name = np.where(self.human, text("source"), text("generator"))
        mate = self._pairs(table, made, drawn, name)
        self.bona = weighted(np.flatnonzero(self.human), name)
        alone = ~self.human & ~mate & drawn
        if not alone.any():
            # Every spoof has its original in the list: they are drawn alone as well.
            alone = ~self.human & drawn
        if not alone.any():
            raise SystemExit(f"train.skip leaves no spoof to draw: it names {', '.join(skip)}")
        self.spoof = weighted(np.flatnonzero(alone), name)
        self._domains(table, alone, name)

    def _pairs(self, table: pd.DataFrame, made: int, drawn: np.ndarray, name: np.ndarray) -> np.ndarray:
        """Pairs, weighted by the source of the human clip and the generator of the copy; returns which rows are a copy."""
        uid = {u: i for i, u in enumerate(table.uid)}
        paired = [(uid[p], i) for i, p in enumerate(table.pair_uid) if p in uid and drawn[i]]
        self.pairs = np.array(paired, int).reshape(-1, 2)
        # Who made the copies: our makers first, then those of the corpus.
        names, at = np.unique(table.generator.to_numpy(str)[self.pairs[:, 1]], return_inverse=True)
        self.maker_of_pair, self.makers = 1 + made + at, 1 + made + len(names)
        key = np.array([f"{name[a]}|{name[b]}" for a, b in self.pairs], str)
        self.pair_weights = weighted(np.arange(len(self.pairs)), key)[1]
        return table.pair_uid.isin(uid).to_numpy()

    def _domains(self, table: pd.DataFrame, alone: np.ndarray, name: np.ndarray) -> None:
        """Studio corpora and demo pages hold both classes in one channel. Drawn side by side, they keep "sounds like LJSpeech"
        from meaning "spoof"."""
        domain = table.corpus.str.split("/").str[0].where(table.corpus != "", table.source).to_numpy(str)
        self.domains: list[tuple[Weighted, Weighted]] = []
        for d in np.unique(domain):
            human, spoof = (np.flatnonzero((domain == d) & m) for m in (self.human, alone))
            if len(human) and len(spoof):
                self.domains.append((weighted(human, name), weighted(spoof, name)))
        size = np.sqrt([min(len(h[0]), len(s[0])) for h, s in self.domains])
        self.domain_weights = size / size.sum() if len(size) else size
