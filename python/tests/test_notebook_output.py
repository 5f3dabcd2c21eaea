"""What a notebook shows of a report, in a real browser."""

import dataclasses
import re
import shutil
import subprocess

import numpy as np
import pytest

import voxhumana
from voxhumana import _html

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")


def test_a_short_recording_can_be_listened_to(report, detector, audio, monkeypatch):
    shown = report._repr_html_()
    assert shown.count("<audio controls") == 1 and "data:audio/wav;base64,UklGR" in shown
    assert "The recording is inside this output." in shown
    alone = detector.scan(audio.samples, audio.sample_rate)
    assert "<audio" not in alone._repr_html_(), "samples are of no file"
    gone = dataclasses.replace(report, path="gone.wav")
    assert "<audio" not in gone._repr_html_()
    monkeypatch.setattr(_html, "MAX_PLAYER_BYTES", 1000)
    assert "<audio" not in report._repr_html_()
    monkeypatch.undo()
    monkeypatch.setattr(voxhumana.Report, "notebook_player", False)
    assert "<audio" not in report._repr_html_()


def test_a_pause_is_no_part_of_the_timeline(report):
    shown = report._repr_html_()
    bars = [tuple(map(float, bar)) for bar in re.findall(r'<rect x="([\d.]+)" y="2" width="([\d.]+)"', shown)]
    drawn = sum(width for _, width in bars) / 300 * report.duration_s
    heard = sum(c.speech_s for c in report.channels)
    assert heard * 0.8 < drawn < heard * 1.1


@pytest.mark.skipif(BROWSER is None, reason="no chromium")
def test_a_browser_draws_timeline_and_player(report, tmp_path):
    page, picture = tmp_path / "report.html", tmp_path / "report.png"
    # It says when it can play what is inside.
    script = "<script>document.querySelector('audio').onloadedmetadata = e => document.title = e.target.duration</script>"
    page.write_text(f"<!doctype html><meta charset=utf-8><body>{report._repr_html_()}{script}", encoding="utf-8")
    chromium = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={tmp_path / 'profile'}"]
    shot = [*chromium, "--window-size=1000,320", f"--screenshot={picture}", "--virtual-time-budget=5000", page.as_uri()]
    subprocess.run(shot, check=True, capture_output=True, timeout=120)
    import matplotlib.image

    pixels = np.round(matplotlib.image.imread(picture)[..., :3] * 255).astype(int)
    assert pixels.shape[1] == 1000
    drawn = {tuple(colour) for colour in pixels.reshape(-1, 3)}
    named = {verdict: tuple(bytes.fromhex(colour[1:])) for verdict, colour in _html.COLOURS.items()}
    for channel in report.channels:
        assert named[channel.verdict] in drawn, "the colour of the verdict, in its chip or the timeline"
    dom = subprocess.run([*chromium, "--dump-dom", "--virtual-time-budget=5000", page.as_uri()], check=True, capture_output=True, text=True, timeout=120)
    title = re.search(r"<title>([\d.]+)</title>", dom.stdout)
    assert title and float(title[1]) == pytest.approx(report.duration_s, abs=0.1)
