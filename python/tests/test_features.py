import json

import numpy as np
import pytest

import voxhumana
from conftest import REPOSITORY


def test_the_reference_values_of_scipy():
    fixture = json.loads((REPOSITORY / "tests" / "data" / "features.json").read_text())
    samples = np.array(fixture["samples"], np.int16)
    for case in fixture["cases"]:
        extractor = voxhumana.FeatureExtractor(case["front_end"])
        features = extractor.extract(samples)
        assert features.dtype == np.float32
        assert features.shape == (extractor.frames(samples.size), extractor.bins)
        np.testing.assert_allclose(features, case["features"], atol=1e-4)
        batch = extractor.extract_batch(np.stack([samples, samples[::-1]]))
        np.testing.assert_array_equal(batch[0], features)


@pytest.mark.parametrize("kind", ["log_linear", "log_mel", "lfcc", "mfcc", "log_spectrum", "phase", "kaldi"])
def test_presets(kind, tone):
    front_end = voxhumana.FrontEnd.preset(kind)
    features = voxhumana.extract_features(tone, 16000, kind)
    assert np.isfinite(features).all() and features.shape[0] > 190
    np.testing.assert_array_equal(features, voxhumana.extract_features(tone, 16000, front_end))
    assert voxhumana.FrontEnd(**front_end.to_dict()) == front_end
    assert voxhumana.FeatureExtractor(front_end).front_end == front_end


def test_a_tone_is_where_it_should_be(tone):
    spectrum = voxhumana.extract_features(tone, 16000, "log_spectrum")
    assert abs(spectrum.mean(axis=0).argmax() * 16000 / 512 - 440) < 32


def test_bad_front_ends_are_refused_by_field():
    good = voxhumana.FrontEnd.preset("lfcc")
    for field, value in [("bands", 0), ("high_hz", 9000.0), ("kind", "cqt"), ("frame_shift", 0), ("window", "kaiser")]:
        with pytest.raises(voxhumana.InvalidArgumentError, match=field if field not in ("kind", "window") else value):
            voxhumana.FeatureExtractor(good.replace(**{field: value}))
    for nonsense in ("{", "{}", {"kind": object()}, 5):
        with pytest.raises(voxhumana.InvalidArgumentError):
            voxhumana.FeatureExtractor(nonsense)
    with pytest.raises(voxhumana.InvalidArgumentError, match="log_mel"):
        voxhumana.FrontEnd.preset("wavelet")


def test_bad_samples_are_refused(tone):
    extractor = voxhumana.FeatureExtractor(voxhumana.FrontEnd.preset("lfcc"))
    with pytest.raises(voxhumana.InvalidArgumentError, match="number of samples"):
        extractor.extract(tone[:10])
    with pytest.raises(voxhumana.InvalidArgumentError, match="shape"):
        extractor.extract(tone[np.newaxis])
    with pytest.raises(voxhumana.InvalidArgumentError, match="shape"):
        extractor.extract_batch(tone)
    with pytest.raises(voxhumana.InvalidArgumentError, match="nan"):
        extractor.extract(np.full(1000, np.nan))
    with pytest.raises(voxhumana.InvalidArgumentError, match="accepted: 16000"):
        voxhumana.extract_features(tone, 8000, voxhumana.FrontEnd.preset("lfcc"))


def test_decode_and_resample(audio, call):
    samples, rate = audio
    assert samples.dtype == np.float32 and samples.shape[0] == 2 and rate == audio.sample_rate
    assert abs(samples).max() <= 1 and not audio.truncated
    again = voxhumana.decode(call.read_bytes(), sample_rate=2 * rate)
    assert again.sample_rate == 2 * rate and again.samples.shape == (2, 2 * samples.shape[1])
    up = voxhumana.resample(samples, rate, 2 * rate)
    np.testing.assert_allclose(up, again.samples, atol=1e-6)
    down = voxhumana.resample(up[0], 2 * rate, rate)
    assert down.ndim == 1 and down.size == samples.shape[1]
    middle = slice(2000, -2000)
    assert np.sqrt(np.mean((down - samples[0])[middle] ** 2)) < 0.02 * np.sqrt(np.mean(samples[0][middle] ** 2))
    with pytest.raises(voxhumana.InvalidArgumentError):
        voxhumana.resample(samples, 0, 8000)


def test_speech_is_found(audio, report):
    spans = voxhumana.find_speech(audio.samples[0], audio.sample_rate)
    total = sum(b - a for a, b in spans)
    assert total == pytest.approx(report.channels[0].speech_s, abs=0.5)
    assert voxhumana.find_speech(np.zeros(16000), 16000) == []
    assert voxhumana.find_speech(np.zeros(0), 16000) == []


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 44100])
def test_pitch_is_found_at_any_rate(rate):
    buzz = np.sin(2 * np.pi * 210 * np.arange(rate) / rate) ** 5
    assert voxhumana.median_pitch(buzz, rate) == pytest.approx(210, rel=0.01)
    assert voxhumana.median_pitch(np.zeros(rate), rate) is None
    assert voxhumana.median_pitch(np.zeros(0), rate) is None
