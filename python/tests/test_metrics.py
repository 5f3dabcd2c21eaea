import pickle

import numpy as np
import pytest

import voxhumana
from voxhumana import metrics


@pytest.fixture(scope="module")
def draws():
    rng = np.random.default_rng(3)
    # Rounded, so that there are ties.
    return rng.normal(1, 1, 400).round(1), rng.normal(-1, 1.3, 500).round(1)


def test_the_area_and_the_curve_are_those_of_scikit_learn(draws):
    sklearn = pytest.importorskip("sklearn.metrics")
    bona_fide, spoof = draws
    labels = np.r_[np.ones(bona_fide.size), np.zeros(spoof.size)]
    scores = np.r_[bona_fide, spoof]
    ours = metrics.Scores(bona_fide, spoof)
    assert ours.area() == pytest.approx(sklearn.roc_auc_score(labels, scores))
    accepted_spoofs, accepted, thresholds = sklearn.roc_curve(labels, scores, drop_intermediate=False)
    curve = ours.det_curve()
    for t, fpr, tpr in zip(thresholds[1:], accepted_spoofs[1:], accepted[1:]):
        rates = ours.rates_at(t)
        assert rates.miss_rate == pytest.approx(fpr) and rates.false_alarm_rate == pytest.approx(1 - tpr)
        assert t in curve.threshold
    assert (np.diff(curve.false_alarm_rate) >= 0).all() and (np.diff(curve.miss_rate) <= 0).all()


def test_costs_by_their_definitions(draws):
    bona_fide, spoof = draws
    scores = metrics.Scores(bona_fide, spoof)
    bits = 0.5 * (np.log2(1 + np.exp(-bona_fide)).mean() + np.log2(1 + np.exp(spoof)).mean())
    assert scores.cllr() == metrics.cllr(bona_fide, spoof) == pytest.approx(bits)
    curve = metrics.det_curve(bona_fide, spoof)
    cost = (0.95 * curve.false_alarm_rate + 0.5 * curve.miss_rate) / 0.5
    assert metrics.min_dcf(bona_fide, spoof) == pytest.approx(cost.min())
    at = scores.rates_at(np.log(0.5 / 0.95))
    assert metrics.act_dcf(bona_fide, spoof) == pytest.approx((0.95 * at.false_alarm_rate + 0.5 * at.miss_rate) / 0.5)
    rate, threshold = scores.eer()
    assert rate == metrics.eer(bona_fide, spoof)
    at = scores.rates_at(threshold)
    assert rate == pytest.approx((at.false_alarm_rate + at.miss_rate) / 2)
    low, high = scores.eer_interval(200)
    assert low <= rate <= high and high - low < 0.1
    assert scores.at_false_alarm_rate(0.01).false_alarm_rate <= 0.01


def test_the_calibration_is_the_best_affine_map(draws):
    bona_fide, spoof = 3 * draws[0] + 1, 3 * draws[1] + 1
    fitted = metrics.fit_calibration(bona_fide, spoof)
    calibrated = metrics.cllr(fitted.llr(bona_fide), fitted.llr(spoof))
    assert calibrated < metrics.cllr(bona_fide, spoof)
    # Platt's targets move it in the third digit: no step that is longer does better.
    for scale, offset in [(1.1, 0), (0.9, 0), (1, 0.2), (1, -0.2)]:
        other = metrics.Calibration(fitted.scale * scale, fitted.offset + offset)
        assert metrics.cllr(other.llr(bona_fide), other.llr(spoof)) > calibrated
    # What is not counted does not matter.
    weights = np.r_[np.ones(400), np.full(50, 1e-9)]
    with_others = metrics.fit_calibration(np.r_[bona_fide, spoof[:50]], spoof, bona_fide_weights=weights)
    assert with_others == pytest.approx(fitted, abs=1e-4)


def test_a_calibration_that_cannot_be_is_refused():
    for bona_fide, spoof, options, word in [
        ([1.0], [2.0], {}, "higher for bona fide"),
        ([1.0], [1.0], {}, "standard deviation"),
        ([1.0], [0.0], {"spoof_prior": 1.0}, "spoof_prior"),
        ([1.0], [0.0], {"spoof_weights": [1.0, 1.0]}, "one per score"),
    ]:
        with pytest.raises(voxhumana.InvalidArgumentError, match=word):
            metrics.fit_calibration(bona_fide, spoof, **options)


def test_labels_and_travel(draws):
    bona_fide, spoof = draws
    both = metrics.Scores.from_labels(np.r_[bona_fide, spoof], np.r_[np.zeros(400), np.ones(500)].astype(int))
    assert both.eer() == metrics.Scores(bona_fide, spoof).eer()
    assert pickle.loads(pickle.dumps(both)).cllr() == both.cllr()
    assert "400 bona fide, 500 spoof" in repr(both)


@pytest.mark.parametrize(
    "bona_fide, spoof",
    [([], [1.0]), ([1.0], []), ([np.nan], [1.0]), ([np.inf], [0.0]), ([[1.0]], [0.0]), (["a"], [0.0]), (1.0, [0.0])],
)
def test_bad_scores_are_refused(bona_fide, spoof):
    with pytest.raises(voxhumana.InvalidArgumentError):
        metrics.eer(bona_fide, spoof)


def test_bad_costs_are_refused():
    for bad in [(0.0, 1, 1), (1.0, 1, 1), (0.5, 0, 1), (0.5, 1, -1), (float("nan"), 1, 1)]:
        with pytest.raises(voxhumana.InvalidArgumentError, match="accepted"):
            metrics.min_dcf([1.0], [0.0], *bad)
    with pytest.raises(voxhumana.InvalidArgumentError, match="booleans"):
        metrics.Scores.from_labels([1.0, 2.0], [0.5, 0.1])


def test_labels_are_read_in_both_spellings():
    by_truth = metrics.Scores.from_labels([1.0, 2.0, 3.0], [True, False, False])
    for labels in (["spoof", "bonafide", "bona_fide"], ["synthetic", "bona-fide", "bonafide"]):
        assert metrics.Scores.from_labels([1.0, 2.0, 3.0], labels).cllr() == by_truth.cllr()
    with pytest.raises(voxhumana.InvalidArgumentError, match="human"):
        metrics.Scores.from_labels([1.0, 2.0], ["spoof", "human"])
