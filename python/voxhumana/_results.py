"""What a scan says: plain, frozen, picklable objects with the fields of the machine-readable result."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar, Dict, Mapping, Optional, Tuple, Type, TypeVar, Union

from ._errors import VoxHumanaError
from ._marks import Declared

#: Verdicts, the worst last.
VERDICTS = ("bona_fide", "inconclusive", "synthetic")

T = TypeVar("T")
R = TypeVar("R", bound="ReportData")


def pick(cls: Type[T], data: Mapping[str, Any], **changes: Any) -> T:
    """An instance from a mapping; fields that a later version added are left out."""
    names = [f.name for f in dataclasses.fields(cls)]  # type: ignore[arg-type]
    return cls(**{**{n: data[n] for n in names if n in data}, **changes})


def absent_if(default: Any, hash: Optional[bool] = None) -> Any:
    """A field that the machine-readable result leaves out where it has its default."""
    return dataclasses.field(default=default, hash=hash, metadata={"absent": True})


@dataclasses.dataclass(frozen=True)
class Segment:
    """One stretch of the timeline.

    Attributes
    ----------
    start_s, end_s : float
        Seconds from the start of the recording.
    llr : float
        Natural-log likelihood ratio, bona fide over spoof: 0 says nothing, higher is more bona fide.
    """

    start_s: float
    end_s: float
    llr: float


@dataclasses.dataclass(frozen=True)
class Stretch:
    """Windows in a row.

    Attributes
    ----------
    start_s, end_s : float
        Seconds from the start of the recording.
    llr : float
        Natural-log likelihood ratio of their mean score, bona fide over spoof.
    threshold_llr : float
        Below this the stretch makes its channel synthetic: the report's ``stretch_threshold_llr``, less an allowance
        for long speech.
    """

    start_s: float
    end_s: float
    llr: float
    threshold_llr: float


@dataclasses.dataclass(frozen=True)
class InputSummary:
    """What is known about the input; containers and codecs as ffmpeg names them.

    Attributes
    ----------
    container, codec : str
    sample_rate_hz, channels : int
    bandwidth_hz : int
        Highest frequency that the recording carries.
    clipped_share : float
        Share of samples in runs at full scale, 0 to 1.
    full_scale : float or None
        The value of full scale that samples were divided by, where it is not 1: a power of two.
    time_reference_s : float or None
        Seconds from midnight to the first sample, where broadcast WAV's ``bext`` chunk says so.
    guessed : bool or None
        True where codec and rate were guessed from bytes without a header.
    decoded_by : str or None
        ``"ffmpeg"`` where that decoded what the command could not (``--ffmpeg``).
    """

    container: str
    codec: str
    sample_rate_hz: int
    channels: int
    bandwidth_hz: int
    clipped_share: float
    full_scale: Optional[float] = absent_if(None)
    time_reference_s: Optional[float] = absent_if(None)
    guessed: Optional[bool] = absent_if(None)
    decoded_by: Optional[str] = absent_if(None)


@dataclasses.dataclass(frozen=True)
class Unread:
    """A part of a recording that was not read: which, its length in bytes, and why."""

    what: str
    bytes: int
    reason: str


@dataclasses.dataclass(frozen=True)
class ModelId:
    """Which model gave the scores; ``sha256`` is that of its ONNX file."""

    name: str
    version: str
    sha256: str


@dataclasses.dataclass(frozen=True)
class Voice:
    """One of two voices that take turns in a channel, judged as a channel of its own.

    Attributes
    ----------
    name : str
        ``"voice 1"`` speaks first.
    verdict, reason, llr, synthetic_probability
        As in :class:`ChannelReport`.
    speech_s : float
        Seconds that it speaks.
    speech_spans : tuple of (start, end)
        Where it speaks, seconds.
    """

    name: str
    verdict: str
    reason: Optional[str]
    llr: Optional[float]
    synthetic_probability: Optional[float]
    speech_s: float
    speech_spans: Tuple[Tuple[float, float], ...] = ()


def _spans(data: Mapping[str, Any]) -> Tuple[Tuple[float, float], ...]:
    return tuple((a, b) for a, b in data.get("speech_spans", ()))


@dataclasses.dataclass(frozen=True)
class WindowScore:
    """One window and its score, where the command was asked for them (``--windows``).

    Attributes
    ----------
    start_s, end_s : float
        Seconds from the start of the recording.
    score : float
        The model's output, uncalibrated, higher for bona fide.
    domain : float or None
        Logit that it is one voice speaking.
    """

    start_s: float
    end_s: float
    score: float
    domain: Optional[float] = absent_if(None)


@dataclasses.dataclass(frozen=True)
class ChannelReport:
    """What a scan says about one channel.

    Attributes
    ----------
    index, name
        The channel, from 0, and its name.
    verdict : str
        ``"bona_fide"``, ``"synthetic"`` or ``"inconclusive"``. Bona fide is no proof of identity.
    reason : str or None
        Why the verdict is inconclusive: ``no_speech``, ``too_little_speech``, ``crosstalk``, ``clipped``,
        ``narrow_band`` or ``out_of_domain``.
    llr : float or None
        Calibrated natural-log likelihood ratio of the whole channel, bona fide over spoof: of its windows in domain,
        or of all where the reason is ``out_of_domain``.
    decided_by : str or None
        ``"stretch"`` where ``llr`` alone would not have made the channel synthetic, ``"voice"`` where the worse of two
        voices decides, else ``"channel"``.
    decision_llr : float or None
        The log-likelihood ratio that the verdict rests on: ``llr``, or that of the worst stretch with the allowance
        for long speech added.
    synthetic_probability : float or None
        Posterior probability of spoof that follows from ``decision_llr`` and the operating point's prior.
    speech_s : float
        Seconds of speech found, without crosstalk.
    speech_spans : tuple of (start, end)
        Where the speech is, seconds.
    out_of_domain_share : float or None
        Share of the windows, 0 to 1, that are out of domain: music, noise or several voices at once. They do not
        count for the verdict; above one half, the reason is ``out_of_domain``. None if the model has no such check,
        or nothing could be scored.
    segments : tuple of Segment
        The timeline, also of what is out of domain.
    worst_stretch : Stretch or None
        The windows in a row that speak most for synthesis.
    partly_synthetic : bool
        Whether a part of the channel, and not the whole, is another, synthetic voice; beside the verdict, which it
        does not move.
    synthetic_spans : tuple of Segment
        Those parts, with the log-likelihood ratio of each.
    same_as : int or None
        An earlier channel with identical samples, whose scores these are.
    crosstalk_s : float
        Seconds of another channel's speech that leaks into this one: not scored, no part of ``speech_s``.
    voices : tuple of Voice
        Where two voices take turns in the only channel of a recording, each of them; empty for one voice.
    windows : tuple of WindowScore or None
        Every window, where the command was asked for them; see :meth:`Detector.examine`.
    """

    index: int
    name: str
    verdict: str
    reason: Optional[str]
    llr: Optional[float]
    synthetic_probability: Optional[float]
    speech_s: float
    segments: Tuple[Segment, ...]
    decided_by: Optional[str] = None
    decision_llr: Optional[float] = None
    speech_spans: Tuple[Tuple[float, float], ...] = ()
    out_of_domain_share: Optional[float] = None
    worst_stretch: Optional[Stretch] = None
    same_as: Optional[int] = None
    crosstalk_s: float = 0.0
    partly_synthetic: bool = False
    synthetic_spans: Tuple[Segment, ...] = ()
    voices: Tuple[Voice, ...] = absent_if(())
    windows: Optional[Tuple[WindowScore, ...]] = absent_if(None)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "ChannelReport":
        """From the form of :meth:`to_dict`.

        Parameters
        ----------
        data : mapping

        Returns
        -------
        ChannelReport

        Raises
        ------
        KeyError
            A field is missing.

        Examples
        --------
        >>> channel = report.channels[0]
        >>> voxhumana.ChannelReport.from_dict(channel.to_dict()) == channel
        True
        """
        worst, windows = data.get("worst_stretch"), data.get("windows")
        return pick(
            cls,
            data,
            windows=None if windows is None else tuple(pick(WindowScore, w) for w in windows),
            segments=tuple(pick(Segment, s) for s in data["segments"]),
            synthetic_spans=tuple(pick(Segment, s) for s in data.get("synthetic_spans", ())),
            speech_spans=_spans(data),
            voices=tuple(pick(Voice, v, speech_spans=_spans(v)) for v in data.get("voices", ())),
            worst_stretch=None if worst is None else pick(Stretch, worst),
        )

    def to_dict(self) -> Dict[str, Any]:
        """Plain dictionaries and lists, ready for JSON.

        Returns
        -------
        dict

        Examples
        --------
        >>> report.channels[0].to_dict()["name"]
        'left'
        """
        data: Dict[str, Any] = _plain(self)
        return data

    def __repr__(self) -> str:
        llr = "none" if self.llr is None else f"{self.llr:+.2f}"
        reason = f" ({self.reason})" if self.reason else ""
        return f"<ChannelReport {self.name}: {self.verdict}{reason}, llr {llr}, {self.speech_s:.1f} s of speech>"


@dataclasses.dataclass(frozen=True)
class ReportData:
    """The fields of a report; see ``Report``."""

    path: Optional[str]
    duration_s: float
    truncated: bool
    input: InputSummary
    model: ModelId
    runtime: str
    operating_point: str
    threshold_llr: float
    stretch_threshold_llr: float
    channels: Tuple[ChannelReport, ...]
    spoof_prior: Optional[float] = absent_if(None)
    declared: Optional[Declared] = absent_if(None)
    unread: Tuple[Unread, ...] = absent_if(())
    metadata: Optional[Mapping[str, str]] = absent_if(None, hash=False)
    sha256: Optional[str] = absent_if(None)
    scan_key: Optional[str] = absent_if(None)

    #: Distinguishes a report from a :class:`FailedScan`.
    status: ClassVar[str] = "ok"

    @classmethod
    def from_dict(cls: Type[R], data: Mapping[str, Any]) -> "R":
        """From the form of :meth:`to_dict`, which is that of the CLI's JSON Lines (``data``).

        Parameters
        ----------
        data : mapping

        Returns
        -------
        Report

        Raises
        ------
        KeyError
            A field is missing.

        Examples
        --------
        >>> voxhumana.Report.from_dict(report.to_dict()) == report
        True
        """
        return pick(
            cls,
            data,
            # Files have no null: what was not scanned from a file has an empty path there.
            path=data.get("path") or None,
            input=pick(InputSummary, data["input"]),
            model=pick(ModelId, data["model"]),
            channels=tuple(ChannelReport.from_dict(c) for c in data["channels"]),
            declared=_declared(data),
            unread=tuple(pick(Unread, part) for part in data.get("unread", ())),
            metadata=data.get("metadata"),
        )

    @property
    def verdict(self) -> str:
        """The worst of the channels' verdicts: synthetic before inconclusive before bona fide."""
        return max((c.verdict for c in self.channels), key=VERDICTS.index, default="inconclusive")

    def to_dict(self) -> Dict[str, Any]:
        """The machine-readable result, schema version 1: plain dictionaries and lists, ready for JSON.

        Returns
        -------
        dict

        Examples
        --------
        >>> report.to_dict()["status"]
        'ok'
        """
        return {"path": self.path, "status": self.status, "verdict": self.verdict, **_plain(self)}


@dataclasses.dataclass(frozen=True)
class FailedScan:
    """A recording of :func:`scan_many` that could not be scanned.

    Attributes
    ----------
    path : str or None
        The recording, if it was a file.
    exception : VoxHumanaError
        What went wrong.
    declared : Declared or None
        What the file itself says about how it was made, if it could be opened.
    metadata : mapping or None
        What the caller's table says of it, by column; see :meth:`Reports.with_metadata`.
    sha256 : str or None
        SHA-256 of the file's bytes, in results of the command.
    scan_key : str or None
        The key by which the command's ``--resume`` knows what is done, in its results.
    """

    path: Optional[str]
    exception: VoxHumanaError
    declared: Optional[Declared] = absent_if(None)
    metadata: Optional[Mapping[str, str]] = absent_if(None, hash=False)
    sha256: Optional[str] = absent_if(None)
    scan_key: Optional[str] = absent_if(None)

    status: ClassVar[str] = "error"
    verdict: ClassVar[None] = None

    @property
    def error(self) -> str:
        """What went wrong, in words."""
        return str(self.exception)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "FailedScan":
        """From the form of :meth:`to_dict`.

        Parameters
        ----------
        data : mapping

        Returns
        -------
        FailedScan

        Raises
        ------
        KeyError
            A field is missing.

        Examples
        --------
        >>> failed = detector.scan_many(["missing.wav"])[0]
        >>> voxhumana.FailedScan.from_dict(failed.to_dict()) == failed
        True
        """
        path = data.get("path") or None
        told = data.get("error_code"), data.get("error_hint")
        error = VoxHumanaError(data["error"], path, None, *told)
        keys = data.get("sha256"), data.get("scan_key")
        return cls(path, error, _declared(data), data.get("metadata"), *keys)

    def to_dict(self) -> Dict[str, Any]:
        """The machine-readable result, schema version 1.

        Returns
        -------
        dict

        Examples
        --------
        >>> detector.scan_many(["missing.wav"])[0].to_dict()["status"]
        'error'
        """
        data = {"path": self.path, "status": self.status, "error": self.error}
        more = {
            "error_code": self.exception.code,
            "error_hint": self.exception.hint,
            "declared": _plain(self.declared),
            "metadata": _plain(self.metadata),
            "sha256": self.sha256,
            "scan_key": self.scan_key,
        }
        return {**data, **{name: value for name, value in more.items() if value is not None}}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FailedScan) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.path, self.error))

    def __repr__(self) -> str:
        return f"<FailedScan {self.path}: {self.error}>"


ResultData = Union[ReportData, FailedScan]


def _declared(data: Mapping[str, Any]) -> Optional[Declared]:
    declared = data.get("declared")
    return None if declared is None else Declared.from_dict(declared)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        members = ((f, getattr(value, f.name)) for f in dataclasses.fields(value))
        return {f.name: _plain(v) for f, v in members if not f.metadata.get("absent") or v != f.default}
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    if isinstance(value, Mapping):
        return dict(value)
    return value
