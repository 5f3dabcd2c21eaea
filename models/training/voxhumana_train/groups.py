"""Recordings that belong together, so that no two of a group are on both sides of a split."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from . import leakage


def of(table: pd.DataFrame, digests: list[str]) -> np.ndarray:
    """A number for each row: rows that share audio, a pair, a speaker or a source, be it through others, have the same one."""
    # Within one list a file name that stands in for a `uid` names its recording, and a guessed source is one.
    original = np.where(table.pair_uid != "", table.pair_uid, table.uid).astype(str)
    keys = leakage.keys(table, digests) | {"pair": original, "source": table.source.to_numpy(str)}
    rows, places, known = [], [], {}
    for kind, values in keys.items():
        for row, value in enumerate(values):
            if value:
                rows.append(row)
                places.append(known.setdefault((kind, value), len(known)))
    n = len(table)
    edges = coo_array((np.ones(len(rows)), (rows, np.array(places, int) + n)), shape=(n + len(known),) * 2)
    return connected_components(edges, directed=False)[1][:n]
