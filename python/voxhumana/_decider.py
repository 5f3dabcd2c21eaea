"""Decisions from window scores, without audio."""

from __future__ import annotations

import json
from typing import Any, Mapping, Union

import numpy as np
import numpy.typing as npt

from . import _voxhumana
from ._errors import InvalidArgumentError
from ._examination import Decision, Windows, _decision
from ._samples import as_count


class Decider:
    """The rules of a model at one operating point: window scores in, a :class:`Decision` out, the same that a scan makes.

    Parameters
    ----------
    metadata : str or mapping
        What travels with a model under the key ``voxhumana``.
    operating_point : str
        One of its operating points.
    """

    __slots__ = ("_inner",)

    def __init__(self, metadata: Union[str, Mapping[str, Any]], operating_point: str = "balanced") -> None:
        text = metadata if isinstance(metadata, str) else json.dumps(metadata)
        self._inner = _voxhumana.Decider(text, operating_point)

    def decide(
        self,
        windows: Windows,
        speech_s: float,
        bandwidth_hz: int = 8000,
        clipped_share: float = 0.0,
        crosstalk_s: float = 0.0,
    ) -> Decision:
        """The decision about a channel.

        Parameters
        ----------
        windows : Windows
            All that the channel has, in the order of time.
        speech_s : float
            Seconds of speech in it, without crosstalk.
        bandwidth_hz : int
            Highest frequency that the recording carries.
        clipped_share : float
            Share of clipped samples, 0 to 1.
        crosstalk_s : float
            Seconds of another channel's speech that leaks into it: where that is why there is too little speech, the
            reason says so.

        Returns
        -------
        Decision

        Raises
        ------
        InvalidArgumentError
            The columns of the windows differ in length, or a number is not finite or not in its range; ``domain`` may be
            NaN.

        Examples
        --------
        >>> examination = detector.examine("call.wav")
        >>> decider = voxhumana.Decider(detector.metadata)
        >>> decider.decide(examination.windows[0], examination.report.channels[0].speech_s).verdict
        'synthetic'
        """
        for name, values in (("start_s", windows.start_s), ("end_s", windows.end_s), ("score", windows.score)):
            if not np.isfinite(_column(values)).all():
                raise InvalidArgumentError(f"windows.{name} has a value that is not finite")
        if not 0 <= clipped_share <= 1:
            raise InvalidArgumentError(f"clipped_share is {clipped_share}; accepted: 0 to 1")
        for name, seconds in (("speech_s", speech_s), ("crosstalk_s", crosstalk_s)):
            if not 0 <= seconds < np.inf:
                raise InvalidArgumentError(f"{name} is {seconds}; accepted: seconds from 0 on")
        bandwidth_hz = as_count(bandwidth_hz, "bandwidth_hz", 0)
        decision = self._inner.decide(
            _column(windows.start_s),
            _column(windows.end_s),
            _column(windows.score),
            _column(windows.domain),
            speech_s,
            bandwidth_hz,
            clipped_share,
            crosstalk_s,
        )
        return _decision(json.loads(decision))


def _column(values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    return np.ascontiguousarray(values, dtype=np.float64)
