"""A scan with everything its report rests on."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any, Dict, Mapping, Optional, Sequence, Tuple

import numpy as np
import numpy.typing as npt

from ._explanation import Explanation
from ._report import Report
from ._results import Segment, Stretch, pick

if TYPE_CHECKING:
    import pandas

_Floats = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class Decision:
    """A channel's verdict and what it rests on.

    Attributes
    ----------
    verdict, reason, llr, decided_by, decision_llr, synthetic_probability, out_of_domain_share
        As in :class:`ChannelReport`.
    threshold_llr : float
        A channel whose ``llr`` is below this is synthetic.
    counted_speech_s : float
        Seconds of speech that count.
    worst_stretch : Stretch or None
        The windows in a row that speak most for synthesis, if there were enough.
    partly_synthetic, synthetic_spans
        As in :class:`ChannelReport`.
    part_llr : float or None
        Natural-log likelihood ratio, no part synthetic over a part synthetic; below the operating point's
        ``part_threshold_llr`` the channel is partly synthetic.
    """

    verdict: str
    reason: Optional[str]
    llr: Optional[float]
    decided_by: Optional[str]
    decision_llr: Optional[float]
    synthetic_probability: Optional[float]
    threshold_llr: float
    counted_speech_s: float
    out_of_domain_share: Optional[float]
    worst_stretch: Optional[Stretch]
    partly_synthetic: bool = False
    part_llr: Optional[float] = None
    synthetic_spans: Tuple[Segment, ...] = ()


@dataclasses.dataclass(frozen=True, eq=False)
class Windows:
    """Every window of a channel, in the order of time; arrays of shape (windows,).

    Attributes
    ----------
    start_s, end_s : float64 array
        Seconds from the start of the recording; pauses within are left out of the window.
    score : float64 array
        The model's output, uncalibrated, higher for bona fide.
    domain : float64 array
        Logit that the window is one voice speaking; NaN if the model has no such check.
    embedding : float32 array of shape (windows, n), or None
        The network's pooled vector of each window, where it was asked for; see :meth:`Detector.embeddings`.
    """

    start_s: _Floats
    end_s: _Floats
    score: _Floats
    domain: _Floats
    embedding: Optional[npt.NDArray[np.float32]] = None

    def __len__(self) -> int:
        return len(self.score)


@dataclasses.dataclass(frozen=True, eq=False)
class Examination:
    """What :meth:`Detector.examine` returns.

    Attributes
    ----------
    report : Report
        What the scan says.
    windows : tuple of Windows
        One entry per channel; empty for a channel whose samples are those of an earlier one (``same_as``).
    decisions : tuple of Decision
        One entry per channel.
    frames : int
        Samples of one channel that were decoded.
    samples_sha256 : str
        SHA-256 of the decoded samples: 32-bit floats, little-endian, channels interleaved.
    explanations : tuple of Explanation, or None
        What the scores rest on, one entry per channel, where it was asked for; see :meth:`Detector.explain`.
    """

    report: Report
    windows: Tuple[Windows, ...]
    decisions: Tuple[Decision, ...]
    frames: int
    samples_sha256: str
    explanations: Optional[Tuple[Explanation, ...]] = None

    @classmethod
    def _from_json(
        cls, text: str, embeddings: Optional[Sequence[npt.NDArray[np.float32]]], path: Optional[str]
    ) -> "Examination":
        data = json.loads(text)
        channels = data["windows"]
        arrays = [None] * len(channels) if embeddings is None else embeddings
        explanations = data.get("explanations")
        report = Report.from_dict({**data["report"], "path": path})
        return cls(
            report=report,
            windows=tuple(_windows(channel, array) for channel, array in zip(channels, arrays)),
            decisions=tuple(_decision(decision) for decision in data["decisions"]),
            frames=data["frames"],
            samples_sha256=data["samples_sha256"],
            explanations=None
            if explanations is None
            else tuple(Explanation._of(e, c.speech_spans) for e, c in zip(explanations, report.channels)),
        )

    def to_pandas(self) -> "pandas.DataFrame":
        """A DataFrame with one row per window: ``channel_index``, ``channel_name`` and the fields of :class:`Windows`
        but its embedding.

        Returns
        -------
        pandas.DataFrame

        Examples
        --------
        >>> list(detector.examine("call.wav").to_pandas())[:3]
        ['channel_index', 'channel_name', 'start_s']
        """
        from ._tables import windows_frame

        return windows_frame(self.report.channels, self.windows)

    def __repr__(self) -> str:
        return f"<Examination of {self.report!r}, {sum(map(len, self.windows))} windows>"


def _windows(channel: Any, embedding: Optional[npt.NDArray[np.float32]]) -> Windows:
    def column(name: str) -> _Floats:
        return np.array([np.nan if w.get(name) is None else w[name] for w in channel], dtype=np.float64)

    return Windows(column("start_s"), column("end_s"), column("score"), column("domain"), embedding)


def _decision(data: Mapping[str, Any]) -> Decision:
    worst: Optional[Dict[str, Any]] = data.get("worst_stretch")
    return pick(
        Decision,
        data,
        worst_stretch=None if worst is None else pick(Stretch, worst),
        synthetic_spans=tuple(pick(Segment, s) for s in data.get("synthetic_spans", ())),
    )
