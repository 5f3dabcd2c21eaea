"""Samples of every type and order that other libraries hand out give the scores of the same samples as floats."""

import io
import os

import numpy as np
import pytest

import voxhumana


@pytest.fixture(scope="module")
def whole(audio):
    return np.round(audio.samples * 32768).clip(-32768, 32767).astype(np.int16)


@pytest.fixture(scope="module")
def expected(detector, whole, audio):
    return detector.scan(whole, audio.sample_rate)


def same(report, expected, tolerance=1e-4):
    for c, e in zip(report.channels, expected.channels):
        assert c.llr == pytest.approx(e.llr, abs=tolerance)
        assert (c.verdict, c.reason) == (e.verdict, e.reason)
    return True


@pytest.mark.parametrize(
    "convert",
    [
        lambda x: x.astype(">i2"),
        lambda x: x.astype(np.int32) << 16,
        lambda x: (x.astype(np.int32) << 16).astype(">i4"),
        lambda x: (x.astype(np.int32) + 32768).astype(np.uint16),
        lambda x: (x.astype(np.int64) * 65536 + 2**31).astype(np.uint32),
        lambda x: (x / 32768).astype(">f4"),
        lambda x: (x / 32768).astype(np.longdouble),
        lambda x: np.asfortranarray(x / 32768),
    ],
)
def test_the_type_is_the_scale(detector, whole, audio, expected, convert):
    assert same(detector.scan(convert(whole), audio.sample_rate), expected)


@pytest.mark.parametrize(
    "convert, bits",
    [
        (lambda x: (x >> 8).astype(np.int8), 8),
        (lambda x: ((x >> 8) + 128).astype(np.uint8), 8),
        (lambda x: (x / 32768).astype(np.float16), 11),
    ],
)
def test_coarse_types_give_the_scores_of_what_they_hold(detector, whole, audio, convert, bits):
    coarse = convert(whole)
    as_floats = coarse.astype(np.float32)
    if coarse.dtype.kind != "f":
        as_floats = (as_floats - (128 if coarse.dtype.kind == "u" else 0)) / 128
    assert np.abs(as_floats - whole / 32768).max() <= 2.0 ** (1 - bits)
    assert same(detector.scan(coarse, audio.sample_rate), detector.scan(as_floats, audio.sample_rate), 1e-6)


@pytest.mark.parametrize("times", [32768, 2**31])
def test_floats_of_another_scale_are_scanned_with_a_word(detector, whole, audio, expected, times):
    floats = (whole / 32768 * times).astype(np.float32)
    with pytest.warns(UserWarning, match="beyond the full scale of 1"):
        report = detector.scan(floats, audio.sample_rate)
    assert same(report, expected)
    assert report.input.clipped_share == expected.input.clipped_share


def test_floats_beyond_full_scale_are_not_clipped(detector, whole, audio, expected):
    with pytest.warns(UserWarning, match="divided by"):
        report = detector.scan((whole / np.abs(whole).max() * 10).astype(np.float32), audio.sample_rate)
    assert [c.reason for c in report.channels] == [c.reason for c in expected.channels]
    # The scores are those of another level, which the front end takes out.
    assert same(report, expected, 0.05)


def test_scipy_s_pair_is_taken(detector, whole, audio, expected):
    assert same(detector.scan((audio.sample_rate, whole.T)), expected)
    assert same(detector.scan((audio.sample_rate, whole[0])), detector.scan(whole[0], audio.sample_rate))
    assert same(detector.examine((audio.sample_rate, whole.T)).report, expected)


def test_a_file_object_at_its_end_is_told_from_an_empty_recording(detector, call, report):
    data = call.read_bytes()
    for move in (len(data), len(data) + 10):
        file = io.BytesIO(data)
        file.seek(move)
        with pytest.raises(voxhumana.InvalidArgumentError, match=r"seek\(0\)"):
            detector.scan(file)
    written = io.BytesIO()
    written.write(data)
    with pytest.raises(voxhumana.InvalidArgumentError, match="its end"):
        voxhumana.decode(written)
    # From elsewhere on, it is read from there.
    behind = io.BytesIO(b"xyz" + data)
    behind.seek(3)
    assert same(detector.scan(behind), report, 1e-9)


def test_the_bytes_of_a_path_are_told_from_a_recording(detector, call):
    with pytest.raises(voxhumana.InvalidArgumentError, match="give its path as a str"):
        detector.scan(os.fsencode(call))
