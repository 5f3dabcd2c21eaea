"""Detection while the samples arrive."""

from __future__ import annotations

import json
from typing import Tuple

import numpy.typing as npt

from . import _voxhumana
from ._errors import InvalidArgumentError
from ._results import ChannelReport, Segment
from ._samples import as_channels, as_mono, within_full_scale


class Stream:
    """A scan of one channel of a call that is still going on; for several channels that may hear each other see
    :class:`CallStream` if they come together, and :class:`CallTracks` if each has a clock of its own.

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
        """Takes the next samples, shape (n,); returns the segments that have become final.

        Parameters
        ----------
        samples : array of shape (n,)
            The next samples, any number of them; full scale is that of their type, 1 for floats.

        Returns
        -------
        tuple of Segment
            Segments that have become final.

        Raises
        ------
        InvalidArgumentError
            A sample that is not finite or far beyond full scale, or a finished stream.
        OnnxRuntimeError

        Examples
        --------
        >>> detector.stream(8000).push(np.zeros(800))
        ()
        """
        segments = json.loads(self._inner.push(within_full_scale(as_mono(samples))))
        return tuple(Segment(**s) for s in segments)

    def join(self, call: CallTracks, start: str = "call") -> None:
        """Lets the stream be compared with the other tracks of its call. Before its first samples: one that has heard
        something stays as it is, and so does one that finds eight tracks there.

        Parameters
        ----------
        call : CallTracks
            The tracks of the call.
        start : str
            Where the samples begin: ``"call"``, where the call did, with silence for the time before the track, or
            ``"now"``, where the track is that has come furthest.

        Raises
        ------
        InvalidArgumentError
            Another start, or a finished stream.

        Examples
        --------
        >>> detector.stream(8000).join(voxhumana.CallTracks(), start="now")
        """
        if start not in ("call", "now"):
            raise InvalidArgumentError(f"start is {start!r}; accepted: 'call' or 'now'")
        if not isinstance(call, CallTracks):
            raise InvalidArgumentError(f"call is {call!r}; accepted: a CallTracks")
        self._inner.join(call._inner, start == "now")

    def so_far(self) -> ChannelReport:
        """What the speech so far says.

        Returns
        -------
        ChannelReport

        Examples
        --------
        >>> detector.stream(8000).so_far().reason
        'no_speech'
        """
        return ChannelReport.from_dict(json.loads(self._inner.so_far()))

    def end(self) -> None:
        """Ends the samples; what is pushed later is not heard. Of use for the tracks of one call alone: all of them
        end before one is finished, so that they are compared to the end.

        Examples
        --------
        >>> detector.stream(8000).end()
        """
        self._inner.end()

    def finish(self) -> ChannelReport:
        """Ends the stream: the report of the whole channel.

        Returns
        -------
        ChannelReport

        Examples
        --------
        >>> detector.stream(8000).finish().reason
        'no_speech'
        """
        return ChannelReport.from_dict(json.loads(self._inner.finish()))

    def __repr__(self) -> str:
        return f"<Stream at {self.sample_rate} Hz>"


class CallTracks:
    """The tracks of one call, of which one may hear the other: line echo, a loudspeaker near the microphone.

    A telephone system sends each side of a call by itself: they need not start together, and one may pause. So each is
    a :class:`Stream`, and those that join one ``CallTracks`` are compared as they come: what leaks from one into
    another does not count there. A track of which nothing has come is taken for silent when another is 0.4 s ahead,
    and what comes of it later is not compared; up to eight tracks are.

    Examples
    --------
    >>> call = voxhumana.CallTracks()
    >>> caller, agent = detector.stream(8000), detector.stream(16000)
    >>> caller.join(call), agent.join(call)
    (None, None)
    >>> for second in range(3):
    ...     segments = caller.push(np.zeros(8000)) + agent.push(np.zeros(16000))
    >>> caller.end(), agent.end()
    (None, None)
    >>> caller.finish().crosstalk_s, agent.finish().crosstalk_s
    (0.0, 0.0)
    """

    def __init__(self) -> None:
        self._inner = _voxhumana.CallTracks()

    def __repr__(self) -> str:
        return "<CallTracks>"


class CallStream:
    """A scan of all channels of a call that is still going on.

    Made by :meth:`Detector.call_stream`. As :class:`Stream`, and the channels are compared: what leaks from one into
    another does not count there.

    Attributes
    ----------
    sample_rate : int
        Hz.
    channels : int
        How many.

    Examples
    --------
    >>> stream = detector.call_stream(8000, channels=2)  # doctest: +SKIP
    >>> for chunk in chunks:  # doctest: +SKIP
    ...     for channel, segment in stream.push(chunk):
    ...         print(channel, segment.start_s, segment.llr)
    >>> [channel.verdict for channel in stream.finish()]  # doctest: +SKIP
    ['bona_fide', 'synthetic']
    """

    def __init__(self, inner: _voxhumana.CallStream, sample_rate: int, channels: int) -> None:
        self.sample_rate = sample_rate
        self.channels = channels
        self._inner = inner

    def push(self, samples: npt.ArrayLike) -> Tuple[Tuple[int, Segment], ...]:
        """Takes the next samples, shape (channels, n); returns the segments that have become final, each with its channel.

        Parameters
        ----------
        samples : array of shape (channels, n)
            The next samples, any number of them; full scale is that of their type, 1 for floats.

        Returns
        -------
        tuple of (int, Segment)
            Segments that have become final, each with the index of its channel.

        Raises
        ------
        InvalidArgumentError
            Another number of channels, a sample that is not finite or far beyond full scale, or a finished stream.
        OnnxRuntimeError

        Examples
        --------
        >>> stream = detector.call_stream(8000)
        >>> stream.push(np.zeros((2, 800)))
        ()
        """
        planes = as_channels(samples, advice="for (n, channels) give samples.T")
        segments = json.loads(self._inner.push(within_full_scale(planes)))
        return tuple((channel, Segment(**segment)) for channel, segment in segments)

    def so_far(self) -> Tuple[ChannelReport, ...]:
        """What the speech so far says, for each channel.

        Returns
        -------
        tuple of ChannelReport

        Examples
        --------
        >>> stream = detector.call_stream(8000)
        >>> len(stream.so_far())
        2
        """
        return _reports(self._inner.so_far())

    def finish(self) -> Tuple[ChannelReport, ...]:
        """Ends the stream: the reports of the whole channels.

        Returns
        -------
        tuple of ChannelReport

        Raises
        ------
        InvalidArgumentError
            It was finished before.

        Examples
        --------
        >>> stream = detector.call_stream(8000)
        >>> [channel.reason for channel in stream.finish()]
        ['no_speech', 'no_speech']
        """
        return _reports(self._inner.finish())

    def __repr__(self) -> str:
        return f"<CallStream of {self.channels} channels at {self.sample_rate} Hz>"


def _reports(text: str) -> Tuple[ChannelReport, ...]:
    return tuple(ChannelReport.from_dict(channel) for channel in json.loads(text))
