"""Explanations of a report that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional, Tuple

from ._errors import InvalidArgumentError
from ._explanation import Explanation
from ._results import ReportData
from ._scan import default_detector
from ._sound import sound_of

if TYPE_CHECKING:
    from ._detector import Detector


def explain_report(
    report: ReportData, audio: Any, detector: Optional["Detector"]
) -> Tuple[Explanation, ...]:
    """See :meth:`Report.explain`."""
    detector = default_detector() if detector is None else detector
    if detector.model_sha256 != report.model.sha256:
        raise InvalidArgumentError(
            f"the report is of model {report.model.name} {report.model.version} ({report.model.sha256}), the detector has "
            f"{detector.model_sha256}; give explain() the detector= that made it"
        )
    if audio is None and report.path is None:
        raise InvalidArgumentError(
            "this report is not of a file; give explain() the audio=(samples, sample_rate) that was scanned"
        )
    if audio is None:
        explanations = detector.explain(report.path)
    else:
        sound = sound_of(report, audio)
        explanations = detector.explain(sound.samples, sound.sample_rate)
    if len(explanations) != len(report.channels):
        raise InvalidArgumentError(
            f"the recording has {len(explanations)} channels; accepted: {len(report.channels)}, those of the report"
        )
    return explanations
