"""What is on both sides of the split: a figure counts only on what was not trained on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

# Kinds, from the surest sign of a mistake to the one that is sometimes meant.
KINDS = {
    "audio": "the same samples, by the digest of what is decoded",
    "pair": "a recording and a copy of it, or the same `uid`",
    "speaker": "the same `speaker`, within a `corpus` where that is known",
    "source": "the same `source`",
}


@dataclass
class Leak:
    """One kind of leak: what is shared, and the rows of either list."""

    kind: str
    values: list[str]
    train: np.ndarray
    dev: np.ndarray


def keys(table: pd.DataFrame, digests: list[str], corpora: bool = True) -> dict[str, np.ndarray]:
    """What identifies a row, by kind; empty where nothing does. `corpora`: a speaker is one of a corpus."""
    text = lambda column: table[column].to_numpy(str)
    # A file name that stands in for a `uid` says nothing about another list's.
    known = text("uid") != text("file")
    pair = np.where(text("pair_uid") != "", text("pair_uid"), np.where(known, text("uid"), ""))
    corpus = np.array([c.split("/")[0] for c in text("corpus")])
    # Numbers such as "1" name people of every corpus.
    speaker = np.where(text("speaker") == "", "", np.char.add(np.char.add(text("speaker"), " of "), corpus))
    speaker = np.where((corpus == "") | (not corpora), text("speaker"), speaker)
    source = np.where(table.source_guessed, "", text("source"))
    return {"audio": np.array(digests), "pair": pair, "speaker": speaker, "source": source}


def name_corpora(train: pd.DataFrame, dev: pd.DataFrame) -> bool:
    """Whether both lists do: else "ann of C" would be nobody of the other list."""
    return all((table.corpus != "").any() for table in (train, dev))


def not_looked_at(train: pd.DataFrame, dev: pd.DataFrame) -> list[str]:
    """Kinds of which one of the lists names none."""
    ours, theirs = (keys(t, [""] * len(t)) for t in (train, dev))
    return [kind for kind in KINDS if kind != "audio" and not ((ours[kind] != "").any() and (theirs[kind] != "").any())]


def find(train: pd.DataFrame, dev: pd.DataFrame, train_digests: list[str], dev_digests: list[str]) -> list[Leak]:
    """Every kind that is on both sides."""
    ours, theirs = (keys(t, d, name_corpora(train, dev)) for t, d in ((train, train_digests), (dev, dev_digests)))
    leaks = []
    for kind in KINDS:
        shared = sorted((set(ours[kind]) & set(theirs[kind])) - {""})
        if shared:
            leaks.append(Leak(kind, shared, np.isin(ours[kind], shared), np.isin(theirs[kind], shared)))
    return leaks


def table(leaks: list[Leak], train: pd.DataFrame, dev: pd.DataFrame) -> str:
    """Leaks for people: how many, how often, and two examples each."""
    lines = [f"{'on both sides':14}{'shared':>8}{'train rows':>12}{'dev rows':>10}  examples"]
    for leak in leaks:
        here, there = train[leak.train].head(2), dev[leak.dev].head(2)
        rows = lambda t: ", ".join(f"row {r} {f}" for r, f in zip(t.row, t.file))
        named = "" if leak.kind == "audio" else f"{', '.join(leak.values[:2])}: "
        lines.append(
            f"{leak.kind:14}{len(leak.values):>8}{leak.train.sum():>12}{leak.dev.sum():>10}  {named}train {rows(here)}; dev {rows(there)}"
        )
    return "\n".join(lines)


def resolve(leaks: list[Leak], train: pd.DataFrame, dev: pd.DataFrame, drop: list[str], allow: list[str], names: tuple[str, str] = ("train", "dev")) -> np.ndarray:
    """Which rows of `train` stay. Says what leaks; ends the program where a kind is neither dropped nor allowed. `names`: of the lists."""
    kept = np.ones(len(train), bool)
    unknown = not_looked_at(train, dev)
    if not leaks:
        *most, last = [k for k in KINDS if k not in unknown]
        print(f"leakage: no {', '.join(most)}{' or ' * bool(most)}{last} is in both {' and '.join(names)}", flush=True)
    if unknown:
        print(f"leakage: {', '.join(unknown)} not looked at, as one of the lists names none", flush=True)
    if not leaks:
        return kept
    print(f"leakage between {' and '.join(names)}:\n" + table(leaks, train, dev), flush=True)
    for leak in leaks:
        if leak.kind in drop:
            kept &= ~leak.train
    refused = [leak.kind for leak in leaks if leak.kind not in drop and leak.kind not in allow and (leak.train & kept).any()]
    if refused:
        kinds = " ".join(refused)
        if names != ("train", "dev"):
            raise SystemExit(f"refused: {', '.join(refused)} in both {' and '.join(names)}: take those rows out of one of them")
        raise SystemExit(
            f"refused: {', '.join(refused)} on both sides of the split. Mend the lists; or --drop-leaking {kinds} (their training rows "
            f"are left out), or --allow-leakage {kinds} (figures on dev are then too good); or the same in [data] of the configuration"
        )
    if not kept.all():
        print(f"left out: {(~kept).sum()} of {len(train)} training rows that dev shares {', '.join(drop)} with", flush=True)
    return kept


def contradictions(table: pd.DataFrame, digests: list[str]) -> list[tuple[int, str, str]]:
    """Rows of one list that hold the same sound under both labels."""
    seen: dict[str, tuple[str, int]] = {}
    wrong = []
    for label, row, digest in zip(table.label, table.row, digests):
        before = seen.setdefault(digest, (label, row))
        if digest and before[0] != label:
            wrong.append((row, "label", f"{label}, but the same samples are {before[0]} in row {before[1]}"))
    return wrong
