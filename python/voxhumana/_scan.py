"""Scans without a detector of one's own."""

from __future__ import annotations

import os
import threading
from typing import Any, Iterable, Optional, Union

from ._detector import Detector
from ._report import Report
from ._reports import Reports

_default_lock = threading.Lock()
_default: Optional[Detector] = None


def default_detector() -> Detector:
    """The detector with all defaults, loaded on first use and kept."""
    global _default
    with _default_lock:
        if _default is None:
            _default = Detector()
        return _default


def scan(
    source: Any,
    sample_rate: Optional[int] = None,
    *,
    channels_last: bool = False,
    **options: Any,
) -> Report:
    """Scans one recording; see :meth:`Detector.scan`. Other options are those of :class:`Detector`.

    With options the model is loaded for this call; build a :class:`Detector` to use them more than once.

    Examples
    --------
    >>> report = voxhumana.scan("call.wav")  # doctest: +SKIP
    >>> report.verdict, report.channels[0].llr  # doctest: +SKIP
    ('synthetic', -3.1)
    """
    detector = Detector(**options) if options else default_detector()
    return detector.scan(source, sample_rate, channels_last=channels_last)


def scan_many(
    sources: Iterable[Union[str, "os.PathLike[str]"]],
    *,
    jobs: Optional[int] = None,
    progress: bool = False,
    **options: Any,
) -> Reports:
    """Scans many files in parallel; see :meth:`Detector.scan_many`. Other options are those of :class:`Detector`."""
    detector = Detector(**{"threads": 1, **options})
    return detector.scan_many(sources, jobs=jobs, progress=progress)
