"""Results as tables: one row per channel, or per segment of the timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Sequence, Tuple

from ._errors import InvalidArgumentError
from ._formats import rows
from ._results import ChannelReport, FailedScan, ResultData

if TYPE_CHECKING:
    import pandas
    import pyarrow

#: Columns of a table with one row per channel, those of the CLI's CSV, and their Arrow types.
CHANNEL_COLUMNS = {
    "path": "string",
    "status": "string",
    "error": "string",
    "declared": "string",
    "declared_by": "string",
    "duration_s": "float64",
    "truncated": "bool_",
    "unread": "string",
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
    "stretch_threshold_llr": "float64",
    "channel_index": "int64",
    "channel_name": "string",
    "same_as": "int64",
    "verdict": "string",
    "reason": "string",
    "llr": "float64",
    "decided_by": "string",
    "decision_llr": "float64",
    "synthetic_probability": "float64",
    "speech_s": "float64",
    "out_of_domain_share": "float64",
    "segments": "int64",
    "lowest_start_s": "float64",
    "lowest_end_s": "float64",
    "lowest_llr": "float64",
    "crosstalk_s": "float64",
    "partly_synthetic": "bool_",
    "synthetic_start_s": "float64",
    "synthetic_end_s": "float64",
    "error_code": "string",
    "error_hint": "string",
    "full_scale": "float64",
    "time_reference_s": "float64",
    "guessed": "bool_",
    "decoded_by": "string",
    "spoof_prior": "float64",
    "sha256": "string",
}
SEGMENT_COLUMNS = "path status error channel_index channel_name verdict start_s end_s llr".split()


def frame(results: Sequence[ResultData], level: str) -> "pandas.DataFrame":
    """A DataFrame with one row per channel or segment; a failed recording has one row, mostly empty."""
    if level not in ("channel", "segment"):
        raise InvalidArgumentError(f"level is {level!r}; accepted: 'channel', 'segment'")
    try:
        import pandas
    except ImportError as error:
        raise ImportError("to_pandas() needs pandas: pip install voxhumana[pandas]") from error
    if level == "channel":
        found, said = _with_metadata(rows(results))
        return pandas.DataFrame(found, columns=[*CHANNEL_COLUMNS, *said])
    return pandas.DataFrame(_segment_rows(results), columns=SEGMENT_COLUMNS)


def _with_metadata(found: List[Dict[str, Any]]) -> Tuple[List[Dict[str, Any]], List[str]]:
    """The rows with a column for each of the metadata, and the names of these, as the CSV has them."""
    tables = [row.pop("metadata") or {} for row in found]
    names = sorted({name for table in tables for name in table})
    columns = {name: f"metadata_{name}" if name in CHANNEL_COLUMNS else name for name in names}
    for row, table in zip(found, tables):
        row.update({columns[name]: table.get(name) for name in names})
    return found, list(columns.values())


def windows_frame(channels: Sequence[ChannelReport], windows: Sequence[Any]) -> "pandas.DataFrame":
    """A DataFrame with one row per window of the channels."""
    try:
        import pandas
    except ImportError as error:
        raise ImportError("to_pandas() needs pandas: pip install voxhumana[pandas]") from error
    frames = [
        pandas.DataFrame(
            {
                "channel_index": channel.index,
                "channel_name": channel.name,
                "start_s": w.start_s,
                "end_s": w.end_s,
                "score": w.score,
                "domain": w.domain,
            }
        )
        for channel, w in zip(channels, windows)
    ]
    return pandas.concat(frames, ignore_index=True)


def arrow_schema() -> "pyarrow.Schema":
    """The schema of :func:`arrow_table` without metadata."""
    try:
        import pyarrow
    except ImportError as error:
        raise ImportError("to_arrow() needs pyarrow: pip install pyarrow") from error
    return pyarrow.schema([(name, getattr(pyarrow, kind)()) for name, kind in CHANNEL_COLUMNS.items()])


def arrow_table(results: Sequence[ResultData]) -> "pyarrow.Table":
    """A Table with one row per channel."""
    schema = arrow_schema()
    import pyarrow

    found, said = _with_metadata(rows(results))
    for name in said:
        schema = schema.append(pyarrow.field(name, pyarrow.string()))
    return pyarrow.Table.from_pylist(found, schema=schema)


def _segment_rows(results: Sequence[ResultData]) -> List[Dict[str, Any]]:
    found: List[Dict[str, Any]] = []
    for r in results:
        if isinstance(r, FailedScan):
            found.append({"path": r.path, "status": r.status, "error": r.error})
            continue
        for c in r.channels:
            shared = {
                "path": r.path,
                "status": r.status,
                "channel_index": c.index,
                "channel_name": c.name,
                "verdict": c.verdict,
            }
            found.extend({**shared, "start_s": s.start_s, "end_s": s.end_s, "llr": s.llr} for s in c.segments)
    return found
