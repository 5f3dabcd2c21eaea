"""Lists of recordings: CSV files with the columns `file` and `label`, and as many of the optional ones as are known."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

import numpy as np
import pandas as pd

LABELS = {"bonafide": "bonafide", "bona_fide": "bonafide", "bona-fide": "bonafide", "spoof": "spoof", "synthetic": "spoof"}
# Column -> what a list without it has to do without.
OPTIONAL = {
    "source": "the folder of a file stands in for its source (page, corpus, call centre): batches, calibration and figures go by it",
    "generator": "the source stands in: spoofs are balanced by source",
    "family": "no error rates by family of generators",
    "pair_uid": "no recording is shown beside a copy of itself, but for copies by `voxhumana-train make`",
    "uid": "the file name stands in",
    "speaker": "a source counts as one voice, and a speaker on both sides of the split is not noticed",
    "language": "no error rates by language",
    "corpus": "humans and spoofs are drawn side by side within a source, not within the corpus that both come from",
}
_said: set[Path] = set()


def read(path: str | Path) -> pd.DataFrame:
    """The list with every optional column, `path` (absolute) and `row` (as a spreadsheet counts: the header is row 1). What is
    missing and what that means is said once."""
    path = Path(path)
    if not path.exists():
        raise SystemExit(f"missing {path}: a CSV list with columns file,label[,...]; where [data] of a configuration names it, relative to that file")
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig", index_col=False)
    except (pd.errors.EmptyDataError, pd.errors.ParserError, UnicodeDecodeError) as error:
        raise SystemExit(f"{path}: not a CSV file ({error})") from None
    for column in ("file", "label"):
        if column not in table:
            raise SystemExit(f"{path}: row 1: no column `{column}`; it has {', '.join(table.columns)}")
    if table.empty:
        raise SystemExit(f"{path}: row 2: no recordings under the header")
    table["row"] = range(2, len(table) + 2)
    table["path"] = [str(path.parent / f) for f in table.file]
    _check_cells(table, path)
    table["label"] = table.label.str.strip().str.lower().map(LABELS)
    for label in ("bonafide", "spoof"):
        if not (table.label == label).any():
            raise SystemExit(f"{path}: column `label`: no row is {label}; both classes are needed")
    missing = [column for column in OPTIONAL if column not in table]
    for column in missing:
        table[column] = ""
    table["uid"] = table.uid.where(table.uid != "", table.file)
    _check_pairs(table, path)
    # Without sources every clip would be its own island or all one; the folder is the best guess.
    table["source_guessed"] = table.source == ""
    table["source"] = table.source.where(~table.source_guessed, table.file.map(os.path.dirname))
    table["generator"] = table.generator.where(table.generator != "", table.source)
    table.attrs["list"] = str(path)
    if missing and path.resolve() not in _said:
        print(f"{path}: optional columns that it lacks:")
        for column in missing:
            print(f"  {column}: {OPTIONAL[column]}", flush=True)
        _said.add(path.resolve())
    return table


def _check_cells(table: pd.DataFrame, path: Path) -> None:
    accepted = f"accepted: {', '.join(LABELS)}"
    wrong = [(r, "label", f"{v!r}; {accepted}") for r, v in zip(table.row, table.label) if v.strip().lower() not in LABELS]
    wrong += [(r, "file", "is empty") for r, f in zip(table.row, table.file) if not f]
    wrong += [(r, "file", f"{f} is not there") for r, f, p in zip(table.row, table.file, table.path) if f and not os.path.isfile(p)]
    for column in ("file", "uid"):
        if column in table:
            again = table[column].duplicated() & (table[column] != "")
            first = {v: r for v, r in zip(table[column][::-1], table.row[::-1])}
            wrong += [(r, column, f"{v} is that of row {first[v]}") for r, v in zip(table.row[again], table[column][again])]
    refuse(path, wrong)


def _check_pairs(table: pd.DataFrame, path: Path) -> None:
    label = dict(zip(table.uid, table.label))
    paired = table[table.pair_uid != ""]
    wrong = []
    for row, uid, mine in zip(paired.row, paired.pair_uid, paired.label):
        if mine == "bonafide":
            wrong.append((row, "pair_uid", f"{uid} on a bonafide row; a spoof names the human recording it copies"))
        elif label.get(uid) == "spoof":
            wrong.append((row, "pair_uid", f"{uid} is a spoof; a spoof names the human recording it copies"))
    refuse(path, wrong)


def refuse(path: str | Path, wrong: list[tuple[int, str, str]]) -> None:
    """Ends the program naming the first of what is wrong: row, column, problem."""
    if wrong:
        lines = [f"{path}: row {row}, column `{column}`: {problem}" for row, column, problem in wrong[:10]]
        more = [f"... and {len(wrong) - 10} more"] if len(wrong) > 10 else []
        raise SystemExit("\n".join(lines + more))


def has_systems_of(table: pd.DataFrame, train: pd.DataFrame) -> np.ndarray:
    """Which spoofs are of systems that another list has. Names of one system are written in many ways."""
    plain = lambda name: re.sub(r"[^a-z0-9]", "", name.lower())
    known = set(train.generator[train.label == "spoof"].map(plain))
    return ((table.label == "spoof") & table.generator.map(plain).isin(known)).to_numpy()


def digest(table: pd.DataFrame) -> str:
    """SHA-256 over the sorted lines `uid label`: names the training data in a model's metadata."""
    lines = sorted(f"{u} {l}\n" for u, l in zip(table.uid, table.label))
    return hashlib.sha256("".join(lines).encode()).hexdigest()
