"""How good a set of scores is.

The sign is ASVspoof's: a higher score means more bona fide. A *false alarm* is bona fide speech called synthetic
(``score < threshold``), a *miss* a spoof called bona fide. Definitions are those of the ASVspoof 5 evaluation package,
with tied scores moving together.

>>> from voxhumana import metrics
>>> metrics.eer([2.0, 1.5, -0.5, 3.0], [-2.0, -1.0, 0.0, -3.0])
0.25
"""

from __future__ import annotations

from typing import NamedTuple, Optional, Tuple

import numpy as np
import numpy.typing as npt

from . import _voxhumana
from ._errors import InvalidArgumentError
from ._samples import as_count

__all__ = [
    "Calibration",
    "Curve",
    "Rates",
    "Scores",
    "act_dcf",
    "cllr",
    "det_curve",
    "eer",
    "fit_calibration",
    "min_dcf",
]


class Rates(NamedTuple):
    """The two error rates at one threshold."""

    threshold: float
    false_alarm_rate: float
    miss_rate: float


class Calibration(NamedTuple):
    """``llr = scale * score + offset``: scores to natural-log likelihood ratios, bona fide over spoof."""

    scale: float
    offset: float

    def llr(self, scores: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """The log-likelihood ratios of ``scores``.

        Parameters
        ----------
        scores : array of any shape

        Returns
        -------
        float64 array of that shape

        Raises
        ------
        ValueError
            No numbers.

        Examples
        --------
        >>> voxhumana.metrics.Calibration(2.0, 1.0).llr([0.0, 1.0]).tolist()
        [1.0, 3.0]
        """
        return self.scale * np.asarray(scores, dtype=np.float64) + self.offset


class Curve(NamedTuple):
    """A DET curve by rising threshold: from (false alarms 0, misses 1) to (1, 0)."""

    threshold: npt.NDArray[np.float64]
    false_alarm_rate: npt.NDArray[np.float64]
    miss_rate: npt.NDArray[np.float64]


def is_spoof_label(label: object) -> bool:
    """Whether a label is that of spoofs: ``spoof`` or ``synthetic``; false for ``bonafide`` or ``bona_fide``."""
    return _voxhumana.is_spoof_label(str(label))


def _column(scores: npt.ArrayLike, name: str) -> npt.NDArray[np.float64]:
    try:
        array = np.ascontiguousarray(scores, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidArgumentError(f"{name}: {error}") from None
    if np.ndim(scores) != 1:
        raise InvalidArgumentError(f"{name} have shape {np.shape(scores)}; accepted: (n,)")
    return array


class Scores:
    """Scores of bona fide and spoofed speech, checked once, ready for every metric.

    Parameters
    ----------
    bona_fide, spoof : arrays of shape (n,)
        Scores in any order, higher = more bona fide.
    """

    __slots__ = ("_inner", "_bona_fide", "_spoof")

    def __init__(self, bona_fide: npt.ArrayLike, spoof: npt.ArrayLike) -> None:
        self._bona_fide = _column(bona_fide, "bona fide scores")
        self._spoof = _column(spoof, "spoof scores")
        self._inner = _voxhumana.Scores(self._bona_fide, self._spoof)

    @classmethod
    def from_labels(cls, scores: npt.ArrayLike, is_spoof: npt.ArrayLike) -> "Scores":
        """From one array of scores and one of labels of the same length.

        Labels are truth values (true: spoof) or words, in either spelling: ``bonafide`` or ``bona_fide``, ``spoof`` or
        ``synthetic``.

        Parameters
        ----------
        scores : array of shape (n,)
            Higher = more bona fide; finite.
        is_spoof : array of shape (n,)
            True or 1 for spoofs.

        Returns
        -------
        Scores

        Raises
        ------
        InvalidArgumentError

        Examples
        --------
        >>> voxhumana.metrics.Scores.from_labels([2.0, -1.0], [False, True]).eer()[0]
        0.0
        """
        values = _column(scores, "scores")
        spoof = np.asarray(is_spoof)
        if spoof.shape == values.shape and spoof.dtype.kind in "UO":
            spoof = np.array([is_spoof_label(label) for label in spoof], dtype=bool)
        if spoof.shape != values.shape or spoof.dtype.kind not in "biu":
            raise InvalidArgumentError(
                f"is_spoof has shape {spoof.shape} and dtype {spoof.dtype}; accepted: booleans or labels of shape {values.shape}"
            )
        if not np.isin(spoof, (0, 1)).all():
            raise InvalidArgumentError(f"is_spoof holds {spoof[~np.isin(spoof, (0, 1))][0]}; accepted: 0, 1, booleans or labels")
        spoof = spoof.astype(bool)
        return cls(values[~spoof], values[spoof])

    def eer(self) -> Tuple[float, float]:
        """The equal error rate, 0 to 1, and its threshold.

        Returns
        -------
        (float, float)
            The rate, 0 to 1, and the threshold where it is.

        Examples
        --------
        >>> scores = voxhumana.metrics.Scores([2.0, 1.0, 0.5], [-2.0, -1.0, 0.7])
        >>> round(scores.eer()[0], 3)
        0.333
        """
        return self._inner.equal_error_rate()

    def eer_interval(self, resamples: int = 1000, seed: int = 0) -> Tuple[float, float]:
        """The percentile-bootstrap 95 % interval of the equal error rate.

        Parameters
        ----------
        resamples : int
            At least 1.
        seed : int
            At least 0.

        Returns
        -------
        (float, float)
            The limits of 95 %, 0 to 1.

        Raises
        ------
        InvalidArgumentError

        Examples
        --------
        >>> scores = voxhumana.metrics.Scores([2.0, 1.0, 0.5], [-2.0, -1.0, 0.7])
        >>> low, high = scores.eer_interval(resamples=100)
        >>> low <= scores.eer()[0] <= high
        True
        """
        return self._inner.eer_interval(as_count(resamples, "resamples"), as_count(seed, "seed", 0))

    def min_dcf(
        self, spoof_prior: float = 0.05, false_alarm_cost: float = 1.0, miss_cost: float = 10.0
    ) -> float:
        """Lowest normalised detection cost over all thresholds; defaults are ASVspoof 5's.

        Parameters
        ----------
        spoof_prior : float
            Share of spoofs to expect, above 0 and below 1.
        false_alarm_cost, miss_cost : float
            Costs of calling a human synthetic and of missing a spoof, above 0.

        Returns
        -------
        float
            0 without an error, 1 for a detector that does not listen.

        Raises
        ------
        InvalidArgumentError

        Examples
        --------
        >>> scores = voxhumana.metrics.Scores([2.0, 1.0, 0.5], [-2.0, -1.0, 0.7])
        >>> round(scores.min_dcf(spoof_prior=0.5), 3)
        0.333
        """
        return self._inner.min_dcf(spoof_prior, false_alarm_cost, miss_cost)

    def act_dcf(
        self, spoof_prior: float = 0.05, false_alarm_cost: float = 1.0, miss_cost: float = 10.0
    ) -> float:
        """Normalised detection cost at the Bayes threshold of scores that are natural-log likelihood ratios.

        Parameters
        ----------
        spoof_prior : float
            Share of spoofs to expect, above 0 and below 1.
        false_alarm_cost, miss_cost : float
            Costs of calling a human synthetic and of missing a spoof, above 0.

        Returns
        -------
        float
            0 without an error, 1 for a detector that does not listen; above 1 for one that is worse.

        Raises
        ------
        InvalidArgumentError

        Examples
        --------
        >>> scores = voxhumana.metrics.Scores([2.0, 1.0, 0.5], [-2.0, -1.0, 0.7])
        >>> round(scores.act_dcf(spoof_prior=0.5), 3)
        1.0
        """
        return self._inner.act_dcf(spoof_prior, false_alarm_cost, miss_cost)

    def cllr(self) -> float:
        """Cost of the log-likelihood ratios, bits: 0 is perfect, 1 is what an LLR of 0 for everything gets.

        Returns
        -------
        float
            Bits; 0 for perfect likelihood ratios, 1 for scores that say nothing.

        Examples
        --------
        >>> scores = voxhumana.metrics.Scores([2.0, 1.0, 0.5], [-2.0, -1.0, 0.7])
        >>> 0 < scores.cllr() < 1
        True
        """
        return self._inner.cllr()

    def area(self) -> float:
        """Area under the ROC: the chance that a bona fide score lies above a spoof's.

        Returns
        -------
        float

        Examples
        --------
        >>> scores = voxhumana.metrics.Scores([2.0, 1.0, 0.5], [-2.0, -1.0, 0.7])
        >>> round(scores.area(), 3)
        0.889
        """
        return self._inner.area()

    def rates_at(self, threshold: float) -> Rates:
        """The error rates when scores below ``threshold`` are called synthetic.

        Parameters
        ----------
        threshold : float
            Scores below it are called synthetic.

        Returns
        -------
        Rates

        Raises
        ------
        InvalidArgumentError

        Examples
        --------
        >>> scores = voxhumana.metrics.Scores([2.0, 1.0, 0.5], [-2.0, -1.0, 0.7])
        >>> scores.rates_at(0.0).false_alarm_rate
        0.0
        """
        if np.isnan(threshold):
            raise InvalidArgumentError("threshold is nan; accepted: any other number")
        return Rates(*self._inner.rates_at(threshold))

    def at_false_alarm_rate(self, max_false_alarm_rate: float) -> Rates:
        """The fewest misses with no more than this share of bona fide speech called synthetic.

        Parameters
        ----------
        max_false_alarm_rate : float
            0 to 1.

        Returns
        -------
        Rates

        Raises
        ------
        InvalidArgumentError

        Examples
        --------
        >>> scores = voxhumana.metrics.Scores([2.0, 1.0, 0.5], [-2.0, -1.0, 0.7])
        >>> scores.at_false_alarm_rate(0.0).false_alarm_rate
        0.0
        """
        if not 0 <= max_false_alarm_rate <= 1:
            raise InvalidArgumentError(f"max_false_alarm_rate is {max_false_alarm_rate}; accepted: 0 to 1")
        return Rates(*self._inner.at_false_alarm_rate(max_false_alarm_rate))

    def det_curve(self) -> Curve:
        """The error rates over all thresholds.

        Returns
        -------
        Curve

        Examples
        --------
        >>> scores = voxhumana.metrics.Scores([2.0, 1.0, 0.5], [-2.0, -1.0, 0.7])
        >>> float(scores.det_curve().miss_rate.max())
        1.0
        """
        return Curve(*self._inner.det_curve())

    def __repr__(self) -> str:
        return f"Scores({self._bona_fide.size} bona fide, {self._spoof.size} spoof, EER {self.eer()[0]:.2%})"

    def __reduce__(self) -> "tuple[type[Scores], tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]]":
        return Scores, (self._bona_fide, self._spoof)


def eer(bona_fide: npt.ArrayLike, spoof: npt.ArrayLike) -> float:
    """The equal error rate, 0 to 1.

    Parameters
    ----------
    bona_fide, spoof : array of shape (n,)
        Scores of either class, higher = more bona fide; finite, at least one each.

    Returns
    -------
    float
        0 to 1.

    Raises
    ------
    InvalidArgumentError

    Examples
    --------
    >>> voxhumana.metrics.eer([2.0], [-2.0])
    0.0
    """
    return Scores(bona_fide, spoof).eer()[0]


def min_dcf(
    bona_fide: npt.ArrayLike,
    spoof: npt.ArrayLike,
    spoof_prior: float = 0.05,
    false_alarm_cost: float = 1.0,
    miss_cost: float = 10.0,
) -> float:
    """Lowest normalised detection cost over all thresholds; see :meth:`Scores.min_dcf`.

    Parameters
    ----------
    bona_fide, spoof : array of shape (n,)
        Scores of either class, higher = more bona fide; finite, at least one each.
    spoof_prior : float
        Share of spoofs to expect, above 0 and below 1.
    false_alarm_cost, miss_cost : float
        Costs of calling a human synthetic and of missing a spoof, above 0.

    Returns
    -------
    float

    Raises
    ------
    InvalidArgumentError

    Examples
    --------
    >>> voxhumana.metrics.min_dcf([2.0], [-2.0])
    0.0
    """
    return Scores(bona_fide, spoof).min_dcf(spoof_prior, false_alarm_cost, miss_cost)


def act_dcf(
    bona_fide: npt.ArrayLike,
    spoof: npt.ArrayLike,
    spoof_prior: float = 0.05,
    false_alarm_cost: float = 1.0,
    miss_cost: float = 10.0,
) -> float:
    """Normalised detection cost at the Bayes threshold; see :meth:`Scores.act_dcf`.

    Parameters
    ----------
    bona_fide, spoof : array of shape (n,)
        Scores of either class, higher = more bona fide; finite, at least one each.
    spoof_prior : float
        Share of spoofs to expect, above 0 and below 1.
    false_alarm_cost, miss_cost : float
        Costs of calling a human synthetic and of missing a spoof, above 0.

    Returns
    -------
    float

    Raises
    ------
    InvalidArgumentError

    Examples
    --------
    >>> voxhumana.metrics.act_dcf([2.0], [-2.0])
    0.0
    """
    return Scores(bona_fide, spoof).act_dcf(spoof_prior, false_alarm_cost, miss_cost)


def cllr(bona_fide: npt.ArrayLike, spoof: npt.ArrayLike) -> float:
    """Cost of the log-likelihood ratios, bits.

    Parameters
    ----------
    bona_fide, spoof : array of shape (n,)
        Scores of either class, higher = more bona fide; finite, at least one each.

    Returns
    -------
    float
        Bits.

    Raises
    ------
    InvalidArgumentError

    Examples
    --------
    >>> voxhumana.metrics.cllr([0.0], [0.0])
    1.0
    """
    return Scores(bona_fide, spoof).cllr()


def det_curve(bona_fide: npt.ArrayLike, spoof: npt.ArrayLike) -> Curve:
    """The error rates over all thresholds.

    Parameters
    ----------
    bona_fide, spoof : array of shape (n,)
        Scores of either class, higher = more bona fide; finite, at least one each.

    Returns
    -------
    Curve

    Raises
    ------
    InvalidArgumentError

    Examples
    --------
    >>> len(voxhumana.metrics.det_curve([2.0], [-2.0]).threshold) > 1
    True
    """
    return Scores(bona_fide, spoof).det_curve()


def fit_calibration(
    bona_fide: npt.ArrayLike,
    spoof: npt.ArrayLike,
    spoof_prior: float = 0.5,
    bona_fide_weights: Optional[npt.ArrayLike] = None,
    spoof_weights: Optional[npt.ArrayLike] = None,
) -> Calibration:
    """The affine map that makes scores natural-log likelihood ratios: logistic regression (Brümmer and du Preez 2006)
    with Platt's targets, so that classes that do not overlap have a finite answer.

    Parameters
    ----------
    bona_fide, spoof : arrays of shape (n,)
        Scores in any order, higher = more bona fide.
    spoof_prior : float
        How much spoofs weigh in the fit, whatever their number; the result is a likelihood ratio under any prior.
    bona_fide_weights, spoof_weights : arrays of shape (n,), optional
        How much each score counts beside the others of its class.

    Returns
    -------
    Calibration

    Raises
    ------
    InvalidArgumentError
        The scores say nothing about the class.

    Examples
    --------
    >>> fitted = voxhumana.metrics.fit_calibration([0.9, 0.4, 1.2, 0.1], [-0.3, 0.2, -0.8, -0.1])
    >>> bool(fitted.llr(1.2) > fitted.llr(-0.8))
    True
    """
    weights = [
        None if w is None else _column(w, "weights") for w in (bona_fide_weights, spoof_weights)
    ]
    columns = _column(bona_fide, "bona fide scores"), _column(spoof, "spoof scores")
    return Calibration(*_voxhumana.fit_calibration(*columns, float(spoof_prior), *weights))
