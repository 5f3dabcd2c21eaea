"""What a scan says: plain, frozen, picklable objects with the fields of the machine-readable result."""

from __future__ import annotations

import dataclasses
import json
import os
from collections import Counter
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Dict,
    Iterator,
    List,
    Mapping,
    Optional,
    Sequence,
    Tuple,
    Type,
    TypeVar,
    Union,
    overload,
)

from ._errors import BonafideError, InvalidArgumentError

if TYPE_CHECKING:
    import pandas
    import pyarrow
    from matplotlib.figure import Figure

#: The version of the machine-readable result that these classes read and write.
SCHEMA_VERSION = 1
#: Verdicts, the worst last.
VERDICTS = ("bona_fide", "inconclusive", "synthetic")

T = TypeVar("T")


def _pick(cls: Type[T], data: Mapping[str, Any], **changes: Any) -> T:
    """An instance from a mapping; fields that a later version added are left out."""
    names = [f.name for f in dataclasses.fields(cls)]  # type: ignore[arg-type]
    return cls(**{**{n: data[n] for n in names if n in data}, **changes})


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
class InputFacts:
    """What is known about the input; containers and codecs as ffmpeg names them."""

    container: str
    codec: str
    sample_rate_hz: int
    channels: int
    bandwidth_hz: int
    clipped_share: float


@dataclasses.dataclass(frozen=True)
class ModelFacts:
    """Which model gave the scores; ``sha256`` is that of its ONNX file."""

    name: str
    version: str
    sha256: str


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
        Why the verdict is inconclusive: ``no_speech``, ``too_little_speech``, ``clipped``, ``narrow_band`` or
        ``out_of_domain``.
    llr : float or None
        Calibrated natural-log likelihood ratio of the whole channel, bona fide over spoof: of its windows in domain,
        or of all where the reason is ``out_of_domain``.
    synthetic_probability : float or None
        Posterior probability of spoof under the operating point's prior.
    speech_s : float
        Seconds of speech found.
    speech_spans : tuple of (start, end)
        Where the speech is, seconds.
    out_of_domain_share : float or None
        Share of the windows, 0 to 1, that are out of domain: music, noise or several voices at once. They do not
        count for the verdict; above one half, the reason is ``out_of_domain``. None if the model has no such check,
        or nothing could be scored.
    segments : tuple of Segment
        The timeline, also of what is out of domain.
    worst_stretch : Segment or None
        The windows in a row that speak most for synthesis.
    same_as : int or None
        An earlier channel with identical samples, whose scores these are.
    """

    index: int
    name: str
    verdict: str
    reason: Optional[str]
    llr: Optional[float]
    synthetic_probability: Optional[float]
    speech_s: float
    segments: Tuple[Segment, ...]
    speech_spans: Tuple[Tuple[float, float], ...] = ()
    out_of_domain_share: Optional[float] = None
    worst_stretch: Optional[Segment] = None
    same_as: Optional[int] = None

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "ChannelReport":
        """From the form of :meth:`to_dict`."""
        worst = data.get("worst_stretch")
        return _pick(
            cls,
            data,
            segments=tuple(_pick(Segment, s) for s in data["segments"]),
            speech_spans=tuple((a, b) for a, b in data.get("speech_spans", ())),
            worst_stretch=None if worst is None else _pick(Segment, worst),
        )

    def to_dict(self) -> Dict[str, Any]:
        """Plain dictionaries and lists, ready for JSON."""
        data: Dict[str, Any] = _plain(self)
        return data

    def __repr__(self) -> str:
        llr = "none" if self.llr is None else f"{self.llr:+.2f}"
        reason = f" ({self.reason})" if self.reason else ""
        return f"<ChannelReport {self.name}: {self.verdict}{reason}, llr {llr}, {self.speech_s:.1f} s of speech>"


@dataclasses.dataclass(frozen=True)
class Report:
    """What a scan says about one recording.

    Attributes
    ----------
    path : str or None
        The recording, if it was a file.
    duration_s : float
        Seconds of audio decoded.
    truncated : bool
        Whether the recording ended before its container said it would, or had unreadable parts.
    input : InputFacts
    model : ModelFacts
    runtime : str
        ``"tract"`` or ``"onnxruntime"``.
    operating_point : str
        Name of the operating point, or ``"custom"``.
    threshold_llr : float
        A channel whose LLR is below this is synthetic.
    segment_threshold_llr : float
        A run of windows whose mean LLR is below this makes its channel synthetic.
    channels : tuple of ChannelReport
    """

    path: Optional[str]
    duration_s: float
    truncated: bool
    input: InputFacts
    model: ModelFacts
    runtime: str
    operating_point: str
    threshold_llr: float
    segment_threshold_llr: float
    channels: Tuple[ChannelReport, ...]

    #: Distinguishes a report from a :class:`FailedScan`.
    status: ClassVar[str] = "ok"

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Report":
        """From the form of :meth:`to_dict`, which is that of the CLI's JSON Lines (``data``)."""
        return _pick(
            cls,
            data,
            path=data.get("path"),
            input=_pick(InputFacts, data["input"]),
            model=_pick(ModelFacts, data["model"]),
            channels=tuple(ChannelReport.from_dict(c) for c in data["channels"]),
        )

    @property
    def verdict(self) -> str:
        """The worst of the channels' verdicts: synthetic before inconclusive before bona fide."""
        return max((c.verdict for c in self.channels), key=VERDICTS.index, default="inconclusive")

    def to_dict(self) -> Dict[str, Any]:
        """The machine-readable result, schema version 1: plain dictionaries and lists, ready for JSON."""
        return {
            "path": self.path,
            "status": self.status,
            "verdict": self.verdict,
            **_plain(self),
        }

    def to_pandas(self, level: str = "channel") -> "pandas.DataFrame":
        """A DataFrame with one row per channel, or per segment of the timeline with ``level="segment"``.

        The columns of the former are those of the CLI's CSV.
        """
        return _frame([self], level)

    def plot(
        self, audio: Any = None, *, max_hz: Optional[float] = None, title: Optional[str] = None
    ) -> "Figure":
        """Draws each channel: log spectrogram, speech, score timeline and threshold.

        Needs matplotlib (``pip install bonafide[plot]``).

        Parameters
        ----------
        audio : Audio or (samples, sample_rate), optional
            The recording; needed if it was not scanned from a file. Default: decodes :attr:`path` again.
        max_hz : float, optional
            Upper edge of the spectrogram; default: half the sample rate, at most 8 kHz.
        title : str, optional
            Default: the file's name.

        Returns
        -------
        matplotlib.figure.Figure
        """
        from ._plot import plot_report

        return plot_report(self, audio, max_hz=max_hz, title=title)

    def __repr__(self) -> str:
        channels = ", ".join(repr(c)[15:-1] for c in self.channels)
        return f"<Report {self.verdict}: {self.path or 'samples'}, {self.duration_s:.1f} s; {channels}>"

    def _repr_html_(self) -> str:
        from ._html import report_html

        return report_html(self)


@dataclasses.dataclass(frozen=True)
class FailedScan:
    """A recording of :func:`scan_many` that could not be scanned.

    Attributes
    ----------
    path : str
        The recording.
    exception : BonafideError
        What went wrong.
    """

    path: str
    exception: BonafideError

    status: ClassVar[str] = "error"
    verdict: ClassVar[None] = None

    @property
    def error(self) -> str:
        """What went wrong, in words."""
        return str(self.exception)

    def to_dict(self) -> Dict[str, Any]:
        """The machine-readable result, schema version 1."""
        return {"path": self.path, "status": self.status, "error": self.error}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FailedScan) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.path, self.error))

    def __repr__(self) -> str:
        return f"<FailedScan {self.path}: {self.error}>"


Result = Union[Report, FailedScan]


class Reports(Sequence[Result]):
    """The results of :func:`scan_many`, in the order of the recordings: a sequence of Report and FailedScan."""

    __slots__ = ("_results",)

    def __init__(self, results: Sequence[Result]) -> None:
        self._results = tuple(results)

    @classmethod
    def read_jsonl(cls, path: Union[str, "os.PathLike[str]"]) -> "Reports":
        """Reads what :meth:`to_jsonl` or the CLI's ``--format jsonl`` wrote."""
        results: List[Result] = []
        with open(path, encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    record = json.loads(line)
                    if record["type"] != "recording":
                        continue
                    data = record["data"]
                    if data["status"] == "ok":
                        results.append(Report.from_dict(data))
                    else:
                        results.append(FailedScan(data["path"], BonafideError(data["error"])))
                except (ValueError, KeyError, TypeError) as error:
                    where = os.fspath(path)
                    raise InvalidArgumentError(
                        f"{where}, line {number}: no line of a scan ({error!r})", where
                    ) from None
        return cls(results)

    def to_jsonl(self, path: Union[str, "os.PathLike[str]"]) -> None:
        """Writes one line per recording, in the form of the CLI's ``--format jsonl``, without its summary line."""
        with open(path, "w", encoding="utf-8") as out:
            for result in self._results:
                record = {
                    "type": "recording",
                    "schema_version": SCHEMA_VERSION,
                    "data": result.to_dict(),
                }
                out.write(json.dumps(record, ensure_ascii=False) + "\n")

    @property
    def ok(self) -> Tuple[Report, ...]:
        """The recordings that were scanned."""
        return tuple(r for r in self._results if isinstance(r, Report))

    @property
    def errors(self) -> Tuple[FailedScan, ...]:
        """The recordings that could not be scanned."""
        return tuple(r for r in self._results if isinstance(r, FailedScan))

    def to_dict(self) -> List[Dict[str, Any]]:
        """The results as plain dictionaries."""
        return [r.to_dict() for r in self._results]

    def to_pandas(self, level: str = "channel") -> "pandas.DataFrame":
        """A DataFrame with one row per channel (or segment, ``level="segment"``); a failed recording has one row."""
        return _frame(self._results, level)

    @staticmethod
    def arrow_schema() -> "pyarrow.Schema":
        """The fixed schema of :meth:`to_arrow`, also of a result in which a column is all null."""
        try:
            import pyarrow
        except ImportError as error:
            raise ImportError("to_arrow() needs pyarrow: pip install pyarrow") from error
        return pyarrow.schema([(name, getattr(pyarrow, kind)()) for name, kind in CHANNEL_COLUMNS.items()])

    def to_arrow(self) -> "pyarrow.Table":
        """A pyarrow Table with one row per channel, the columns of :meth:`to_pandas` in a fixed schema."""
        schema = self.arrow_schema()
        import pyarrow

        return pyarrow.Table.from_pylist(channel_rows(self._results), schema=schema)

    def counts(self) -> Dict[str, int]:
        """Number of recordings by verdict, and of errors."""
        found = Counter("error" if r.verdict is None else r.verdict for r in self._results)
        return {key: found[key] for key in (*VERDICTS, "error")}

    @overload
    def __getitem__(self, index: int) -> Result: ...
    @overload
    def __getitem__(self, index: slice) -> "Reports": ...
    def __getitem__(self, index: Union[int, slice]) -> Union[Result, "Reports"]:
        if isinstance(index, slice):
            return Reports(self._results[index])
        return self._results[index]

    def __len__(self) -> int:
        return len(self._results)

    def __iter__(self) -> Iterator[Result]:
        return iter(self._results)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reports) and self._results == other._results

    def __hash__(self) -> int:
        return hash(self._results)

    def __reduce__(self) -> Any:
        return Reports, (self._results,)

    def __repr__(self) -> str:
        counts = ", ".join(f"{n} {name}" for name, n in self.counts().items() if n)
        return f"<Reports: {len(self)} recordings{': ' if counts else ''}{counts}>"

    def _repr_html_(self) -> str:
        from ._html import reports_html

        return reports_html(self)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    return value


def _frame(results: Sequence[Result], level: str) -> "pandas.DataFrame":
    if level not in ("channel", "segment"):
        raise InvalidArgumentError(f"level is {level!r}; accepted: 'channel', 'segment'")
    try:
        import pandas
    except ImportError as error:
        raise ImportError("to_pandas() needs pandas: pip install bonafide[pandas]") from error
    rows = channel_rows(results) if level == "channel" else _segment_rows(results)
    columns = CHANNEL_COLUMNS if level == "channel" else SEGMENT_COLUMNS
    return pandas.DataFrame(rows, columns=list(columns))


#: Columns of a table with one row per channel, those of the CLI's CSV, and their Arrow types.
CHANNEL_COLUMNS = {
    "path": "string",
    "status": "string",
    "error": "string",
    "duration_s": "float64",
    "truncated": "bool_",
    "container": "string",
    "codec": "string",
    "sample_rate_hz": "int64",
    "channels": "int64",
    "bandwidth_hz": "int64",
    "clipped_share": "float64",
    "model_name": "string",
    "model_version": "string",
    "model_sha256": "string",
    "runtime": "string",
    "operating_point": "string",
    "threshold_llr": "float64",
    "segment_threshold_llr": "float64",
    "channel_index": "int64",
    "channel_name": "string",
    "same_as": "int64",
    "verdict": "string",
    "reason": "string",
    "llr": "float64",
    "synthetic_probability": "float64",
    "speech_s": "float64",
    "out_of_domain_share": "float64",
    "segments": "int64",
    "lowest_start_s": "float64",
    "lowest_end_s": "float64",
    "lowest_llr": "float64",
}
SEGMENT_COLUMNS = "path status error channel_index channel_name verdict start_s end_s llr".split()


def channel_rows(results: Sequence[Result]) -> List[Dict[str, Any]]:
    """One dictionary per channel, of :data:`CHANNEL_COLUMNS`; a failed recording has one, mostly None."""
    rows = []
    for r in results:
        if isinstance(r, FailedScan):
            rows.append({**dict.fromkeys(CHANNEL_COLUMNS), **r.to_dict()})
            continue
        shared = {
            "path": r.path,
            "status": r.status,
            "error": None,
            "duration_s": r.duration_s,
            "truncated": r.truncated,
            **_plain(r.input),
            **{f"model_{key}": value for key, value in _plain(r.model).items()},
            "runtime": r.runtime,
            "operating_point": r.operating_point,
            "threshold_llr": r.threshold_llr,
            "segment_threshold_llr": r.segment_threshold_llr,
        }
        for c in r.channels:
            lowest = min(c.segments, key=lambda s: s.llr, default=None)
            rows.append(
                {
                    **shared,
                    "channel_index": c.index,
                    "channel_name": c.name,
                    "same_as": c.same_as,
                    "verdict": c.verdict,
                    "reason": c.reason,
                    "llr": c.llr,
                    "synthetic_probability": c.synthetic_probability,
                    "speech_s": c.speech_s,
                    "out_of_domain_share": c.out_of_domain_share,
                    "segments": len(c.segments),
                    "lowest_start_s": lowest.start_s if lowest else None,
                    "lowest_end_s": lowest.end_s if lowest else None,
                    "lowest_llr": lowest.llr if lowest else None,
                }
            )
    return rows


def _segment_rows(results: Sequence[Result]) -> List[Dict[str, Any]]:
    rows: List[Dict[str, Any]] = []
    for r in results:
        if isinstance(r, FailedScan):
            rows.append({**dict.fromkeys(SEGMENT_COLUMNS), **r.to_dict()})
            continue
        for c in r.channels:
            shared = {
                "path": r.path,
                "status": r.status,
                "error": None,
                "channel_index": c.index,
                "channel_name": c.name,
                "verdict": c.verdict,
            }
            rows.extend({**shared, **_plain(s)} for s in c.segments)
    return rows
