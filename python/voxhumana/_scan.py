"""Scans without a detector of one's own."""

from __future__ import annotations

import inspect
import os
import threading
from typing import Any, Iterable, Iterator, Optional, Sequence, Union

from ._detector import Detector, Raw
from ._metadata import Table
from ._report import Report, Result
from ._reports import Reports
from ._tracks import Track
from ._typos import names_the_nearest

_default_lock = threading.Lock()
_default: Optional[Detector] = None

#: What a :class:`Detector` has without options.
_DEFAULTS = {name: p.default for name, p in inspect.signature(Detector).parameters.items()}

Model = Union[str, "os.PathLike[str]", bytes, None]


def default_detector() -> Detector:
    """The detector with all defaults, loaded on first use and kept."""
    global _default
    with _default_lock:
        if _default is None:
            _default = Detector()
        return _default


def _detector(**options: Any) -> Detector:
    given = {name: value for name, value in options.items() if value is not _DEFAULTS[name]}
    return Detector(**given) if given else default_detector()


@names_the_nearest
def scan(
    source: Any,
    sample_rate: Optional[int] = None,
    *,
    channels_last: bool = False,
    model: Model = None,
    operating_point: Optional[str] = None,
    threshold_llr: Optional[float] = None,
    prior: Optional[float] = None,
    channels: Sequence[str] = (),
    mix: bool = False,
    raw: Optional[Raw] = None,
    track: Track = (),
    runtime: str = "auto",
    threads: Optional[int] = None,
) -> Report:
    """Scans one recording.

    With options of the detector the model is loaded for this call; build a :class:`Detector` to use them more than once.

    Parameters
    ----------
    source, sample_rate, channels_last
        The recording; see :meth:`Detector.scan`.
    model, operating_point, threshold_llr, prior, channels, mix, raw, track, runtime, threads
        The detector; see :class:`Detector`.

    Returns
    -------
    Report

    Raises
    ------
    ReadError, RecordingError, LimitExceededError, InvalidArgumentError, OnnxRuntimeError, ModelError

    Examples
    --------
    >>> voxhumana.scan("call.wav").verdict
    'synthetic'
    """
    detector = _detector(
        model=model,
        operating_point=operating_point,
        threshold_llr=threshold_llr,
        prior=prior,
        channels=channels,
        mix=mix,
        raw=raw,
        track=track,
        runtime=runtime,
        threads=threads,
    )
    return detector.scan(source, sample_rate, channels_last=channels_last)


@names_the_nearest
async def scan_async(
    source: Any,
    sample_rate: Optional[int] = None,
    *,
    channels_last: bool = False,
    model: Model = None,
    operating_point: Optional[str] = None,
    threshold_llr: Optional[float] = None,
    prior: Optional[float] = None,
    channels: Sequence[str] = (),
    mix: bool = False,
    raw: Optional[Raw] = None,
    track: Track = (),
    runtime: str = "auto",
    threads: Optional[int] = None,
) -> Report:
    """As :func:`scan`, in a thread beside the event loop, which goes on meanwhile; see :meth:`Detector.scan_async`.

    Parameters
    ----------
    source, sample_rate, channels_last
        The recording; see :meth:`Detector.scan`.
    model, operating_point, threshold_llr, prior, channels, mix, raw, track, runtime, threads
        The detector; see :class:`Detector`.

    Returns
    -------
    Report

    Raises
    ------
    ReadError, RecordingError, LimitExceededError, InvalidArgumentError, OnnxRuntimeError, ModelError

    Examples
    --------
    >>> import asyncio
    >>> asyncio.run(voxhumana.scan_async("call.wav")).verdict
    'synthetic'
    """
    detector = _detector(
        model=model,
        operating_point=operating_point,
        threshold_llr=threshold_llr,
        prior=prior,
        channels=channels,
        mix=mix,
        raw=raw,
        track=track,
        runtime=runtime,
        threads=threads,
    )
    return await detector.scan_async(source, sample_rate, channels_last=channels_last)


@names_the_nearest
def scan_many(
    sources: Iterable[Any],
    *,
    jobs: Optional[int] = None,
    progress: bool = False,
    metadata: Optional[Table] = None,
    model: Model = None,
    operating_point: Optional[str] = None,
    threshold_llr: Optional[float] = None,
    prior: Optional[float] = None,
    channels: Sequence[str] = (),
    mix: bool = False,
    raw: Optional[Raw] = None,
    track: Track = (),
    runtime: str = "auto",
    threads: int = 1,
) -> Reports:
    """Scans many recordings in parallel; one that fails is a :class:`FailedScan` in the result, and the rest goes on.

    Parameters
    ----------
    sources, jobs, progress, metadata
        The recordings; see :meth:`Detector.scan_many`.
    model, operating_point, threshold_llr, prior, channels, mix, raw, track, runtime, threads
        The detector; see :class:`Detector`.

    Returns
    -------
    Reports

    Raises
    ------
    InvalidArgumentError, ModelError, ReadError
        Of the arguments; what is wrong with a recording is in its result.

    Examples
    --------
    >>> len(voxhumana.scan_many(["call.wav"]).to_pandas())
    2
    """
    detector = _detector(
        model=model,
        operating_point=operating_point,
        threshold_llr=threshold_llr,
        prior=prior,
        channels=channels,
        mix=mix,
        raw=raw,
        track=track,
        runtime=runtime,
        threads=threads,
    )
    return detector.scan_many(sources, jobs=jobs, progress=progress, metadata=metadata)


@names_the_nearest
def scan_iter(
    sources: Iterable[Any],
    *,
    jobs: Optional[int] = None,
    model: Model = None,
    operating_point: Optional[str] = None,
    threshold_llr: Optional[float] = None,
    prior: Optional[float] = None,
    channels: Sequence[str] = (),
    mix: bool = False,
    raw: Optional[Raw] = None,
    track: Track = (),
    runtime: str = "auto",
    threads: int = 1,
) -> Iterator[Result]:
    """As :func:`scan_many`, one result at a time; see :meth:`Detector.scan_iter`.

    Parameters
    ----------
    sources, jobs
        The recordings; see :meth:`Detector.scan_iter`.
    model, operating_point, threshold_llr, prior, channels, mix, raw, track, runtime, threads
        The detector; see :class:`Detector`.

    Returns
    -------
    iterator of Report and FailedScan

    Raises
    ------
    InvalidArgumentError, ModelError, ReadError
        Of the arguments; what is wrong with a recording is in its result.

    Examples
    --------
    >>> [result.verdict for result in voxhumana.scan_iter(["call.wav"])]
    ['synthetic']
    """
    detector = _detector(
        model=model,
        operating_point=operating_point,
        threshold_llr=threshold_llr,
        prior=prior,
        channels=channels,
        mix=mix,
        raw=raw,
        track=track,
        runtime=runtime,
        threads=threads,
    )
    return detector.scan_iter(sources, jobs=jobs)
