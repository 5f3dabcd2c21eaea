"""What the scores rest on."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import voxhumana
from conftest import REPOSITORY
from voxhumana._spans import spoken


@pytest.fixture(scope="module")
def explanations(detector, call):
    return detector.explain(call)


def test_bands_and_stretches_of_each_window(detector, call, report, explanations):
    assert len(explanations) == len(report.channels)
    windows = detector.examine(call).windows
    for explanation, scored in zip(explanations, windows):
        n = len(explanation)
        assert 0 < n <= 32 and n <= len(scored)
        assert explanation.band_edges_hz.tolist() == list(range(0, 8001, 500))
        assert explanation.bands.shape == (n, 16) and explanation.by_band.shape == (16,)
        assert explanation.stretches.shape == explanation.stretch_start_s.shape == (n, 4)
        assert np.isin(explanation.start_s, scored.start_s).all()
        assert (explanation.stretch_start_s[:, 0] >= explanation.start_s).all()
        assert (explanation.stretch_end_s <= explanation.end_s[:, np.newaxis] + 1e-9).all()
        assert (explanation.stretch_start_s < explanation.stretch_end_s).all()
        calibration = detector.metadata["calibration"]
        of = scored.score[np.isin(scored.start_s, explanation.start_s)]
        np.testing.assert_allclose(explanation.llr, calibration["scale"] * of + calibration["offset"], atol=1e-3)
        # Something matters.
        assert abs(explanation.bands).max() > 0.01 and abs(explanation.stretches).max() > 0.01
    assert "speaks most for synthesis" in repr(explanations[0])


def test_what_a_rigged_model_hears_is_named(audio):
    tiny = voxhumana.Detector(REPOSITORY / "tests" / "fixtures" / "tiny.onnx", runtime="tract")
    samples = voxhumana.resample(audio.samples[0], audio.sample_rate, 16000)
    # The tiny model takes sound around 7 kHz for synthesis.
    tone = 0.1 * np.sin(2 * np.pi * 7000 * np.arange(samples.size) / 16000)
    [explanation] = tiny.explain(samples + tone.astype(np.float32), 16000)
    assert explanation.by_band.argmin() in (13, 14)
    assert "6500" in repr(explanation) or "7000" in repr(explanation)


def test_a_report_is_explained_by_its_detector(detector, call, report, audio, explanations):
    for again in (report.explain(detector=detector), report.explain(audio, detector=detector)):
        np.testing.assert_allclose(again[0].bands, explanations[0].bands, atol=1e-6)
    tiny = voxhumana.Detector(REPOSITORY / "tests" / "fixtures" / "tiny.onnx", runtime="tract")
    with pytest.raises(voxhumana.InvalidArgumentError, match="detector="):
        report.explain(detector=tiny)
    alone = detector.scan(audio.samples[0], audio.sample_rate)
    with pytest.raises(voxhumana.InvalidArgumentError, match="audio="):
        alone.explain(detector=detector)
    with pytest.raises(voxhumana.InvalidArgumentError, match="channels"):
        alone.explain(audio, detector=detector)


def test_nothing_is_drawn_where_nobody_speaks(report, explanations):
    # Windows are cut from speech without its pauses: their times reach over those.
    assert spoken(0.5, 5.5, [(0.0, 1.0), (5.0, 6.5), (7.0, 9.0)]) == [(0.5, 1.0), (5.0, 5.5)]
    assert spoken(1.0, 5.0, [(0.0, 1.0), (5.0, 6.5)]) == []
    assert spoken(1.0, 5.0, []) == [(1.0, 5.0)]
    explanation, channel = explanations[0], report.channels[0]
    assert explanation.speech_spans == channel.speech_spans
    pauses = [(a, b) for (_, a), (b, _) in zip(channel.speech_spans, channel.speech_spans[1:]) if b - a > 0.5]
    shared = lambda a, b: np.minimum(explanation.stretch_end_s, b) - np.maximum(explanation.stretch_start_s, a)
    over = [(a, b) for a, b in pauses if (shared(a, b) > 0.9 * (b - a)).any()]
    assert over, "the sample call has such a stretch"
    bands, _, stretches, _ = explanation.plot().axes
    drawn = [path.get_extents() for shape in [*bands.collections, *stretches.collections] for path in shape.get_paths()]
    meshes = [mesh.get_coordinates()[..., 0] for mesh in bands.collections]
    spans = [(box.x0, box.x1) for box in drawn] + [(float(x.min()), float(x.max())) for x in meshes]
    spans += [(s.get_xdata()[0], s.get_xdata()[-1]) for s in report.plot().axes[2].lines if len(s.get_xdata()) and s.get_linestyle() == "-"]
    assert len(spans) > 50
    for start, end in pauses:
        assert not [s for s in spans if s[0] < end - 1e-6 and s[1] > start + 1e-6]
    plt.close("all")


def test_pictures(detector, explanations, tmp_path):
    figure = explanations[0].plot(title="the $agent")
    figure.savefig(tmp_path / "why.png")
    assert (tmp_path / "why.png").stat().st_size > 20_000
    [nothing] = detector.explain(np.zeros(16000), 16000)
    assert len(nothing) == 0 and np.isnan(nothing.by_band).all() and "no windows" in repr(nothing)
    nothing.plot().savefig(tmp_path / "nothing.png")
    plt.close("all")
