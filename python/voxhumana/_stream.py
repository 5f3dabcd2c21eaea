"""Detection while the samples arrive."""

from __future__ import annotations

import json
from typing import Tuple

import numpy.typing as npt

from . import _voxhumana
from ._results import ChannelReport, Segment
from ._samples import as_mono


class Stream:
    """A scan of one channel of a call that is still going on; for two channels use two streams.

    Made by :meth:`Detector.stream`. However the samples are cut into pushes, the result is that of a scan of all of
    them.

    Attributes
    ----------
    sample_rate : int
        Hz.

    Examples
    --------
    >>> stream = detector.stream(8000)  # doctest: +SKIP
    >>> for chunk in chunks:  # doctest: +SKIP
    ...     for segment in stream.push(chunk):
    ...         print(segment.start_s, segment.llr)
    >>> stream.finish().verdict  # doctest: +SKIP
    'bona_fide'
    """

    def __init__(self, inner: _voxhumana.Stream, sample_rate: int) -> None:
        self.sample_rate = sample_rate
        self._inner = inner

    def push(self, samples: npt.ArrayLike) -> Tuple[Segment, ...]:
        """Takes the next samples, shape (n,); returns the segments that have become final."""
        segments = json.loads(self._inner.push(as_mono(samples)))
        return tuple(Segment(**s) for s in segments)

    def so_far(self) -> ChannelReport:
        """What the speech so far says."""
        return ChannelReport.from_dict(json.loads(self._inner.so_far()))

    def finish(self) -> ChannelReport:
        """Ends the stream: the report of the whole channel."""
        return ChannelReport.from_dict(json.loads(self._inner.finish()))

    def __repr__(self) -> str:
        return f"<Stream at {self.sample_rate} Hz>"
