"""Where a picture may draw."""

from __future__ import annotations

from bisect import bisect_right
from typing import List, Sequence, Tuple

Span = Tuple[float, float]


def spoken(start_s: float, end_s: float, spans: Sequence[Span]) -> List[Span]:
    """The parts of a window that are speech.

    A window is cut from speech with the pauses left out, so that its times may reach over a pause of which it has heard
    nothing. `spans` are in the order of time and do not overlap; without any (results of an earlier version have none) it
    is all of the window.
    """
    if not spans:
        return [(start_s, end_s)]
    first = max(bisect_right(spans, (start_s, float("inf"))) - 1, 0)
    parts = []
    for a, b in spans[first:]:
        if a >= end_s:
            break
        if b > start_s:
            parts.append((max(a, start_s), min(b, end_s)))
    return parts
