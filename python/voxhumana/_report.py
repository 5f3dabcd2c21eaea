"""The report of one recording, and the forms it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Optional, Sequence, Tuple, Union, overload

from ._formats import StrPath, save, text
from ._results import FailedScan, ReportData

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

    from ._detector import Detector
    from ._explanation import Explanation


class Report(ReportData):
    """What a scan says about one recording.

    Attributes
    ----------
    path : str or None
        The recording, if it was a file.
    duration_s : float
        Seconds of audio decoded.
    truncated : bool
        Whether the recording ended before its container said it would, or had unreadable parts.
    input : InputSummary
    model : ModelId
    runtime : str
        ``"tract"`` or ``"onnxruntime"``.
    operating_point : str
        Name of the operating point, or ``"custom"``.
    threshold_llr : float
        A channel whose LLR is below this is synthetic.
    stretch_threshold_llr : float
        A run of windows whose mean LLR is below this makes its channel synthetic.
    channels : tuple of ChannelReport
    spoof_prior : float or None
        How likely a channel was taken to be synthetic beforehand, behind ``synthetic_probability``.
    declared : Declared or None
        What the file itself says about how it was made, beside the verdict and never in it; None without a file.
    unread : tuple of Unread
        Parts of the recording that were not read, and why; with any, the recording counts as truncated.
    metadata : mapping or None
        What the caller's table says of it, by column; see :meth:`Reports.with_metadata`.
    sha256 : str or None
        SHA-256 of the file's bytes, in results of the command.
    scan_key : str or None
        The key by which the command's ``--resume`` knows what is done, in its results.
    notebook_player : bool
        Of the class: whether notebooks show a player for a recording that is a file of at most 4 MiB as 16-bit WAV. The
        recording is then inside the notebook. ``voxhumana.Report.notebook_player = False`` keeps it out.
    """

    notebook_player: ClassVar[bool] = True

    def to_pandas(self, level: str = "channel") -> "pandas.DataFrame":
        """A DataFrame with one row per channel, or per segment of the timeline with ``level="segment"``.

        The columns of the former are those of the CLI's CSV.

        Parameters
        ----------
        level : {"channel", "segment"}

        Returns
        -------
        pandas.DataFrame

        Raises
        ------
        ImportError
            Without pandas.
        InvalidArgumentError
            There is no such level.

        Examples
        --------
        >>> len(report.to_pandas())
        2
        """
        from ._tables import frame

        return frame([self], level)

    @overload
    def to_labels(self) -> str: ...
    @overload
    def to_labels(self, path: StrPath) -> None: ...
    def to_labels(self, path: Optional[StrPath] = None) -> Optional[str]:
        """A label track for Audacity, to be opened beside the recording (File > Import > Labels).

        Each channel gives its verdict over the whole recording, its worst stretch, its synthetic parts, and the timeline.

        Parameters
        ----------
        path : path, optional
            The file to write; without it the text is returned.

        Returns
        -------
        str or None

        Raises
        ------
        OSError
            The file cannot be written.

        Examples
        --------
        >>> report.to_labels().count("\\n") > 2
        True
        """
        return save(text([self], "labels"), path)

    @overload
    def to_rttm(self) -> str: ...
    @overload
    def to_rttm(self, path: StrPath) -> None: ...
    def to_rttm(self, path: Optional[StrPath] = None) -> Optional[str]:
        """RTTM, as tools of speaker diarisation read it: the timeline of each channel under its name and verdict.

        Parameters
        ----------
        path : path, optional
            The file to write; without it the text is returned.

        Returns
        -------
        str or None

        Raises
        ------
        OSError
            The file cannot be written.

        Examples
        --------
        >>> report.to_rttm().split()[0]
        'SPKR-INFO'
        """
        return save(text([self], "rttm"), path)

    @overload
    def to_html(
        self,
        *,
        audio: Any = None,
        language: str = "en",
        player: bool = True,
        explanations: Optional[Sequence["Explanation"]] = None,
    ) -> str: ...
    @overload
    def to_html(
        self,
        path: StrPath,
        *,
        audio: Any = None,
        language: str = "en",
        player: bool = True,
        explanations: Optional[Sequence["Explanation"]] = None,
    ) -> None: ...
    def to_html(
        self,
        path: Optional[StrPath] = None,
        *,
        audio: Any = None,
        language: str = "en",
        player: bool = True,
        explanations: Optional[Sequence["Explanation"]] = None,
    ) -> Optional[str]:
        """The page for people, that of the command's ``--html``: one HTML file without anything outside it.

        Parameters
        ----------
        path : path, optional
            The file to write; without it the text is returned.
        audio : Audio or (samples, sample_rate), optional
            The recording; needed for pictures if it was not scanned from a file, and if only some of its tracks were
            (``audio=voxhumana.decode(path, track=2)``). Default: decodes the file again.
        language : {"en", "zh-CN"}
        player : bool
            Put the recording into the page, if it is at most 64 MiB: anyone who has the page has the recording.
        explanations : sequence of Explanation, optional
            What the scores rest on, as :meth:`explain` gives it: a picture for each channel that has any. Default: none.

        Returns
        -------
        str or None

        Raises
        ------
        InvalidArgumentError
            The report is of a model that this process has not loaded, there is no such language, or the explanations or the
            recording have another number of channels.
        ReadError, RecordingError

        Examples
        --------
        >>> report.to_html("call.html", explanations=report.explain())
        """
        from ._page import page

        return save(page(self, audio, language, player, explanations), path)

    def plot(
        self, audio: Any = None, *, max_hz: Optional[float] = None, title: Optional[str] = None
    ) -> "Figure":
        """Draws each channel: log spectrogram, speech, score timeline and threshold.

        Needs matplotlib (``pip install voxhumana[plot]``).

        Parameters
        ----------
        audio : Audio or (samples, sample_rate), optional
            The recording; needed if it was not scanned from a file, and if only some of its tracks were
            (``audio=voxhumana.decode(path, track=2)``). Default: decodes the file again.
        max_hz : float, optional
            Upper edge of the spectrogram; default: half the sample rate, at most 8 kHz.
        title : str, optional
            Default: the file's name.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        ImportError
            Without matplotlib.
        InvalidArgumentError
            There is no recording, or it has other channels.
        ReadError, RecordingError

        Examples
        --------
        >>> report.plot().savefig("call.png")
        """
        from ._plot import plot_report

        return plot_report(self, audio, max_hz=max_hz, title=title)

    def explain(
        self, audio: Any = None, *, detector: Optional["Detector"] = None
    ) -> Tuple["Explanation", ...]:
        """Which frequency bands and which seconds the scores rest on, by occlusion.

        The recording is scanned again with more questions; see :meth:`Detector.explain` for what they cost.

        Parameters
        ----------
        audio : Audio or (samples, sample_rate), optional
            The recording; needed if it was not scanned from a file. Default: the file again.
        detector : Detector, optional
            The detector that made the report, where its model or how it reads the recording is not the default.

        Returns
        -------
        tuple of Explanation
            One for each channel.

        Raises
        ------
        InvalidArgumentError
            The detector has another model than the report, or there is no recording.
        ReadError, RecordingError, LimitExceededError, OnnxRuntimeError

        Examples
        --------
        >>> explanations = report.explain()
        >>> len(explanations) == len(report.channels)
        True
        """
        from ._explain import explain_report

        return explain_report(self, audio, detector)

    def __repr__(self) -> str:
        channels = ", ".join(repr(c)[15:-1] for c in self.channels)
        return f"<Report {self.verdict}: {self.path or 'samples'}, {self.duration_s:.1f} s; {channels}>"

    def _repr_html_(self) -> str:
        from ._html import report_html

        return report_html(self, self.notebook_player)


Result = Union[Report, FailedScan]
