"""What the scores of a channel rest on."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Dict, Mapping, Optional, Sequence, Tuple

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_Floats = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True, eq=False)
class Explanation:
    """Which frequency bands and which seconds the scores of a channel rest on; see :meth:`Detector.explain`.

    What a part adds to the log-likelihood ratio of its window is positive where it speaks for bona fide. Parts act
    together, so that these numbers need not add up to ``llr``.

    Attributes
    ----------
    band_edges_hz : float64 array of shape (bands + 1,)
        Edges of the bands, ascending. Empty for a model of cepstra alone, whose coefficients each speak of all
        frequencies.
    start_s, end_s, llr : float64 arrays of shape (windows,)
        The windows that were looked at, spread evenly over the channel: seconds from the start of the recording, and
        their log-likelihood ratio.
    bands : float64 array of shape (windows, bands)
        What each band adds.
    stretch_start_s, stretch_end_s : float64 arrays of shape (windows, stretches)
        Where the stretches of each window are; NaN where a channel shorter than a window has none.
    stretches : float64 array of shape (windows, stretches)
        What each stretch adds.
    speech_spans : tuple of (start, end)
        Where the speech of the channel is, seconds: a window or stretch may reach over a pause, of which it heard nothing.
    """

    band_edges_hz: _Floats
    start_s: _Floats
    end_s: _Floats
    llr: _Floats
    bands: _Floats
    stretch_start_s: _Floats
    stretch_end_s: _Floats
    stretches: _Floats
    speech_spans: Tuple[Tuple[float, float], ...] = ()

    @classmethod
    def _of(cls, data: Mapping[str, Any], speech_spans: Sequence[Tuple[float, float]] = ()) -> "Explanation":
        windows, edges = data["windows"], np.array(data["band_edges_hz"], dtype=np.float64)
        most = max((len(w["stretches"]) for w in windows), default=0)

        def column(name: str) -> _Floats:
            return np.array([w[name] for w in windows], dtype=np.float64)

        def of_stretches(name: str) -> _Floats:
            table = np.full((len(windows), most), np.nan)
            for row, window in zip(table, windows):
                row[: len(window["stretches"])] = [s[name] for s in window["stretches"]]
            return table

        return cls(
            band_edges_hz=edges,
            start_s=column("start_s"),
            end_s=column("end_s"),
            llr=column("llr"),
            bands=column("bands").reshape(len(windows), max(len(edges) - 1, 0)),
            stretch_start_s=of_stretches("start_s"),
            stretch_end_s=of_stretches("end_s"),
            stretches=of_stretches("llr"),
            speech_spans=tuple(speech_spans),
        )

    def _data(self) -> Dict[str, Any]:
        """What `_of` reads."""

        def stretches(i: int) -> Any:
            columns = (self.stretch_start_s[i], self.stretch_end_s[i], self.stretches[i])
            return [dict(zip(("start_s", "end_s", "llr"), map(float, s))) for s in zip(*columns) if np.isfinite(s).all()]

        windows = [
            {
                "start_s": float(self.start_s[i]),
                "end_s": float(self.end_s[i]),
                "llr": float(self.llr[i]),
                "bands": self.bands[i].tolist(),
                "stretches": stretches(i),
            }
            for i in range(len(self))
        ]
        return {"band_edges_hz": self.band_edges_hz.tolist(), "windows": windows}

    @property
    def by_band(self) -> _Floats:
        """What each band adds on average over the windows, shape (bands,); NaN without windows."""
        return self.bands.mean(axis=0) if len(self) else np.full(self.bands.shape[1], np.nan)

    def plot(self, *, title: Optional[str] = None) -> "Figure":
        """Draws what each band and each stretch adds, over time.

        Needs matplotlib (``pip install voxhumana[plot]``).

        Parameters
        ----------
        title : str, optional
            Default: none.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        ImportError
            Without matplotlib.

        Examples
        --------
        >>> figure = detector.explain("call.wav")[0].plot(title="agent")
        >>> len(figure.axes)
        4
        """
        from ._plot_explanation import plot_explanation

        return plot_explanation(self, title)

    def __len__(self) -> int:
        return len(self.llr)

    def __repr__(self) -> str:
        if not len(self):
            return "<Explanation of no windows>"
        found = f"<Explanation of {len(self)} windows"
        if self.bands.size:
            low, high = self.band_edges_hz[int(self.by_band.argmin()) :][:2]
            found += f"; {low:.0f} to {high:.0f} Hz speaks most for synthesis"
        return found + ">"
