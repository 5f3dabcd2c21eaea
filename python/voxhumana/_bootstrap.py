"""How far a log-likelihood ratio would move with other words of the same voice."""

from __future__ import annotations

import math
from typing import Any, List, Mapping, Tuple

import numpy as np
import numpy.typing as npt

from ._decider import Decider
from ._examination import Examination, Windows

_Floats = npt.NDArray[np.float64]


class Bootstrap:
    """Other words of the same voices, judged by the rules of one model."""

    def __init__(self, metadata: Mapping[str, Any]) -> None:
        # The ratio is the same at each of them.
        self._decider = Decider(metadata, next(iter(metadata["operating_points"])))
        joined_s = max(metadata["window_samples"] / 16000, metadata["decision_rules"].get("domain_s", 0.0))
        self._run = math.ceil(joined_s * 16000 / metadata["hop_samples"])

    def llrs(self, channels: List[Tuple[Windows, float]], draws: int, rng: np.random.Generator) -> _Floats:
        """The worst channel's log-likelihood ratio of each draw; NaN without a ratio.

        ``channels`` are windows, and seconds of speech. Neighbours share audio and are judged together, so that windows
        are drawn with replacement in runs (the moving blocks of Kunsch 1989).
        """
        llrs = np.full((draws, len(channels)), np.nan)
        for k, (windows, speech_s) in enumerate(channels):
            n = len(windows)
            length = max(min(self._run, n // 2), 1)
            for draw in range(draws):
                starts = rng.integers(0, n - length + 1, -(-n // length))
                picked = (starts[:, np.newaxis] + np.arange(length)).ravel()[:n]
                # Where they are matters to stretches alone.
                other = Windows(windows.start_s, windows.end_s, windows.score[picked], windows.domain[picked])
                llr = self._decider.decide(other, speech_s).llr
                llrs[draw, k] = np.nan if llr is None else llr
        return np.asarray(np.fmin.reduce(llrs, axis=1, initial=np.nan), dtype=np.float64)

    def interval(
        self, examination: Examination, level: float, draws: int, rng: np.random.Generator
    ) -> Tuple[float, float]:
        """The percentile interval; NaN where a channel with a ratio has one window, which says nothing of others."""
        channels = [
            (windows, channel.speech_s)
            for windows, channel in zip(examination.windows, examination.report.channels)
            # One that is the same as an earlier one has no windows of its own.
            if channel.llr is not None and channel.same_as is None
        ]
        if not channels or any(len(windows) < 2 for windows, _ in channels):
            return math.nan, math.nan
        llrs = self.llrs(channels, draws, rng)
        low, high = np.quantile(llrs[~np.isnan(llrs)], [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)
