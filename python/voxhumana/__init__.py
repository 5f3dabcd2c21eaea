"""voxhumana tells AI-generated voices from human ones in recordings, on your own machine.

>>> import voxhumana
>>> report = voxhumana.scan("call.wav")  # doctest: +SKIP
>>> report.verdict, report.channels[0].llr  # doctest: +SKIP
('synthetic', -3.1)

A log-likelihood ratio (``llr``) is natural-log, bona fide over spoof: higher is more bona fide. *Bona fide* is no proof of
identity, *synthetic* none of fraud; see the README for what a verdict does not mean.
"""

from . import evidence, metrics
from ._audio import Audio, decode, find_speech, median_pitch, resample
from ._decider import Decider
from ._detector import Detector
from ._errors import (
    DamagedRecordingError,
    InternalError,
    InvalidArgumentError,
    LimitExceededError,
    ModelError,
    OnnxRuntimeError,
    ReadError,
    RecordingError,
    UnsupportedCodecError,
    UnsupportedFormatError,
    VoxHumanaError,
)
from ._examination import Decision, Examination, Windows
from ._explanation import Explanation
from ._features import FeatureExtractor, FrontEnd, extract_features
from ._folders import find_recordings
from ._formats import json_schema
from ._marks import Declared, Looked, Mark, Place, read_marks
from ._models import bundled_model
from ._report import Report
from ._reports import Reports
from ._results import (
    ChannelReport,
    FailedScan,
    InputSummary,
    ModelId,
    Segment,
    Stretch,
    Unread,
    Voice,
    WindowScore,
)
from ._scan import scan, scan_async, scan_iter, scan_many
from ._stream import CallStream, CallTracks, Stream
from ._voxhumana import __version__

__all__ = [
    "Audio",
    "CallStream",
    "CallTracks",
    "ChannelReport",
    "DamagedRecordingError",
    "Decider",
    "Decision",
    "Declared",
    "Detector",
    "Examination",
    "Explanation",
    "FailedScan",
    "FeatureExtractor",
    "FrontEnd",
    "InputSummary",
    "InternalError",
    "InvalidArgumentError",
    "LimitExceededError",
    "Looked",
    "Mark",
    "ModelError",
    "ModelId",
    "OnnxRuntimeError",
    "Place",
    "ReadError",
    "RecordingError",
    "Report",
    "Reports",
    "Segment",
    "Stream",
    "Stretch",
    "Unread",
    "UnsupportedCodecError",
    "UnsupportedFormatError",
    "Voice",
    "VoxHumanaError",
    "WindowScore",
    "Windows",
    "__version__",
    "bundled_model",
    "decode",
    "evidence",
    "extract_features",
    "find_recordings",
    "find_speech",
    "json_schema",
    "median_pitch",
    "metrics",
    "read_marks",
    "resample",
    "scan",
    "scan_async",
    "scan_iter",
    "scan_many",
]
