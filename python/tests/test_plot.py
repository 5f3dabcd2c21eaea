import dataclasses

import matplotlib.pyplot as plt
import numpy as np
import pytest

import voxhumana


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


def test_a_call_has_three_panels_per_channel(report, tmp_path):
    figure = report.plot()
    assert len(figure.axes) == 6
    left = figure.axes[0]
    assert left.get_title("left") == "left"
    assert f"LLR {report.channels[0].llr:+.2f}" in left.get_title("right")
    assert figure.axes[2].lines, "the score timeline is drawn"
    assert figure.axes[1].collections, "the speech is drawn"
    figure.savefig(tmp_path / "call.png")
    assert (tmp_path / "call.png").stat().st_size > 20_000


def test_samples_are_needed_when_there_is_no_file(detector, audio):
    report = detector.scan(audio.samples[0], audio.sample_rate)
    with pytest.raises(voxhumana.InvalidArgumentError, match="audio="):
        report.plot()
    assert len(report.plot((audio.samples[0], audio.sample_rate), max_hz=3000, title="$x$").axes) == 3
    with pytest.raises(voxhumana.InvalidArgumentError, match="max_hz"):
        report.plot((audio.samples[0], audio.sample_rate), max_hz=1e6)
    with pytest.raises(voxhumana.InvalidArgumentError, match="audio has 2 channels; accepted: 1"):
        report.plot(audio)
    with pytest.raises(voxhumana.InvalidArgumentError, match="channels"):
        dataclasses.replace(report, channels=report.channels * 3).plot(audio)


def test_nothing_to_show_is_shown(detector, tmp_path):
    for n in (0, 10, 16000, 16000 * 130):
        silence = np.zeros(n, np.float32)
        report = detector.scan(silence, 16000)
        report.plot((silence, 16000)).savefig(tmp_path / "silence.png")
