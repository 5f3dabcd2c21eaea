"""Recordings in, reports out."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import json
import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Callable, Deque, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple, TypeVar, Union

import numpy as np
import numpy.typing as npt

from . import _voxhumana, _runtime
from ._errors import InvalidArgumentError, ReadError, VoxHumanaError
from ._examination import Examination
from ._explanation import Explanation
from ._marks import Declared, read_marks
from ._metadata import Table, joined, read_table
from ._models import remember
from ._progress import with_progress
from ._report import Report, Result
from ._reports import Reports
from ._results import FailedScan
from ._samples import as_channels, as_count, as_file_source, as_rate, as_raw, full_scale, of_dictionary
from ._stream import CallStream, Stream
from ._tracks import Track, as_tracks
from ._typos import names_the_nearest

Raw = Tuple[str, int, int]
A = TypeVar("A")
T = TypeVar("T")

#: Recordings that are begun, for each job, before the first of them must have ended.
AHEAD = 4


class Detector:
    """Finds synthetic speech in recordings. Build one and keep it: loading the model is the slow part.

    Threads may share a detector; its calls release the GIL. It can be pickled (the options travel, the model is loaded
    again on the other side).

    Parameters
    ----------
    model : path or bytes, optional
        An ONNX file that carries voxhumana's metadata; default: the bundled model.
    operating_point : str, optional
        Named threshold of the model: ``"balanced"`` (default), ``"low-false-alarm"``, ``"high-recall"``.
    threshold_llr : float, optional
        A threshold of your own instead: channels whose LLR is below it are synthetic.
    prior : float, optional
        How likely a call is synthetic at this desk before it is heard, between 0 and 1; default: that of the operating
        point. ``synthetic_probability`` follows from it and nothing else does.
    channels : sequence of str, optional
        Names of the channels, e.g. ``("agent", "caller")``.
    mix : bool
        Score the mean of all channels instead of each channel.
    raw : (codec, sample rate in Hz, channels), optional
        Read files that have no header as ``mulaw``, ``alaw``, ``g722``, ``slin``, ``gsm`` or ``vox``; one that has a
        header is read by it.
    track : int, str or sequence of them
        Of recordings with several tracks, scan only these: number from 1, title or language. Default: all.
    runtime : {"auto", "tract", "onnxruntime"}
        What runs the model. ``"auto"`` takes ONNX Runtime if ``ORT_DYLIB_PATH`` is set or the package ``onnxruntime`` is
        installed, else tract, which is compiled in. The first detector decides for the process. Importing voxhumana sets
        ``ORT_DISABLE_TELEMETRY=1`` in ``os.environ``: ONNX Runtime is never loaded with its telemetry on.
    threads : int, optional
        Threads of one scan; default: one per processor.

    Raises
    ------
    InvalidArgumentError, ModelError, ReadError, OnnxRuntimeError

    Examples
    --------
    >>> detector = voxhumana.Detector(operating_point="low-false-alarm")  # doctest: +SKIP
    >>> detector.scan("call.wav").verdict  # doctest: +SKIP
    'synthetic'
    """

    @names_the_nearest
    def __init__(
        self,
        model: Union[str, "os.PathLike[str]", bytes, None] = None,
        *,
        operating_point: Optional[str] = None,
        threshold_llr: Optional[float] = None,
        prior: Optional[float] = None,
        channels: Sequence[str] = (),
        mix: bool = False,
        raw: Optional[Raw] = None,
        track: Track = (),
        runtime: str = "auto",
        threads: Optional[int] = None,
    ) -> None:
        if operating_point is not None and threshold_llr is not None:
            raise InvalidArgumentError("give operating_point or threshold_llr, not both")
        names = None if isinstance(channels, str) or not isinstance(channels, Iterable) else tuple(channels)
        if names is None or not all(isinstance(name, str) for name in names):
            raise InvalidArgumentError(
                f"channels is {channels!r}; accepted: a sequence of names, e.g. ('agent', 'caller')"
            )
        if model is not None and not isinstance(model, (str, bytes, os.PathLike)):
            raise InvalidArgumentError(f"model is {model!r}; accepted: the path of an ONNX file, or its bytes")
        if model is not None and not isinstance(model, bytes):
            model = os.fsdecode(model)
        raw = as_raw(raw)
        threads = None if threads is None else as_count(threads, "threads")
        self._options: Dict[str, Any] = {
            "model": model,
            "operating_point": operating_point,
            "threshold_llr": _number(threshold_llr, "threshold_llr"),
            "prior": _number(prior, "prior"),
            "channels": names,
            "mix": mix,
            "raw": raw,
            "track": as_tracks(track),
            "runtime": runtime,
            "threads": threads,
        }
        self._inner = _voxhumana.Detector(
            model,
            _runtime.settle(runtime),
            operating_point,
            self._options["threshold_llr"],
            self._options["prior"],
            list(names),
            mix,
            raw,
            self._options["track"],
            threads,
        )
        remember(self._inner.sha256, self._inner.metadata)

    @property
    def runtime(self) -> str:
        """What runs the model: ``"tract"`` or ``"onnxruntime"``."""
        return self._inner.runtime

    @property
    def model_sha256(self) -> str:
        """SHA-256 of the ONNX file."""
        return self._inner.sha256

    @property
    def metadata(self) -> Dict[str, Any]:
        """What travels with the model: front end, window, calibration, operating points with their measured error rates."""
        metadata: Dict[str, Any] = json.loads(self._inner.metadata)
        return metadata

    @property
    def operating_point(self) -> Dict[str, Any]:
        """Name, thresholds, prior and measured error rates of the operating point; with ``threshold_llr`` its name is
        ``"custom"``, and nobody has measured its rates: they are None."""
        name, values = self._inner.operating_point
        point = {"name": name, **json.loads(values)}
        return point if name != "custom" else {**point, **dict.fromkeys(("false_alarm_rate", "miss_rate", "measured_on"))}

    def scan(
        self,
        source: Any,
        sample_rate: Optional[int] = None,
        *,
        channels_last: bool = False,
        _cancel: Optional[_voxhumana.Cancel] = None,
    ) -> Report:
        """Scans one recording.

        Parameters
        ----------
        source : path, bytes, binary file-like object, array, or (array, sample_rate)
            The recording; arrays have the shape (n,) or (channels, n), full scale is that of their type, 1 for floats.
            ``scipy.io.wavfile``'s (sample_rate, array of shape (n, channels)) is taken too, and so are the dictionaries of
            the package ``datasets`` (``array`` and ``sampling_rate``, or ``bytes``, or ``path``). Files are read block
            by block, in bounded memory.
        sample_rate : int, optional
            Hz, for an array.
        channels_last : bool
            Arrays have the shape (n, channels).

        Returns
        -------
        Report

        Raises
        ------
        ReadError, RecordingError, LimitExceededError, InvalidArgumentError, OnnxRuntimeError

        Examples
        --------
        >>> detector.scan("call.wav").verdict
        'synthetic'
        """
        return self._run(
            lambda file, hint: self._inner.scan(file, hint, _cancel),
            self._inner.scan_samples,
            _report,
            source,
            sample_rate,
            channels_last,
        )

    def examine(
        self,
        source: Any,
        sample_rate: Optional[int] = None,
        *,
        channels_last: bool = False,
        embeddings: bool = False,
        explain: bool = False,
    ) -> Examination:
        """Scans one recording and returns what the report rests on: window scores, times, decisions.

        Parameters
        ----------
        source, sample_rate, channels_last
            The recording; see :meth:`scan`.
        embeddings : bool
            With the network's embedding of each window: :attr:`Windows.embedding`.
        explain : bool
            With what the scores rest on: :attr:`Examination.explanations`. It costs some seconds a channel, however
            long the recording is; see :meth:`explain`.

        Returns
        -------
        Examination

        Raises
        ------
        ModelError
            With ``embeddings``, if the model has no output ``embedding``.
        ReadError, RecordingError, LimitExceededError, InvalidArgumentError, OnnxRuntimeError

        Examples
        --------
        >>> examination = detector.examine("call.wav")
        >>> examination.windows[0].score.shape == examination.windows[0].start_s.shape
        True
        """
        return self._run(
            lambda file, hint: self._inner.examine(file, hint, embeddings, explain),
            lambda samples, rate: self._inner.examine_samples(samples, rate, embeddings, explain),
            _examination,
            source,
            sample_rate,
            channels_last,
        )

    def embeddings(
        self,
        source: Any,
        sample_rate: Optional[int] = None,
        *,
        channels_last: bool = False,
    ) -> Tuple[npt.NDArray[np.float32], ...]:
        """The network's pooled vector of every window of speech, for clustering and retrieval.

        When the windows are, :meth:`examine` with ``embeddings=True`` says as well. Vectors of different models do not
        compare.

        Parameters
        ----------
        source, sample_rate, channels_last
            The recording; see :meth:`scan`.

        Returns
        -------
        tuple of float32 arrays of shape (windows, n)
            One for each channel; without windows where there is too little speech.

        Raises
        ------
        ModelError
            The model has no output ``embedding``.
        ReadError, RecordingError, LimitExceededError, InvalidArgumentError, OnnxRuntimeError

        Examples
        --------
        >>> [left, right] = detector.embeddings("call.wav")
        >>> left.shape[1] == right.shape[1]
        True
        """
        examination = self.examine(source, sample_rate, channels_last=channels_last, embeddings=True)
        found = [examination.windows[index].embedding for index in _scored(examination)]
        return tuple(embedding for embedding in found if embedding is not None)

    def explain(
        self,
        source: Any,
        sample_rate: Optional[int] = None,
        *,
        channels_last: bool = False,
    ) -> Tuple[Explanation, ...]:
        """Which frequency bands and which seconds the scores of a recording rest on, by occlusion.

        A band of 500 Hz or a stretch of 0.25 s of a window's features is set to a mean, and the window scored again:
        what the score loses is what that part adds. That is done to 16 to 32 windows of each channel, all of a short
        one, so that it costs at most some 1,000 more windows a channel, seconds, however long the recording is.

        Parameters
        ----------
        source, sample_rate, channels_last
            The recording; see :meth:`scan`.

        Returns
        -------
        tuple of Explanation
            One for each channel; without windows where there is too little speech.

        Raises
        ------
        ReadError, RecordingError, LimitExceededError, InvalidArgumentError, OnnxRuntimeError

        Examples
        --------
        >>> explanation = detector.explain("call.wav")[0]
        >>> explanation.bands.shape == (len(explanation), len(explanation.band_edges_hz) - 1)
        True
        """
        examination = self.examine(source, sample_rate, channels_last=channels_last, explain=True)
        explanations = examination.explanations or ()
        return tuple(explanations[index] for index in _scored(examination))

    def _run(
        self,
        file: Callable[[Any, Optional[str]], A],
        samples: Callable[[Any, int], A],
        result: Callable[[A, Optional[str]], T],
        source: Any,
        sample_rate: Optional[int],
        channels_last: bool,
    ) -> T:
        """What `file` makes of a file or `samples` of an array, by whatever `source` is."""
        if isinstance(source, Mapping):
            source, sample_rate = of_dictionary(source)
        if _is_pair(source):
            source, sample_rate = source
        elif _is_pair_of_scipy(source):
            sample_rate, source = source
            channels_last = True
        if _is_array(source):
            planes = full_scale(as_channels(source, channels_last))
            return result(samples(planes, as_rate(sample_rate)), None)
        if sample_rate is not None:
            raise InvalidArgumentError(
                "sample_rate goes with an array; for headerless files use raw=(codec, sample rate, channels)"
            )
        target, name, hint = as_file_source(source, ", or (samples, sample_rate)")
        return result(file(target, hint), name if isinstance(target, str) else None)

    def score(
        self, samples: npt.ArrayLike, sample_rate: int, *, channels_last: bool = False
    ) -> Any:
        """Natural-log likelihood ratios, bona fide over spoof: higher is more bona fide.

        Parameters
        ----------
        samples : array of shape (n,) or (channels, n)
        sample_rate : int
            Hz.
        channels_last : bool
            Arrays have the shape (n, channels).

        Returns
        -------
        float, or array of shape (channels,)
            NaN where there is too little speech to score.

        Raises
        ------
        InvalidArgumentError, OnnxRuntimeError

        Examples
        --------
        >>> detector.score(np.zeros(16000), 16000)
        nan
        """
        array = samples if hasattr(samples, "__array__") else np.asarray(samples)
        report = self.scan(array, sample_rate, channels_last=channels_last)
        llrs = np.array([np.nan if c.llr is None else c.llr for c in report.channels])
        return float(llrs[0]) if np.ndim(samples) == 1 else llrs

    async def scan_async(
        self,
        source: Any,
        sample_rate: Optional[int] = None,
        *,
        channels_last: bool = False,
    ) -> Report:
        """As :meth:`scan`, in a thread beside the event loop, which goes on meanwhile.

        A task that is cancelled ends the scan of a file at its next second of audio.

        Parameters
        ----------
        source, sample_rate, channels_last
            The recording; see :meth:`scan`.

        Returns
        -------
        Report

        Raises
        ------
        ReadError, RecordingError, LimitExceededError, InvalidArgumentError, OnnxRuntimeError

        Examples
        --------
        >>> import asyncio
        >>> asyncio.run(detector.scan_async("call.wav")).verdict
        'synthetic'
        """
        cancel = _voxhumana.Cancel()
        work = functools.partial(
            self.scan, source, sample_rate, channels_last=channels_last, _cancel=cancel
        )
        try:
            return await asyncio.get_running_loop().run_in_executor(None, work)
        except asyncio.CancelledError:
            cancel.set()
            raise

    def scan_many(
        self,
        sources: Iterable[Any],
        *,
        jobs: Optional[int] = None,
        progress: bool = False,
        metadata: Optional[Table] = None,
    ) -> Reports:
        """Scans many recordings in parallel; one that fails is a :class:`FailedScan` in the result, and the rest goes on.

        Parameters
        ----------
        sources : iterable
            Paths, or whatever else :meth:`scan` takes.
        jobs : int, optional
            Recordings at once; default: one per processor. Build the detector with ``threads=1`` for many small files.
        progress : bool
            Show a progress bar (tqdm if it is installed, else a plain count on a terminal).
        metadata : path, DataFrame or sequence of mappings, optional
            What else is known of the recordings; see :meth:`Reports.with_metadata`.

        Returns
        -------
        Reports

        Raises
        ------
        InvalidArgumentError, OSError
            Of the arguments; what is wrong with a recording is in the result.

        Examples
        --------
        >>> detector.scan_many(["call.wav", "missing.wav"]).counts()["error"]
        1
        """
        _refuse_one(sources)
        known = list(sources)
        # Before the scan: a table that cannot be read must not cost an hour.
        rows = None if metadata is None else read_table(metadata)
        results = self.scan_iter(known, jobs=jobs)
        reports = Reports(list(with_progress(results, len(known), progress)))
        return reports if rows is None else Reports(joined(reports, rows))

    def scan_iter(self, sources: Iterable[Any], *, jobs: Optional[int] = None) -> Iterator[Result]:
        """As :meth:`scan_many`, one result at a time, in the order of the recordings.

        Sources are taken, and results kept, only a few ahead, so that any number of recordings needs little memory. Closing
        the iterator ends what is under way.

        Parameters
        ----------
        sources : iterable
            Paths, or whatever else :meth:`scan` takes.
        jobs : int, optional
            Recordings at once; default: one per processor.

        Returns
        -------
        iterator of Report and FailedScan

        Raises
        ------
        InvalidArgumentError
            Of the arguments; what is wrong with a recording is in its result.

        Examples
        --------
        >>> [result.verdict for result in detector.scan_iter(["call.wav"])]
        ['synthetic']
        """
        _refuse_one(sources)
        if jobs is None:
            jobs = os.cpu_count() or 1
        return self._iterate(iter(sources), as_count(jobs, "jobs"))

    def _iterate(self, sources: Iterator[Any], jobs: int) -> Iterator[Result]:
        cancel = _voxhumana.Cancel()
        with ThreadPoolExecutor(jobs, thread_name_prefix="voxhumana") as pool:
            ahead: Deque[Future[Result]] = deque()
            try:
                for source in sources:
                    ahead.append(pool.submit(self._scan_or_fail, source, cancel))
                    # A short recording behind a long one must not leave a processor idle.
                    if len(ahead) >= AHEAD * jobs:
                        yield ahead.popleft().result()
                while ahead:
                    yield ahead.popleft().result()
            except BaseException:
                # Ctrl-C, or a caller who has seen enough: what has begun ends as well, else it would be waited for.
                cancel.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _scan_or_fail(self, source: Any, cancel: _voxhumana.Cancel) -> Result:
        path = os.fsdecode(source) if isinstance(source, (str, os.PathLike)) else None
        try:
            return self.scan(source, _cancel=cancel)
        except VoxHumanaError as error:
            return FailedScan(path, error, None if path is None else _declared(path))
        except Exception as error:
            # What a file object raises is about this recording, and the others go on.
            failed = ReadError(f"cannot be read: {type(error).__name__}: {error}", path, None, "cannot_read")
            failed.__cause__ = error
            return FailedScan(path, failed, None)

    def stream(self, sample_rate: int) -> Stream:
        """A scan of one channel that goes on while the samples arrive.

        Parameters
        ----------
        sample_rate : int
            Hz, 1000 to 384000.

        Returns
        -------
        Stream

        Raises
        ------
        InvalidArgumentError

        Examples
        --------
        >>> detector.stream(8000)
        <Stream at 8000 Hz>
        """
        rate = as_rate(sample_rate)
        return Stream(self._inner.stream(rate), rate)

    def call_stream(self, sample_rate: int, channels: int = 2) -> CallStream:
        """A scan of all channels of a call that goes on while the samples arrive.

        As :meth:`stream`, and the channels are compared: what leaks from one into another does not count there.

        Parameters
        ----------
        sample_rate : int
            Hz, 1000 to 384000.
        channels : int
            How many, at least 1; as many as the detector has names, if it has any.

        Returns
        -------
        CallStream

        Raises
        ------
        InvalidArgumentError

        Examples
        --------
        >>> detector.call_stream(8000)
        <CallStream of 2 channels at 8000 Hz>
        """
        rate = as_rate(sample_rate)
        channels = as_count(channels, "channels")
        return CallStream(self._inner.call_stream(rate, channels), rate, channels)

    def __reduce__(self) -> Any:
        return _rebuild, (self._options,)

    def __repr__(self) -> str:
        name, _ = self._inner.operating_point
        facts = self.metadata
        return f"<Detector {facts['name']} {facts['version']}, {name}, {self.runtime}>"


def _refuse_one(sources: Any) -> None:
    if isinstance(sources, (str, bytes, os.PathLike)):
        raise InvalidArgumentError(
            "sources is one path; accepted: an iterable of paths; see find_recordings() for a folder"
        )


def _number(value: Any, name: str) -> Optional[float]:
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError):
        raise InvalidArgumentError(f"{name} is {value!r}; accepted: a number") from None


def _rebuild(options: Dict[str, Any]) -> Detector:
    return Detector(**options)


def _is_pair(source: Any) -> bool:
    return isinstance(source, tuple) and len(source) == 2 and np.ndim(source[1]) == 0


def _is_pair_of_scipy(source: Any) -> bool:
    # A list of two numbers is a recording of two samples; a number and an array can be nothing else.
    pair = isinstance(source, tuple) and len(source) == 2
    return pair and np.ndim(source[0]) == 0 and hasattr(source[1], "__array__")


def _is_array(source: Any) -> bool:
    # What numpy can view (also torch and pandas objects) or a list of numbers; never text.
    return hasattr(source, "__array__") or isinstance(source, (list, tuple))


def _report(text: str, path: Optional[str]) -> Report:
    return _with_declared(Report.from_dict({**json.loads(text), "path": path}))


def _examination(
    found: Tuple[str, Optional[List[npt.NDArray[np.float32]]]], path: Optional[str]
) -> Examination:
    examination = Examination._from_json(*found, path)
    return dataclasses.replace(examination, report=_with_declared(examination.report))


def _scored(examination: Examination) -> List[int]:
    """Of each channel, the one whose scores it has: itself, or an earlier one with the same samples."""
    channels = examination.report.channels
    return [index if c.same_as is None else c.same_as for index, c in enumerate(channels)]


def _with_declared(report: Report) -> Report:
    declared = None if report.path is None else _declared(report.path)
    return dataclasses.replace(report, declared=declared)


def _declared(path: str) -> Optional[Declared]:
    try:
        return read_marks(path)
    except VoxHumanaError:
        # A pipe cannot be sought in, and a file may be gone.
        return None
