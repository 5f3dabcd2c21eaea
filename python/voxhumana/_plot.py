"""The picture of a report."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Optional

import numpy as np
import numpy.typing as npt

from ._errors import InvalidArgumentError
from ._features import FeatureExtractor, FrontEnd
from ._html import COLOURS, WORDS
from ._sound import sound_of
from ._spans import spoken

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ._results import ChannelReport, ReportData

#: Columns of a spectrogram: more than a screen has pixels.
_MOST_COLUMNS = 2000
#: Seconds of one analysis frame: harmonics of a voice are just resolved.
_FRAME_S = 0.032
#: What the picture shows below the loudest bin, dB.
_RANGE_DB = 80.0


def spectrogram_db(
    samples: npt.NDArray[np.float32], sample_rate: int, max_hz: float
) -> npt.NDArray[np.float32]:
    """Log power (bins up to ``max_hz``, columns) in dB; long recordings are sampled at most 2000 times."""
    length = max(int(sample_rate * _FRAME_S), 2)
    if samples.size < length:
        samples = np.pad(samples, (0, length - samples.size))
    fft_length = 1 << (length - 1).bit_length()
    shift = max(sample_rate // 100, -(-samples.size // _MOST_COLUMNS))
    front_end = FrontEnd(
        kind="log_spectrum",
        sample_rate_hz=sample_rate,
        frame_length=length,
        frame_shift=shift,
        fft_length=fft_length,
        log_floor=1e-10,
    )
    bins = int(max_hz * fft_length / sample_rate) + 1
    decibels = FeatureExtractor(front_end).extract(samples)[:, :bins].T * (10 / np.log(10))
    return np.asarray(decibels, dtype=np.float32)


def plot_report(
    report: "ReportData", audio: Any, *, max_hz: Optional[float], title: Optional[str]
) -> "Figure":
    """See :meth:`Report.plot`."""
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise ImportError("plot() needs matplotlib: pip install voxhumana[plot]") from error
    sound = sound_of(report, audio)
    samples, rate = sound.samples, sound.sample_rate
    if len(report.channels) < samples.shape[0]:  # mixed
        samples = samples.mean(axis=0, keepdims=True)
    if max_hz is None:
        max_hz = min(rate / 2, 8000.0)
    elif not 0 < max_hz <= rate / 2:
        raise InvalidArgumentError(f"max_hz is {max_hz}; accepted: above 0 to {rate / 2}")

    n = len(report.channels)
    figure, axes = pyplot.subplots(
        3 * n,
        1,
        sharex=True,
        squeeze=False,
        figsize=(11, 0.9 + 3.4 * n),
        height_ratios=[3.0, 0.22, 1.7] * n,
        layout="constrained",
    )
    extreme = [abs(s.llr) for c in report.channels for s in c.segments]
    # One scale for all channels, so that they compare; a few outliers must not flatten the rest.
    limit = max(float(np.percentile(extreme, 98)) * 1.5 if extreme else 0.0, abs(report.threshold_llr) * 1.5, 2.0)
    for channel, plane, row in zip(report.channels, samples, axes.reshape(n, 3)):
        _draw_spectrogram(row[0], channel, plane, rate, max_hz)
        _draw_speech(row[1], channel)
        _draw_scores(row[2], channel, report.threshold_llr, limit)
    duration = max(samples.shape[1] / rate, 1e-3)
    axes[-1, 0].set_xlim(0, duration)
    axes[-1, 0].set_xlabel("time (s)")
    if duration >= 120:
        axes[-1, 0].xaxis.set_major_formatter(lambda s, _: f"{int(s) // 60}:{int(s) % 60:02d}")
        axes[-1, 0].set_xlabel("time (min:s)")
    figure.align_ylabels()
    if title is None:
        title = os.path.basename(report.path) if report.path else ""
    # A dollar sign would start a formula.
    figure.suptitle(title.replace("$", r"\$"), fontsize="medium", x=0.01, ha="left")
    return figure


def _draw_spectrogram(
    ax: "Axes", channel: "ChannelReport", plane: npt.NDArray[np.float32], rate: int, max_hz: float
) -> None:
    picture = spectrogram_db(plane, rate, max_hz)
    top = float(picture.max())
    ax.imshow(
        picture,
        origin="lower",
        aspect="auto",
        cmap="magma",
        vmin=top - _RANGE_DB,
        vmax=top,
        extent=(0.0, max(plane.size / rate, 1e-3), 0.0, max_hz / 1000),
        interpolation="antialiased",
    )
    ax.set_ylabel("kHz")
    name = channel.name.replace("$", r"\$")
    ax.set_title(name, loc="left", fontsize="medium", fontweight="bold")
    words = WORDS[channel.verdict]
    if channel.reason:
        words += f" ({channel.reason.replace('_', ' ')})"
    if channel.llr is not None:
        words += f"   LLR {channel.llr:+.2f}"
    ax.set_title(words, loc="right", fontsize="medium", color=COLOURS[channel.verdict])


def _draw_speech(ax: "Axes", channel: "ChannelReport") -> None:
    spans = [(a, b - a) for a, b in channel.speech_spans]
    ax.broken_barh(spans, (0, 1), facecolor="#333333")
    ax.set_ylim(-0.15, 1.15)
    ax.set_yticks([0.5], ["speech"], fontsize="small")
    ax.tick_params(axis="both", length=0)
    for side in ("top", "right", "bottom", "left"):
        ax.spines[side].set_visible(False)


def _draw_scores(ax: "Axes", channel: "ChannelReport", threshold: float, limit: float) -> None:
    for s in channel.segments:
        colour = COLOURS["synthetic" if s.llr < threshold else "bona_fide"]
        llr = min(max(s.llr, -limit), limit)
        for part in spoken(s.start_s, s.end_s, channel.speech_spans):
            ax.fill_between(part, threshold, llr, color=colour, alpha=0.3, linewidth=0)
            ax.plot(part, [llr, llr], color=colour, linewidth=2, solid_capstyle="butt")
    ax.axhline(threshold, color="#333333", linewidth=1, linestyle="--")
    ax.annotate(
        "threshold",
        (1, threshold),
        xycoords=("axes fraction", "data"),
        xytext=(-3, 2),
        textcoords="offset points",
        fontsize="x-small",
        ha="right",
    )
    if not channel.segments:
        ax.text(0.5, 0.75, "nothing scored", transform=ax.transAxes, ha="center", color="#6E6E6E")
    ax.set_ylim(-limit, limit)
    ax.set_ylabel("LLR")
    ax.grid(axis="y", alpha=0.25)
    ax.text(0.004, 0.95, "more bona fide", transform=ax.transAxes, fontsize="x-small", va="top", color=COLOURS["bona_fide"])
    ax.text(0.004, 0.05, "more synthetic", transform=ax.transAxes, fontsize="x-small", va="bottom", color=COLOURS["synthetic"])
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
