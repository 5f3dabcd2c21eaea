"""The sound behind a report."""

from __future__ import annotations

from typing import Any, Tuple

import numpy as np
import numpy.typing as npt

from ._audio import Audio, decode
from ._errors import InvalidArgumentError
from ._results import ReportData
from ._samples import as_channels, as_rate

#: How much longer or shorter a recording may be than what was scanned, seconds: resampling rounds.
_LENGTHS_DIFFER_S = 0.1
#: Names of headerless codecs, where ffmpeg's differ.
_RAW = {"pcm_mulaw": "mulaw", "pcm_alaw": "alaw", "adpcm_g722": "g722", "pcm_s16le": "slin"}


def sound_of(report: ReportData, audio: Any) -> Audio:
    """The recording that was scanned: ``audio``, or the file of the report, decoded again.

    It has the channels of the report, or, of a report of their mean, all that were mixed.
    """
    if isinstance(audio, Audio):
        sound = audio
    elif audio is not None:
        samples, rate = samples_and_rate(audio)
        sound = Audio(samples, rate, "samples", "pcm_f32", False, 0, 0.0)
    elif report.path is not None:
        sound = _decoded(report, report.path)
    else:
        raise InvalidArgumentError("this report is not of a file; give audio=(samples, sample_rate), what was scanned")
    count, scanned = sound.samples.shape[0], len(report.channels)
    if count != scanned and not (scanned == 1 and count == report.input.channels):
        where = "audio" if audio is not None else report.path
        raise InvalidArgumentError(
            f"{where} has {count} channels; accepted: {scanned}, those of the report; "
            "of a scan of some tracks, give audio=decode(path, track=...)",
            report.path,
        )
    if audio is not None and abs(sound.duration_s - report.duration_s) > _LENGTHS_DIFFER_S:
        raise InvalidArgumentError(
            f"audio lasts {sound.duration_s:.2f} s at {sound.sample_rate} Hz; accepted: what was scanned, {report.duration_s:.2f} s",
            report.path,
        )
    return sound


def samples_and_rate(audio: Any) -> Tuple[npt.NDArray[np.float32], int]:
    """A pair of samples and rate, or scipy's of rate and samples of shape (n, channels), as (channels, n) and Hz."""
    if not (isinstance(audio, (tuple, list)) and len(audio) == 2):
        raise InvalidArgumentError(
            f"audio is of type {type(audio).__name__}; accepted: (samples, sample_rate), or what decode() returns"
        )
    if np.ndim(audio[0]) == 0:
        rate, samples = audio
        return as_channels(samples, True), as_rate(rate)
    samples, rate = audio
    return as_channels(samples, advice="give samples.T"), as_rate(rate)


def _decoded(report: ReportData, path: str) -> Audio:
    given = report.input
    if given.container != "raw":
        return decode(path)
    return decode(path, raw=(_RAW.get(given.codec, given.codec), given.sample_rate_hz, given.channels))
