"""The picture of an explanation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

import numpy as np

from ._html import COLOURS
from ._spans import spoken

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ._explanation import Explanation


def plot_explanation(explanation: "Explanation", title: Optional[str]) -> "Figure":
    """See :meth:`Explanation.plot`."""
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise ImportError("plot() needs matplotlib: pip install voxhumana[plot]") from error
    figure, axes = pyplot.subplots(
        2, 2, figsize=(11, 5.5), width_ratios=[4, 1], height_ratios=[2.2, 1], layout="constrained"
    )
    values = np.concatenate([explanation.bands.ravel(), explanation.stretches.ravel()])
    values = np.abs(values[np.isfinite(values)])
    # A few outliers must not flatten the rest.
    limit = max(float(np.percentile(values, 98)) if values.size else 0.0, 0.1)
    _draw_bands(axes[0, 0], explanation, limit)
    _draw_mean(axes[0, 1], explanation)
    _draw_stretches(axes[1, 0], explanation, limit)
    axes[1, 1].axis("off")
    axes[0, 0].sharex(axes[1, 0])
    axes[0, 1].sharey(axes[0, 0])
    if title:
        # A dollar sign would start a formula.
        figure.suptitle(title.replace("$", r"\$"), fontsize="medium", x=0.01, ha="left")
    return figure


def _draw_bands(ax: "Axes", e: "Explanation", limit: float) -> None:
    khz = e.band_edges_hz / 1000
    for start, end, row in zip(e.start_s, e.end_s, e.bands):
        # Windows overlap or stand apart, so each is a column of its own, or more where it has pauses.
        for part in spoken(start, end, e.speech_spans):
            ax.pcolormesh(part, khz, row[:, np.newaxis], cmap="RdBu", vmin=-limit, vmax=limit)
    if not e.bands.size:
        ax.text(0.5, 0.5, "nothing scored by bands", transform=ax.transAxes, ha="center", color="#6E6E6E")
    ax.set_ylabel("kHz")
    ax.set_title("what each band adds to the LLR of its window", loc="left", fontsize="small")
    ax.tick_params(labelbottom=False)


def _draw_mean(ax: "Axes", e: "Explanation") -> None:
    khz, mean = e.band_edges_hz / 1000, e.by_band
    if np.isfinite(mean).any():
        colours = [COLOURS["synthetic" if value < 0 else "bona_fide"] for value in mean]
        ax.barh(khz[:-1], mean, height=np.diff(khz), align="edge", color=colours, alpha=0.7)
    ax.axvline(0, color="#333333", linewidth=1)
    ax.set_xlabel("mean")
    ax.tick_params(labelleft=False)


def _draw_stretches(ax: "Axes", e: "Explanation", limit: float) -> None:
    for start, end, value in zip(e.stretch_start_s.ravel(), e.stretch_end_s.ravel(), e.stretches.ravel()):
        if np.isfinite(value):
            colour = COLOURS["synthetic" if value < 0 else "bona_fide"]
            for part in spoken(start, end, e.speech_spans):
                ax.fill_between(part, 0, np.clip(value, -limit, limit), color=colour, alpha=0.5, linewidth=0)
    ax.axhline(0, color="#333333", linewidth=1)
    ax.set_ylim(-limit, limit)
    ax.set_ylabel("LLR")
    ax.set_xlabel("time (s)")
    ax.set_title("what each stretch adds", loc="left", fontsize="small")
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
