"""What check_estimator checks, as far as it applies to recordings."""

import pickle
import warnings

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import voxhumana
from voxhumana._bootstrap import Bootstrap
from voxhumana.sklearn import DeepfakeClassifier, FeatureExtractor


@pytest.fixture(scope="module")
def clips():
    rng = np.random.default_rng(0)
    t = np.arange(8000) / 16000
    noise = [0.1 * rng.standard_normal(8000) for _ in range(12)]
    tones = [0.1 * np.sin(2 * np.pi * f * t) for f in rng.uniform(200, 2000, 12)]
    return np.array(noise + tones, np.float32), np.array(["noise"] * 12 + ["tone"] * 12)


@pytest.mark.parametrize("estimator", [DeepfakeClassifier(sample_rate=16000, runtime="tract"), FeatureExtractor()])
def test_conventions(estimator, clips):
    X, _ = clips
    before = estimator.get_params()
    fitted = clone(estimator)
    assert fitted.fit(X) is fitted
    assert fitted.get_params() == before, "fit leaves the parameters alone"
    assert clone(fitted).get_params() == before
    assert fitted.set_params(**before) is fitted
    assert all(name.endswith("_") for name in set(vars(fitted)) - set(before))
    assert "(" in repr(estimator)
    again = pickle.loads(pickle.dumps(fitted))
    method = "decision_function" if hasattr(fitted, "predict") else "transform"
    expected = getattr(fitted, method)(X[:3])
    np.testing.assert_allclose(getattr(again, method)(X[:3]), expected, atol=1e-6)
    # One by one gives the same as together.
    np.testing.assert_allclose([getattr(fitted, method)(X[i : i + 1])[0] for i in range(3)], expected, atol=1e-6)
    with pytest.raises(NotFittedError):
        getattr(clone(estimator), method)(X)
    with pytest.raises(voxhumana.InvalidArgumentError, match="sequence"):
        getattr(fitted, method)("call.wav")
    with pytest.raises(ValueError):
        getattr(fitted, method)([np.array([0.0, np.nan])])


def test_the_classifier_agrees_with_the_detector(call, report, audio, detector):
    with pytest.warns(UserWarning, match="not calibrated"):
        classifier = DeepfakeClassifier(runtime="tract").fit([call], ["synthetic"])
    assert classifier.calibration_ is None
    assert classifier.classes_.tolist() == ["bona_fide", "synthetic"]
    worst = min(c.llr for c in report.channels)
    threshold = report.threshold_llr
    np.testing.assert_allclose(classifier.decision_function([call]), [threshold - worst])
    assert classifier.predict([call]) == ["synthetic" if worst < threshold else "bona_fide"]
    proba = classifier.predict_proba([str(call)])
    assert proba.shape == (1, 2) and proba.sum() == pytest.approx(1)
    point = detector.operating_point
    odds = point["spoof_prior"] / (1 - point["spoof_prior"]) * np.exp(-worst)
    assert proba[0, 1] == pytest.approx(odds / (1 + odds))
    half = DeepfakeClassifier(runtime="tract", spoof_prior=0.5, sample_rate=16000).fit([])
    assert half.predict_proba([np.zeros(100)])[0].tolist() == [0.5, 0.5]
    assert half.predict([]).shape == (0,)
    assert half.score([np.zeros(100)], half.predict([np.zeros(100)])) == 1
    with pytest.raises(voxhumana.InvalidArgumentError, match="accepted"):
        DeepfakeClassifier(runtime="tract").fit([call], ["fake"])
    with pytest.raises(voxhumana.InvalidArgumentError, match="one per recording"):
        DeepfakeClassifier(runtime="tract").fit([call], ["synthetic"] * 2)
    with pytest.raises(voxhumana.InvalidArgumentError, match="spoof_prior"):
        DeepfakeClassifier(runtime="tract", spoof_prior=1.0).fit([])


def test_features_in_a_pipeline(clips):
    X, y = clips
    pipeline = make_pipeline(FeatureExtractor("lfcc"), StandardScaler(), LogisticRegression())
    assert cross_val_score(pipeline, X, y, cv=3).mean() == 1
    names = pipeline[0].fit(X).get_feature_names_out()
    assert names[0] == "lfcc_0_mean" and len(names) == pipeline[0].transform(X).shape[1] == 120


def test_features_of_files_and_other_rates(call, audio):
    extractor = FeatureExtractor("mfcc", pooling=None).fit([])
    (of_file,) = extractor.transform([call])
    other = FeatureExtractor("mfcc", input_rate=audio.sample_rate, pooling=None).fit([])
    (of_array,) = other.transform([audio.samples])
    np.testing.assert_allclose(of_file, of_array, atol=1e-3)
    assert FeatureExtractor(pooling="mean").fit([]).transform([]).shape == (0, 60)
    for bad in ({"pooling": "max"}, {"front_end": "cqt"}, {"front_end": voxhumana.FrontEnd.preset("lfcc", 8000)}):
        with pytest.raises(voxhumana.InvalidArgumentError):
            FeatureExtractor(**bad).fit([])


@pytest.fixture(scope="module")
def labelled(audio):
    """Cuts of both sides of the sample call, a synthesiser and a person."""
    rng = np.random.default_rng(3)
    length = 8 * audio.sample_rate
    cuts = [(side, int(s)) for side in (0, 1) for s in rng.integers(0, audio.samples.shape[1] - length, 14)]
    X = [audio.samples[side, start : start + length] for side, start in cuts]
    return X, ["synthetic" if side == 0 else "bona_fide" for side, _ in cuts]


def test_a_ratio_has_an_interval(call, labelled, audio):
    classifier = DeepfakeClassifier(runtime="tract", sample_rate=audio.sample_rate).fit([])
    short = audio.samples[0, : 9 * audio.sample_rate]
    recordings = [short, np.tile(short, 4), np.zeros(16000)]
    llr, ends = classifier.log_likelihood_ratio(recordings), classifier.log_likelihood_ratio_interval(recordings)
    assert ends.shape == (3, 2) and np.isnan(ends[2]).all()
    assert (ends[:2, 0] < llr[:2]).all() and (llr[:2] < ends[:2, 1]).all()
    again = classifier.log_likelihood_ratio_interval([short])
    np.testing.assert_array_equal(again[0], ends[0])
    narrow = classifier.log_likelihood_ratio_interval([short], level=0.5)
    assert narrow[0, 0] > ends[0, 0] and narrow[0, 1] < ends[0, 1]
    # Of a call, the worst channel.
    [(low, high)] = classifier.log_likelihood_ratio_interval([call])
    assert low < classifier.log_likelihood_ratio([call])[0] < high
    X, y = labelled
    fitted = DeepfakeClassifier(runtime="tract", sample_rate=audio.sample_rate).fit(X, y)
    np.testing.assert_allclose(fitted.log_likelihood_ratio_interval([short])[0], fitted.calibration_.llr(ends[0]))
    for wrong in ({"level": 1.0}, {"draws": 1}):
        with pytest.raises(voxhumana.InvalidArgumentError, match=next(iter(wrong))):
            classifier.log_likelihood_ratio_interval([short], **wrong)


def test_the_interval_is_as_wide_as_other_recordings_differ(detector):
    metadata, rng = detector.metadata, np.random.default_rng(5)
    decider, bootstrap = voxhumana.Decider(metadata), Bootstrap(metadata)

    def recording(n):
        start = np.arange(float(n))
        return voxhumana.Windows(start, start + 1, rng.normal(0.5, 1.0, n), np.full(n, metadata["domain_threshold"] + 5))

    def spread(n):
        return np.mean([np.std(bootstrap.llrs([(recording(n), float(n))], 200, rng)) for _ in range(12)])

    others = np.std([decider.decide(recording(40), 40.0).llr for _ in range(400)])
    assert 0.8 * others < spread(40) < 1.2 * others
    assert 0.4 * others < spread(160) < 0.6 * others, "four times the speech, half the interval"


def test_labels_calibrate(labelled, audio):
    X, y = labelled
    plain = DeepfakeClassifier(runtime="tract", sample_rate=audio.sample_rate).fit(X)
    fitted = DeepfakeClassifier(runtime="tract", sample_rate=audio.sample_rate).fit(X, y)
    assert plain.calibration_ is None and fitted.calibration_.scale > 0
    before, after = plain.log_likelihood_ratio(X), fitted.log_likelihood_ratio(X)
    heard = before != 0
    np.testing.assert_allclose(after[heard], fitted.calibration_.llr(before[heard]))
    spoof = np.array([label == "synthetic" for label in y])
    cllr = lambda llrs: voxhumana.metrics.cllr(llrs[heard & ~spoof], llrs[heard & spoof])
    # The bundled model's own scale is good on this call: no worse than that, and better than one that is off.
    assert cllr(after) < cllr(before) + 0.01 and cllr(after) < cllr(before - 2.0) - 0.01
    other = ["spoof" if label == "synthetic" else "bonafide" for label in y]
    assert fitted.score(X, y) == fitted.score(X, other) > 0.9
    with pytest.raises(voxhumana.InvalidArgumentError, match="no higher for bona fide speech"):
        swapped = ["bona_fide" if label == "synthetic" else "synthetic" for label in y]
        DeepfakeClassifier(runtime="tract", sample_rate=audio.sample_rate).fit(X, swapped)


def test_operating_points_are_searched(labelled, audio):
    X, y = labelled
    grid = {"operating_point": ["balanced", "low-false-alarm"]}
    search = GridSearchCV(DeepfakeClassifier(runtime="tract", sample_rate=audio.sample_rate), grid, cv=2)
    with warnings.catch_warnings():
        # Half of the recordings are too few of a class to calibrate by.
        warnings.simplefilter("ignore", UserWarning)
        search.fit(X, np.array(y))
    assert search.best_params_["operating_point"] in grid["operating_point"] and search.best_score_ > 0.5
