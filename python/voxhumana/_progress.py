"""How far a scan of many recordings is."""

from __future__ import annotations

import sys
from typing import Any, Callable, Iterator, Optional

from ._report import Result


def with_progress(results: Iterator[Result], total: int, show: bool) -> Iterator[Result]:
    if not show:
        return results
    try:
        from tqdm import tqdm
    except ImportError:
        return _counted(results, total, sys.stderr.write if sys.stderr.isatty() else None)
    bar: Iterator[Result] = iter(tqdm(results, total=total, unit="file"))
    return bar


def _counted(
    results: Iterator[Result], total: int, write: Optional[Callable[[str], Any]]
) -> Iterator[Result]:
    for done, result in enumerate(results, 1):
        if write is not None:
            write(f"\r{done}/{total}" + ("\n" if done == total else ""))
        yield result
