"""Examinations: what a report rests on."""

import numpy as np
import pytest

import voxhumana


@pytest.fixture(scope="module")
def examination(detector, call):
    return detector.examine(call)


def test_the_report_is_that_of_a_scan(detector, call, examination):
    assert examination.report == detector.scan(call)
    assert examination.frames == round(examination.report.duration_s * examination.report.input.sample_rate_hz)
    assert len(examination.samples_sha256) == 64


def test_windows_lie_in_the_recording_in_the_order_of_time(examination):
    channels = examination.report.channels
    assert len(examination.windows) == len(examination.decisions) == len(channels)
    for channel, windows in zip(channels, examination.windows):
        assert len(windows) > 0
        for column in (windows.start_s, windows.end_s, windows.score, windows.domain):
            assert column.dtype == np.float64 and column.shape == (len(windows),)
        assert (np.diff(windows.start_s) > 0).all() and (windows.start_s < windows.end_s).all()
        assert windows.end_s.max() <= examination.report.duration_s
        assert np.isfinite(windows.score).all()


def test_the_decision_is_what_the_report_says(examination):
    for channel, decision in zip(examination.report.channels, examination.decisions):
        for name in ("verdict", "reason", "llr", "decided_by", "decision_llr", "synthetic_probability", "worst_stretch"):
            assert getattr(decision, name) == getattr(channel, name), name
        assert decision.threshold_llr == examination.report.threshold_llr
        assert 0 < decision.counted_speech_s <= channel.speech_s


def test_samples_give_what_their_file_gives(detector, call, examination):
    audio = voxhumana.decode(call)
    again = detector.examine(audio.samples, audio.sample_rate)
    assert again.samples_sha256 == examination.samples_sha256
    for a, b in zip(again.windows, examination.windows):
        np.testing.assert_array_equal(a.score, b.score)
    with pytest.raises(voxhumana.InvalidArgumentError, match="sample_rate goes with an array"):
        detector.examine(call, 8000)


def test_a_table_has_a_row_for_each_window(examination):
    pytest.importorskip("pandas")
    table = examination.to_pandas()
    assert len(table) == sum(map(len, examination.windows))
    assert list(table) == ["channel_index", "channel_name", "start_s", "end_s", "score", "domain"]
