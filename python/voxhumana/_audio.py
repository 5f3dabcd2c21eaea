"""Recordings to samples."""

from __future__ import annotations

import dataclasses
from typing import Any, List, Optional, Tuple

import numpy as np
import numpy.typing as npt

from . import _voxhumana
from ._samples import as_channels, as_file_source, as_mono, as_rate, as_raw, full_scale
from ._tracks import Track, as_tracks


@dataclasses.dataclass(frozen=True, eq=False)
class Audio:
    """A decoded recording; unpacks as ``samples, sample_rate = audio``.

    Attributes
    ----------
    samples : array of shape (channels, n), float32
        Full scale 1.
    sample_rate : int
        Hz.
    container, codec : str
        As ffmpeg names them.
    truncated : bool
        Whether the recording ended before its container said it would, or had unreadable parts.
    bandwidth_hz : int
        Highest frequency the recording carries.
    clipped_share : float
        Share of samples in runs at full scale, of the worst channel.
    """

    samples: npt.NDArray[np.float32]
    sample_rate: int
    container: str
    codec: str
    truncated: bool
    bandwidth_hz: int
    clipped_share: float

    @property
    def duration_s(self) -> float:
        """Seconds."""
        return float(self.samples.shape[1] / self.sample_rate)

    def __iter__(self) -> Any:
        return iter((self.samples, self.sample_rate))

    def __repr__(self) -> str:
        return (
            f"Audio({self.samples.shape[0]} x {self.duration_s:.2f} s at {self.sample_rate} Hz, "
            f"{self.container}/{self.codec})"
        )


def decode(
    source: Any,
    *,
    sample_rate: Optional[int] = None,
    raw: Optional[Tuple[str, int, int]] = None,
    track: Track = (),
) -> Audio:
    """Decodes a whole recording of any supported format.

    The samples are held in memory; to scan a long recording use :func:`scan`, which reads it block by block.

    Parameters
    ----------
    source : path, bytes or binary file-like object
        The recording.
    sample_rate : int, optional
        Resample to this rate in Hz; default: the recording's own.
    raw : (codec, sample rate in Hz, channels), optional
        For headerless files; codecs are ``mulaw``, ``alaw``, ``g722``, ``slin``, ``gsm`` and ``vox``.
    track : int, str or sequence of them
        Of a recording with several tracks, decode only these; see :class:`Detector`.

    Returns
    -------
    Audio

    Raises
    ------
    ReadError, RecordingError, LimitExceededError
        The recording cannot be read or decoded.

    Examples
    --------
    >>> samples, rate = voxhumana.decode("call.wav", sample_rate=16000)
    >>> samples.shape[0], rate
    (2, 16000)
    """
    target, _, hint = as_file_source(source)
    rate = None if sample_rate is None else as_rate(sample_rate)
    samples, facts = _voxhumana.decode(target, hint, as_raw(raw), as_tracks(track), rate)
    return Audio(samples, *facts)


def resample(samples: npt.ArrayLike, from_hz: int, to_hz: int) -> npt.NDArray[np.float32]:
    """Resamples (n,) or (channels, n) with an anti-alias filter, without delay, to ``round(n * to_hz / from_hz)``.

    Parameters
    ----------
    samples : array of shape (n,) or (channels, n)
    from_hz, to_hz : int
        Hz, 1000 to 384000.

    Returns
    -------
    array of shape (m,) or (channels, m), float32

    Raises
    ------
    InvalidArgumentError

    Examples
    --------
    >>> voxhumana.resample(np.zeros(8000), 8000, 16000).shape
    (16000,)
    """
    array = as_channels(samples, advice="for (n, channels) give samples.T")
    out = _voxhumana.resample(array, as_rate(from_hz, "from_hz"), as_rate(to_hz, "to_hz"))
    return out[0] if np.ndim(samples) == 1 else out


def find_speech(samples: npt.ArrayLike, sample_rate: int) -> List[Tuple[float, float]]:
    """Where the speech of one channel is: (start, end) in seconds, ascending, from decisions every 10 ms.

    Parameters
    ----------
    samples : array of shape (n,)
        Full scale that of its type, 1 for floats; floats of another are scaled, with a warning.
    sample_rate : int
        Hz.

    Returns
    -------
    list of (float, float)
        Seconds.

    Raises
    ------
    InvalidArgumentError

    Examples
    --------
    >>> voxhumana.find_speech(np.zeros(16000), 16000)
    []
    """
    mono = _at_16_khz(samples, sample_rate)
    speech, _ = _voxhumana.find_speech(mono)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], speech.astype(np.int8), [0]))))
    length = mono.size / 16000
    return [(float(a) / 100, min(float(b) / 100, length)) for a, b in edges.reshape(-1, 2)]


def median_pitch(samples: npt.ArrayLike, sample_rate: int) -> Optional[float]:
    """Median pitch of the voiced parts of one channel, Hz, by autocorrelation; None where less than 80 ms are voiced.

    Parameters
    ----------
    samples : array of shape (n,)
        Full scale that of its type, 1 for floats; floats of another are scaled, with a warning.
    sample_rate : int
        Hz.

    Returns
    -------
    float or None
        60 to 500 Hz.

    Raises
    ------
    InvalidArgumentError

    Examples
    --------
    >>> buzz = np.sin(2 * np.pi * 150 * np.arange(16000) / 16000) ** 5
    >>> round(voxhumana.median_pitch(buzz, 16000))
    150
    """
    return _voxhumana.median_pitch(_at_16_khz(samples, sample_rate))


def _at_16_khz(samples: npt.ArrayLike, sample_rate: int) -> npt.NDArray[np.float32]:
    rate = as_rate(sample_rate)
    mono = full_scale(as_mono(samples))
    return mono if rate == 16000 else _voxhumana.resample(mono[np.newaxis, :], rate, 16000)[0]
