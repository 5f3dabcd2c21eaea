"""Pages of reports."""

import dataclasses
import re

import pytest

import voxhumana
from conftest import REPOSITORY


def test_a_report_is_a_page(detector, call, report, tmp_path):
    text = report.to_html()
    assert text.startswith("<!doctype html>") and call.name in text
    assert "data:audio/wav;base64," in text
    # A picture of each channel.
    assert len(re.findall(r"data:image/png;base64,", text)) >= len(report.channels)
    report.to_html(tmp_path / "call.html", language="zh-CN", player=False)
    chinese = (tmp_path / "call.html").read_text(encoding="utf-8")
    assert 'lang="zh-CN"' in chinese and "data:audio" not in chinese


def test_samples_are_a_page_as_well(detector, audio):
    pair = (audio.samples[0], audio.sample_rate)
    scanned = detector.scan(pair)
    plain, with_sound = scanned.to_html(), scanned.to_html(audio=pair)
    assert "data:image/png" not in plain and "data:image/png" in with_sound
    assert "data:audio/wav" in with_sound and len(with_sound) > len(plain) + audio.samples[0].nbytes // 2


def test_the_page_says_what_the_score_rests_on(detector, report):
    explanations = report.explain(detector=detector)
    text = report.to_html(explanations=explanations, player=False)
    assert text.count("<h3>What the score rests on</h3>") == len(report.channels)
    low = int(explanations[0].by_band.argmin())
    start, end = explanations[0].band_edges_hz[low : low + 2]
    said = f"least {start:.0f} to {end:.0f} Hz ({explanations[0].by_band[low]:+.2f})".replace("-", "\u2212")
    assert said in text
    assert "What the score rests on" not in report.to_html(player=False)
    with pytest.raises(voxhumana.InvalidArgumentError, match="of 1 channels; accepted: 2"):
        report.to_html(explanations=explanations[:1])


def test_what_does_not_fit_is_said(report):
    with pytest.raises(voxhumana.InvalidArgumentError, match="language"):
        report.to_html(language="tlh")
    unknown = dataclasses.replace(report, model=dataclasses.replace(report.model, sha256="00"))
    with pytest.raises(voxhumana.InvalidArgumentError, match="which is not loaded"):
        unknown.to_html()


def test_any_model_of_the_process_will_do(audio):
    other = voxhumana.Detector(REPOSITORY / "tests" / "fixtures" / "tiny.onnx", runtime="tract")
    tiny = other.scan(audio.samples, audio.sample_rate)
    assert tiny.to_html(audio=audio).startswith("<!doctype html>")
