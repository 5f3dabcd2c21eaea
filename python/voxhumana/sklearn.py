"""scikit-learn estimators over recordings: ``pip install voxhumana[sklearn]``.

``X`` is a sequence of recordings: paths, arrays of one waveform each, or a matrix (recordings, samples). Arrays need
``sample_rate``. scikit-learn's own ``check_estimator`` feeds tables of numbers, which are no recordings; what it checks
of any estimator (cloning, parameters, pickling, use in a pipeline) is tested in this package's tests.
"""

from __future__ import annotations

import os
import warnings
from typing import Any, List, Optional, Sequence, Union

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from . import _features
from ._audio import decode, resample
from ._bootstrap import Bootstrap
from ._detector import Detector
from ._errors import InvalidArgumentError
from ._samples import as_channels, as_rate
from .metrics import Calibration, fit_calibration, is_spoof_label

__all__ = ["DeepfakeClassifier", "FeatureExtractor"]

#: Recordings of each class below which a calibration would say more about them than about the next ones.
MIN_CALIBRATION = 10


def _recordings(X: Any) -> List[Any]:
    if isinstance(X, (str, bytes, os.PathLike)) or not hasattr(X, "__len__"):
        raise InvalidArgumentError("X is one value; accepted: a sequence of recordings")
    return [X[i] for i in range(len(X))] if isinstance(X, np.ndarray) else list(X)


def _are_spoof(X: Any, y: Any) -> npt.NDArray[np.bool_]:
    """Which labels are of spoofs, one per recording."""
    count = len(_recordings(X))
    if len(y) != count:
        raise InvalidArgumentError(f"y has {len(y)} labels; accepted: {count}, one per recording")
    return np.array([is_spoof_label(label) for label in y], dtype=np.bool_)


def _is_path(recording: Any) -> bool:
    return isinstance(recording, (str, os.PathLike))


class DeepfakeClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """The pre-trained detector as a classifier of whole recordings; ``classes_`` are ``bona_fide`` and ``synthetic``.

    ``fit`` loads the model, and with labels it calibrates: log-likelihood ratios are mapped so that they fit the recordings
    given, by :func:`voxhumana.metrics.fit_calibration`. The network itself stays as it is. A recording is judged by its
    worst channel. One without enough speech to score has a log-likelihood ratio of 0, no evidence, so that the threshold
    and the prior alone decide; such recordings are left out of the calibration.

    Parameters
    ----------
    model, operating_point, threshold_llr, runtime
        See :class:`voxhumana.Detector`.
    sample_rate : int, optional
        Hz, for arrays.
    spoof_prior : float, optional
        Prior probability of ``synthetic`` for ``predict_proba``; default: the operating point's.

    Attributes
    ----------
    classes_ : array of shape (2,)
    detector_ : voxhumana.Detector
    calibration_ : voxhumana.metrics.Calibration or None
        None without labels, or with fewer than :data:`MIN_CALIBRATION` recordings of a class.
    """

    def __init__(
        self,
        model: Union[str, bytes, None] = None,
        operating_point: Optional[str] = None,
        threshold_llr: Optional[float] = None,
        sample_rate: Optional[int] = None,
        spoof_prior: Optional[float] = None,
        runtime: str = "auto",
    ) -> None:
        self.model = model
        self.operating_point = operating_point
        self.threshold_llr = threshold_llr
        self.sample_rate = sample_rate
        self.spoof_prior = spoof_prior
        self.runtime = runtime

    def fit(self, X: Any, y: Any = None) -> "DeepfakeClassifier":
        """Loads the model, and calibrates it.

        Parameters
        ----------
        X : sequence of recordings
        y : sequence of str, optional
            Labels: those of ``classes_``, or ``bonafide`` and ``spoof``.

        Returns
        -------
        DeepfakeClassifier
            Itself.

        Raises
        ------
        InvalidArgumentError
            The recordings labelled synthetic have the higher scores, as exchanged labels make them.

        Warns
        -----
        UserWarning
            There are labels, but too few of a class to calibrate by; the model's own calibration is kept.

        Examples
        --------
        >>> from voxhumana.sklearn import DeepfakeClassifier
        >>> len(DeepfakeClassifier().fit([]).classes_)
        2
        """
        spoof = None if y is None else _are_spoof(X, y)
        if self.spoof_prior is not None and not 0 < self.spoof_prior < 1:
            raise InvalidArgumentError(f"spoof_prior is {self.spoof_prior}; accepted: above 0 and below 1")
        self.detector_ = Detector(
            self.model,
            operating_point=self.operating_point,
            threshold_llr=self.threshold_llr,
            runtime=self.runtime,
        )
        self.classes_ = np.array(["bona_fide", "synthetic"])
        self.calibration_ = None if spoof is None else self._calibrated(X, spoof)
        return self

    def _calibrated(self, X: Any, spoof: npt.NDArray[np.bool_]) -> Optional[Calibration]:
        if min(spoof.sum(), (~spoof).sum()) >= MIN_CALIBRATION:
            llrs = self._scored(X)
            heard = ~np.isnan(llrs)
            classes = llrs[heard & ~spoof], llrs[heard & spoof]
            if min(map(len, classes)) >= MIN_CALIBRATION:
                return fit_calibration(*classes)
        warnings.warn(
            f"fewer than {MIN_CALIBRATION} recordings of a class with enough speech: not calibrated", UserWarning, stacklevel=3
        )
        return None

    def _scored(self, X: Any) -> npt.NDArray[np.float64]:
        """The detector's ratio of each recording's worst channel; NaN without enough speech."""
        llrs = []
        for recording in _recordings(X):
            report = self.detector_.scan(recording, self._rate_of(recording))
            llrs.append(min((c.llr for c in report.channels if c.llr is not None), default=np.nan))
        return np.array(llrs, dtype=np.float64)

    def _rate_of(self, recording: Any) -> Optional[int]:
        """``sample_rate`` is that of arrays; files have their own."""
        return self.sample_rate if hasattr(recording, "__array__") or isinstance(recording, (list, tuple)) else None

    def log_likelihood_ratio(self, X: Any) -> npt.NDArray[np.float64]:
        """Natural-log likelihood ratio of each recording's worst channel, bona fide over spoof; 0 without evidence.

        Parameters
        ----------
        X : sequence
            Recordings: whatever :meth:`voxhumana.Detector.scan` takes.

        Returns
        -------
        array of shape (n,)
            0 where nothing could be scored.

        Raises
        ------
        ReadError, RecordingError, LimitExceededError, InvalidArgumentError, OnnxRuntimeError

        Examples
        --------
        >>> from voxhumana.sklearn import DeepfakeClassifier
        >>> DeepfakeClassifier().fit([]).log_likelihood_ratio(["call.wav"]).shape
        (1,)
        """
        check_is_fitted(self, "detector_")
        llrs = self._scored(X)
        if self.calibration_ is not None:
            llrs = self.calibration_.llr(llrs)
        return np.where(np.isnan(llrs), 0.0, llrs)

    def log_likelihood_ratio_interval(
        self, X: Any, *, level: float = 0.95, draws: int = 200, seed: int = 0
    ) -> npt.NDArray[np.float64]:
        """How far each ratio of :meth:`log_likelihood_ratio` would move with other words: a bootstrap over windows.

        Windows of a channel are drawn with replacement, in runs of neighbours, and each draw is decided by the model's own
        rules. The interval speaks of how much speech there was and how evenly it scored. It knows nothing of what all of a
        recording has in common: a voice or a line that the model gets wrong throughout has a narrow interval.

        Parameters
        ----------
        X : sequence
            Recordings: whatever :meth:`voxhumana.Detector.scan` takes.
        level : float
            Share of the draws inside, between 0 and 1.
        draws : int
            At least 2.
        seed : int
            Of the draws: the same seed gives the same intervals, whatever else is in ``X``.

        Returns
        -------
        array of shape (n, 2)
            Lower and upper end; NaN where a channel has no more than one window.

        Raises
        ------
        ReadError, RecordingError, LimitExceededError, InvalidArgumentError, OnnxRuntimeError

        Examples
        --------
        >>> from voxhumana.sklearn import DeepfakeClassifier
        >>> DeepfakeClassifier().fit([]).log_likelihood_ratio_interval(["call.wav"], draws=50).shape
        (1, 2)
        """
        check_is_fitted(self, "detector_")
        if not 0 < level < 1:
            raise InvalidArgumentError(f"level is {level}; accepted: above 0 and below 1")
        if draws < 2:
            raise InvalidArgumentError(f"draws is {draws}; accepted: at least 2")
        recordings, bootstrap = _recordings(X), Bootstrap(self.detector_.metadata)
        ends = np.empty((len(recordings), 2))
        for row, recording in zip(ends, recordings):
            examination = self.detector_.examine(recording, self._rate_of(recording))
            row[:] = bootstrap.interval(examination, level, draws, np.random.default_rng(seed))
        return ends if self.calibration_ is None else self.calibration_.llr(ends)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Share of recordings whose label :meth:`predict` gives; labels in either spelling.

        Parameters
        ----------
        X : sequence
            Recordings: whatever :meth:`voxhumana.Detector.scan` takes.
        y : sequence of str
            Their labels.
        sample_weight : array of shape (n,), optional

        Returns
        -------
        float
            0 to 1.

        Raises
        ------
        ReadError, RecordingError, LimitExceededError, InvalidArgumentError, OnnxRuntimeError

        Examples
        --------
        >>> from voxhumana.sklearn import DeepfakeClassifier
        >>> DeepfakeClassifier().fit([]).score(["call.wav"], ["spoof"])
        1.0
        """
        check_is_fitted(self, "detector_")
        labels = self.classes_[_are_spoof(X, y).astype(int)]
        return float(super().score(X, labels, sample_weight))

    def decision_function(self, X: Any) -> npt.NDArray[np.float64]:
        """How far each recording lies beyond the threshold, in LLR; above 0 is ``synthetic`` (``classes_[1]``).

        Parameters
        ----------
        X : sequence
            Recordings: whatever :meth:`voxhumana.Detector.scan` takes.

        Returns
        -------
        array of shape (n,)
            Log-likelihood ratio above the threshold, of spoof: higher is more synthetic.

        Raises
        ------
        ReadError, RecordingError, LimitExceededError, InvalidArgumentError, OnnxRuntimeError

        Examples
        --------
        >>> from voxhumana.sklearn import DeepfakeClassifier
        >>> DeepfakeClassifier().fit([]).decision_function(["call.wav"]).shape
        (1,)
        """
        llrs = self.log_likelihood_ratio(X)
        return float(self.detector_.operating_point["threshold_llr"]) - llrs

    def predict(self, X: Any) -> npt.NDArray[np.str_]:
        """``bona_fide`` or ``synthetic``, by the channel threshold alone; for ``inconclusive`` see :func:`voxhumana.scan`.

        Parameters
        ----------
        X : sequence
            Recordings: whatever :meth:`voxhumana.Detector.scan` takes.

        Returns
        -------
        array of shape (n,)
            Labels.

        Raises
        ------
        ReadError, RecordingError, LimitExceededError, InvalidArgumentError, OnnxRuntimeError

        Examples
        --------
        >>> from voxhumana.sklearn import DeepfakeClassifier
        >>> DeepfakeClassifier().fit([]).predict(["call.wav"]).shape
        (1,)
        """
        check_is_fitted(self, "detector_")
        return np.asarray(self.classes_[(self.decision_function(X) > 0).astype(int)])

    def predict_proba(self, X: Any) -> npt.NDArray[np.float64]:
        """Posterior probabilities (recordings, 2) under the prior, columns as ``classes_``.

        Parameters
        ----------
        X : sequence
            Recordings: whatever :meth:`voxhumana.Detector.scan` takes.

        Returns
        -------
        array of shape (n, 2)
            In the order of ``classes_``.

        Raises
        ------
        ReadError, RecordingError, LimitExceededError, InvalidArgumentError, OnnxRuntimeError

        Examples
        --------
        >>> from voxhumana.sklearn import DeepfakeClassifier
        >>> DeepfakeClassifier().fit([]).predict_proba(["call.wav"]).shape
        (1, 2)
        """
        llrs = self.log_likelihood_ratio(X)
        prior = self.detector_.operating_point["spoof_prior"] if self.spoof_prior is None else self.spoof_prior
        log_odds = np.log(prior) - np.log1p(-prior) - llrs
        synthetic = np.exp(-np.logaddexp(0, -log_odds))
        return np.column_stack([1 - synthetic, synthetic])


class FeatureExtractor(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Recordings to spectral features, for a pipeline.

    Parameters
    ----------
    front_end : str, voxhumana.FrontEnd or mapping
        A preset's name or a front end.
    sample_rate : int
        Rate of the features, Hz; files are resampled to it.
    input_rate : int, optional
        Rate of arrays, Hz; default: ``sample_rate``.
    pooling : {"mean_std", "mean", None}
        Over the frames: mean and standard deviation of each bin, the mean, or nothing (the result is then a list of
        matrices of possibly different lengths).

    Attributes
    ----------
    n_features_out_ : int
        Columns of the result, or bins without pooling.
    """

    def __init__(
        self,
        front_end: Any = "lfcc",
        sample_rate: int = 16000,
        input_rate: Optional[int] = None,
        pooling: Optional[str] = "mean_std",
    ) -> None:
        self.front_end = front_end
        self.sample_rate = sample_rate
        self.input_rate = input_rate
        self.pooling = pooling

    def _extractor(self) -> _features.FeatureExtractor:
        front_end = self.front_end
        if isinstance(front_end, str):
            front_end = _features.FrontEnd.preset(front_end, self.sample_rate)
        extractor = _features.FeatureExtractor(front_end)
        if extractor.front_end.sample_rate_hz != self.sample_rate:
            raise InvalidArgumentError(
                f"sample_rate is {self.sample_rate}; accepted: {extractor.front_end.sample_rate_hz}, the front end's"
            )
        return extractor

    def fit(self, X: Any, y: Any = None) -> "FeatureExtractor":
        """Plans the transforms; nothing is learnt from ``X``.

        Parameters
        ----------
        X : sequence of arrays of shape (n,)
        y : ignored

        Returns
        -------
        FeatureExtractor
            Itself.

        Raises
        ------
        InvalidArgumentError

        Examples
        --------
        >>> from voxhumana.sklearn import FeatureExtractor
        >>> FeatureExtractor().fit(np.zeros((2, 16000))) is not None
        True
        """
        if self.pooling not in ("mean_std", "mean", None):
            raise InvalidArgumentError(f"pooling is {self.pooling!r}; accepted: 'mean_std', 'mean', None")
        self.extractor_ = self._extractor()
        self.n_features_out_ = self.extractor_.bins * (2 if self.pooling == "mean_std" else 1)
        return self

    def transform(self, X: Any) -> Any:
        """Features of the first channel of each recording: (recordings, features), or a list of (frames, bins).

        Parameters
        ----------
        X : sequence of arrays of shape (n,)

        Returns
        -------
        array

        Raises
        ------
        InvalidArgumentError

        Examples
        --------
        >>> from voxhumana.sklearn import FeatureExtractor
        >>> len(FeatureExtractor().fit_transform(np.zeros((2, 16000))))
        2
        """
        check_is_fitted(self, "extractor_")
        matrices = [self.extractor_.extract(self._mono(recording)) for recording in _recordings(X)]
        if self.pooling is None:
            return matrices
        if not matrices:
            return np.empty((0, self.n_features_out_), np.float32)
        pooled = [m.mean(axis=0, dtype=np.float64) for m in matrices]
        if self.pooling == "mean_std":
            pooled = [np.concatenate([p, m.std(axis=0, dtype=np.float64)]) for p, m in zip(pooled, matrices)]
        return np.stack(pooled).astype(np.float32)

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """Names like ``lfcc_3_mean``.

        Parameters
        ----------
        input_features : ignored

        Returns
        -------
        array of str

        Raises
        ------
        ValueError
            The features have no fixed names.

        Examples
        --------
        >>> from voxhumana.sklearn import FeatureExtractor
        >>> len(FeatureExtractor().fit(np.zeros((2, 16000))).get_feature_names_out()) > 0
        True
        """
        check_is_fitted(self, "extractor_")
        kind = self.extractor_.front_end.kind
        suffixes: Sequence[str] = ("_mean", "_std") if self.pooling == "mean_std" else ("",)
        return np.array([f"{kind}_{b}{s}" for s in suffixes for b in range(self.extractor_.bins)], dtype=object)

    def _mono(self, recording: Any) -> Any:
        if _is_path(recording):
            return decode(recording, sample_rate=self.sample_rate).samples[0]
        mono = as_channels(recording)[0]
        rate = as_rate(self.sample_rate if self.input_rate is None else self.input_rate, "input_rate")
        return mono if rate == self.sample_rate else resample(mono, rate, self.sample_rate)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "extractor_")
