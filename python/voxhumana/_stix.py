"""Findings as STIX 2.1, the form in which organisations hand them to one another (OASIS, STIX Version 2.1, 2021)."""

from __future__ import annotations

import datetime
import hashlib
import os
from typing import TYPE_CHECKING, Any, List, Optional, Sequence

from ._errors import InvalidArgumentError
from ._results import ChannelReport, FailedScan, ReportData, ResultData

if TYPE_CHECKING:
    import stix2

#: Files are read in parts, so that a recording of hours is not held in memory.
PART_BYTES = 1 << 20


def bundle(
    results: Sequence[ResultData], organisation: str, at: Optional[datetime.datetime]
) -> "stix2.Bundle":
    """The findings about recordings in files, in the name of `organisation`."""
    try:
        import stix2
    except ImportError as error:
        raise ImportError("to_stix() needs stix2: pip install voxhumana[stix]") from error
    if not organisation.strip():
        raise InvalidArgumentError("organisation is empty; accepted: the name of whoever says so")
    at = datetime.datetime.now(datetime.timezone.utc) if at is None else at
    author = stix2.Identity(name=organisation, identity_class="organization", created=at, modified=at)
    found: List[Any] = [author]
    for result in results:
        if isinstance(result, FailedScan):
            continue
        found.extend(_finding(stix2, result, author, at))
    return stix2.Bundle(*found)


def _finding(stix: Any, report: ReportData, author: Any, at: datetime.datetime) -> List[Any]:
    if report.path is None:
        raise InvalidArgumentError(
            "a report is of no file; STIX names a recording by the SHA-256 of its file: scan it from there"
        )
    digest = _sha256(report.path)
    file = stix.File(
        name=os.path.basename(report.path), size=os.path.getsize(report.path), hashes={"SHA-256": digest}
    )
    said = {"created_by_ref": author.id, "created": at, "modified": at}
    observed = stix.ObservedData(
        first_observed=at, last_observed=at, number_observed=1, object_refs=[file.id], **said
    )
    objects = [file, observed]
    words = _words(report)
    if report.verdict == "synthetic":
        indicator = stix.Indicator(
            name="Synthetic voice in a recording",
            description=words,
            indicator_types=["anomalous-activity"],
            pattern=f"[file:hashes.'SHA-256' = '{digest}']",
            pattern_type="stix",
            valid_from=at,
            confidence=_confidence(report.channels),
            labels=["synthetic-voice"],
            **said,
        )
        based_on = stix.Relationship(indicator, "based-on", observed, **said)
        return [*objects, indicator, based_on]
    return [*objects, stix.Note(content=words, object_refs=[observed.id], labels=[report.verdict], **said)]


def _confidence(channels: Sequence[ChannelReport]) -> int:
    """0 to 100, STIX's scale: the highest probability that a channel is synthetic. Never 0 or 100: no scan is that sure."""
    highest = max((c.synthetic_probability for c in channels if c.synthetic_probability is not None), default=0.5)
    return min(max(round(100 * highest), 1), 99)


def _words(report: ReportData) -> str:
    channels = "; ".join(
        f"channel {c.name}: {c.verdict.replace('_', ' ')}"
        + (f" ({c.reason})" if c.reason else "")
        + ("" if c.llr is None else f", log-likelihood ratio {c.llr:+.2f}")
        + f", {c.speech_s:.1f} s of speech"
        for c in report.channels
    )
    model = report.model
    return (
        f"{channels}. Model {model.name} {model.version} (SHA-256 {model.sha256}), operating point "
        f"{report.operating_point}, threshold {report.threshold_llr:+.2f}. The ratio is natural-log, bona fide over "
        "spoof. Bona fide is no proof of identity, synthetic none of fraud."
    )


def _sha256(path: str) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while part := file.read(PART_BYTES):
            digest.update(part)
    return digest.hexdigest()
