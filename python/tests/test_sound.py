"""The sound behind a report: in its picture, its page and the notebook's player."""

import base64
import dataclasses
import io
import re
import wave

import matplotlib.pyplot as plt
import numpy as np
import pytest

import voxhumana
from voxhumana import _html


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def raw_report(tmp_path_factory, audio):
    path = tmp_path_factory.mktemp("raw") / "call.slin"
    path.write_bytes(np.round(audio.samples.T * 32767).astype("<i2").tobytes())
    return voxhumana.scan(path, raw=("slin", audio.sample_rate, 2), runtime="tract")


def players(text):
    """The recordings inside a page."""
    found = re.findall(r"data:audio/wav;base64,([A-Za-z0-9+/=]+)", text)
    return [wave.open(io.BytesIO(base64.b64decode(data))) for data in found]


def test_a_headerless_file_is_read_as_it_was_scanned(raw_report, audio):
    assert len(raw_report.plot().axes) == 6
    for text in (raw_report.to_html(), raw_report._repr_html_()):
        [inside] = players(text)
        assert (inside.getnchannels(), inside.getframerate()) == (2, audio.sample_rate)
        samples = np.frombuffer(inside.readframes(inside.getnframes()), "<i2").reshape(-1, 2).T / 32768
        assert samples.shape == audio.samples.shape
        np.testing.assert_allclose(samples, audio.samples, atol=2e-4)


def test_of_some_tracks_the_recording_must_be_given(report, audio):
    # As of a file of two tracks with `track=1`: what is decoded again has both.
    track = dataclasses.replace(
        report, channels=report.channels[:1], input=dataclasses.replace(report.input, channels=1)
    )
    for form in (track.plot, track.to_html):
        with pytest.raises(voxhumana.InvalidArgumentError, match="has 2 channels; accepted: 1.*audio="):
            form()
        with pytest.raises(voxhumana.InvalidArgumentError, match="audio has 2 channels; accepted: 1"):
            form(audio=audio)
    assert "<audio" not in track._repr_html_()
    one = (audio.samples[0], audio.sample_rate)
    assert len(track.plot(one).axes) == 3
    [inside] = players(track.to_html(audio=one))
    assert inside.getnchannels() == 1


def test_a_report_of_the_mean_has_all_that_were_mixed(call, audio):
    mixed = voxhumana.scan(call, mix=True, runtime="tract")
    assert len(mixed.plot().axes) == 3
    np.testing.assert_array_equal(mixed.plot().axes[0].images[0].get_array(), mixed.plot(audio).axes[0].images[0].get_array())
    for text in (mixed.to_html(), mixed._repr_html_()):
        assert [inside.getnchannels() for inside in players(text)] == [2]
    with pytest.raises(voxhumana.InvalidArgumentError, match="channels"):
        mixed.plot((np.zeros((3, 8000), np.float32), 8000))


def test_a_file_that_has_grown_is_not_put_into_a_notebook(report, monkeypatch):
    half = dataclasses.replace(report, duration_s=report.duration_s / 2)
    assert "<audio" in half._repr_html_()
    bound = 2 * report.duration_s * report.input.sample_rate_hz * report.input.channels * 0.75
    monkeypatch.setattr(_html, "MAX_PLAYER_BYTES", bound)
    assert "<audio" not in half._repr_html_()
