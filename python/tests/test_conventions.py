"""Features of the field's libraries: the same matrices, to 1e-4, or as far as the single precision of theirs allows.

librosa and kaldi-native-fbank are asked live; torchaudio needs the one torch that it was built for, so what it gives is stored.
"""

import json
from pathlib import Path

import numpy as np
import pytest

import voxhumana

TOLERANCE = 1e-4
# Their FFT is of single precision.
KALDI_TOLERANCE = 1e-3


def speech(audio):
    """The agent of the sample call, which has a noise floor, as lines do."""
    return audio.samples[0].astype(np.float32)


LIBROSA = [
    (8000, {}),
    (8000, dict(n_fft=256, hop_length=80, n_mels=40)),
    (8000, dict(n_fft=512, win_length=200, hop_length=100, n_mels=26, fmin=100.0, fmax=3400.0)),
    (8000, dict(n_fft=513, hop_length=171, n_mels=20)),
    (16000, dict(n_fft=512, hop_length=160, n_mels=40, n_mfcc=13)),
]


@pytest.mark.parametrize("rate, options", LIBROSA)
def test_librosa(audio, rate, options):
    librosa = pytest.importorskip("librosa")
    samples = voxhumana.resample(speech(audio), audio.sample_rate, rate)
    given = dict(options)
    coefficients = given.pop("n_mfcc", None)
    # In double precision: in single, bins far below the loudest are the rounding of the FFT.
    power = librosa.feature.melspectrogram(y=samples.astype(np.float64), sr=rate, **given)
    expected = librosa.power_to_db(power, top_db=None)
    if coefficients is not None:
        expected = librosa.feature.mfcc(S=expected, n_mfcc=coefficients)
    front_end = voxhumana.FrontEnd.librosa(rate, **options)
    features = voxhumana.FeatureExtractor(front_end).extract(samples)
    assert features.shape == expected.T.shape
    assert np.ptp(expected) > 20
    np.testing.assert_allclose(features, expected.T, atol=TOLERANCE, rtol=0)


KALDI = [
    (16000, {}),
    (8000, dict(num_mel_bins=23, low_freq=64.0, high_freq=-200.0)),
    (8000, dict(num_mel_bins=40, frame_length_ms=20.0, frame_shift_ms=12.5, preemph_coeff=0.0)),
]


@pytest.mark.parametrize("scale", [1.0, 32768.0])
@pytest.mark.parametrize("rate, options", KALDI)
def test_kaldi(audio, rate, options, scale):
    knf = pytest.importorskip("kaldi_native_fbank")
    samples = voxhumana.resample(speech(audio), audio.sample_rate, rate)
    # Their FFT is of single precision: bins far below the loudest of a frame are its rounding.
    samples = (samples + 0.003 * np.random.default_rng(0).standard_normal(samples.size)).astype(np.float32)
    front_end = voxhumana.FrontEnd.kaldi(rate, **options)
    theirs = knf.FbankOptions()
    theirs.frame_opts.samp_freq = rate
    theirs.frame_opts.dither = 0.0
    theirs.frame_opts.frame_length_ms = options.get("frame_length_ms", 25.0)
    theirs.frame_opts.frame_shift_ms = options.get("frame_shift_ms", 10.0)
    theirs.frame_opts.preemph_coeff = options.get("preemph_coeff", 0.97)
    theirs.mel_opts.num_bins = options.get("num_mel_bins", 80)
    theirs.mel_opts.low_freq = options.get("low_freq", 20.0)
    theirs.mel_opts.high_freq = options.get("high_freq", 0.0)
    bank = knf.OnlineFbank(theirs)
    bank.accept_waveform(rate, (samples * scale).tolist())
    bank.input_finished()
    expected = np.stack([bank.get_frame(i) for i in range(bank.num_frames_ready)])
    features = voxhumana.FeatureExtractor(front_end).extract(samples)
    assert features.shape == expected.shape
    assert np.ptp(expected) > 5
    # Their floor lies elsewhere on another scale.
    above = features > np.log(front_end.log_floor) + 1e-3
    assert above.mean() > 0.1
    moved = expected - 2 * np.log(scale)
    np.testing.assert_allclose(features[above], moved[above], atol=KALDI_TOLERANCE, rtol=0)
    if scale == 1.0:
        np.testing.assert_allclose(features, expected, atol=KALDI_TOLERANCE, rtol=0)


TORCHAUDIO = json.loads(Path(__file__).with_name("torchaudio_matrices.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", TORCHAUDIO["cases"], ids=lambda case: "-".join(case["options"]))
def test_torchaudio(case):
    samples, expected = np.array(TORCHAUDIO["samples"]) / 32768, np.array(case["features"])
    front_end = voxhumana.FrontEnd.torchaudio(case["sample_rate_hz"], **case["options"])
    assert voxhumana.FrontEnd(**front_end.to_dict()) == front_end and front_end.convention == "torchaudio"
    extractor = voxhumana.FeatureExtractor(front_end)
    features = extractor.extract(samples)
    assert features.shape == expected.shape and np.ptp(expected) > 30
    np.testing.assert_allclose(features, expected, atol=TOLERANCE, rtol=0)
    # What is mirrored beyond the ends must be there.
    least = front_end.fft_length // 2 + 1
    assert len(extractor.extract(samples[:least])) == 1 + least // front_end.frame_shift
    with pytest.raises(voxhumana.InvalidArgumentError, match=f"accepted: {least}"):
        extractor.extract(samples[: least - 1])


def test_a_convention_travels_and_a_wrong_one_is_refused():
    front_end = voxhumana.FrontEnd.librosa()
    assert front_end.to_dict()["convention"] == "librosa"
    assert voxhumana.FrontEnd(**front_end.to_dict()) == front_end
    assert "convention" not in voxhumana.FrontEnd.preset("lfcc").to_dict()
    with pytest.raises(voxhumana.InvalidArgumentError, match="opensmile"):
        voxhumana.FeatureExtractor(front_end.replace(convention="opensmile"))
