"""Two voices of one channel: made windows, in which they can be told apart."""

import argparse
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import voxhumana

from voxhumana_train import voices

TINY = Path(__file__).parents[3] / "tests" / "fixtures" / "tiny.onnx"
VALUES = voices.MEAN_CEPSTRA + voices.SPREAD_CEPSTRA + 1


def made(count: int = 24, clips: int = 5, windows: int = 12) -> voices.Windows:
    """Voices far apart in the first five values, clips of one voice a little apart, all else noise."""
    rng = np.random.default_rng(2)
    x, clip, voice = [], [], []
    for v in range(count):
        of_voice = np.r_[rng.normal(0, 3, 5), np.zeros(VALUES - 5)]
        for c in range(clips):
            x.append(of_voice + rng.normal(0, 0.2, VALUES) + rng.standard_normal((windows, VALUES)))
            clip += [v * clips + c] * windows
            voice += [f"voice {v:02}"] * windows
    return voices.Windows(np.concatenate(x), np.array(clip), np.array(voice))


def fit(heard: voices.Windows, sources: list[str], monkeypatch, path: Path) -> None:
    """`voxhumana-train voices` on these windows, where clip `i` is of `sources[i]`."""
    settings = {"window_samples": 16_000, "hop_samples": 16_000, "data": {"work": str(path.parent)}}
    monkeypatch.setattr(voices.config, "load", lambda _: settings)
    monkeypatch.setattr(voices, "tables", lambda _: (pd.DataFrame({"source": sources}), None))
    monkeypatch.setattr(voices.Clips, "read", lambda _: None)
    monkeypatch.setattr(voices, "hear", lambda *_: heard)
    shutil.copy(TINY, path)
    voices.run(argparse.Namespace(model=path))


def test_voices_of_four_sources_are_fitted_and_the_file_says_how(monkeypatch, tmp_path, capsys):
    heard = made()
    fit(heard, [f"source {i // 30}" for i in range(120)], monkeypatch, tmp_path / "model.onnx")
    said = capsys.readouterr().out
    assert "24 voices of 4 sources" in said
    assert float(said.split("one voice in ")[1].split(" %")[0]) == pytest.approx(100 * (1 - voices.SPLIT), abs=1)
    assert float(said.split("told apart in ")[1].split(" %")[0]) > 90
    assert float(said.split("there ")[1].split(" %")[0]) > 95
    found = voxhumana.Detector(str(tmp_path / "model.onnx")).metadata["voices"]
    assert np.shape(found["axes"]) == (voices.AXES, VALUES) and found["min_ratio"] > 0 and "min_distance" not in found
    # The values in which voices differ are those that the axes look at.
    first = np.abs(np.array(found["axes"][0]))
    assert first[:5].max() > 3 * first[5:].max()


@pytest.mark.parametrize("sources", [["one"] * 120, ["a"] * 119 + ["b"]])
def test_where_a_half_of_the_sources_has_no_voices_the_file_stays(sources, monkeypatch, tmp_path, capsys):
    fit(made(), sources, monkeypatch, tmp_path / "model.onnx")
    assert "in either half" in capsys.readouterr().out
    assert (tmp_path / "model.onnx").read_bytes() == TINY.read_bytes()


def test_a_window_without_pitch_takes_that_of_the_others():
    x = np.array([[1.0, np.nan], [2.0, 5.0], [3.0, 7.0]])
    np.testing.assert_array_equal(voices.pitched(x), [[1.0, 6.0], [2.0, 5.0], [3.0, 7.0]])
    np.testing.assert_array_equal(voices.pitched(x[:1]), x[:1])
    heard = made()
    found = voices.axes(heard)
    heard.x[::3, -1] = np.nan
    # Noise here, pitch bears on no axis either way.
    assert abs(voices.axes(heard)[0] @ found[0]) > 0.95 * np.linalg.norm(found[0]) ** 2


def test_few_voices_leave_the_file_as_it_is(monkeypatch, tmp_path, capsys):
    heard = made(voices.LEAST_VOICES - 1)
    fit(heard, [f"folder {i // 5}" for i in range(95)], monkeypatch, tmp_path / "model.onnx")
    assert "19 voices have 4 clips or more, 20 are needed" in capsys.readouterr().out
    assert (tmp_path / "model.onnx").read_bytes() == TINY.read_bytes()


def test_two_means_are_told_apart_and_one_is_not():
    rng = np.random.default_rng(4)
    truth = np.repeat([False, True, False, True], 15)
    x = rng.standard_normal((60, 16))
    one, _ = voices.apart(x)
    x[:, 0] += np.where(truth, 3.0, -3.0)
    two, second = voices.apart(x)
    right = np.mean(second == truth)
    assert max(right, 1 - right) > 0.95
    # A variance of 9 between the two, and of 1 within.
    assert two == pytest.approx(9, abs=2.5) and one < two / 4


def test_a_handful_of_strange_windows_is_no_voice():
    rng = np.random.default_rng(4)
    x = rng.standard_normal((60, 16))
    x[20:23, 0] += 9.0
    ratio, second = voices.apart(x)
    assert min(second.sum(), (~second).sum()) == 3
    # 81 * 3 * 57 / 60^2, less than chance makes of it, is what a distance of 3.9 between halves makes.
    assert ratio == pytest.approx(81 * 3 * 57 / 3600, abs=1.5)


def test_the_voices_of_a_call_are_two_persons():
    heard = made(3)
    # The first two are one person, by a vocoder the second time.
    heard.x[heard.voice == "voice 02", 0] += 30.0
    heard.x[heard.voice == "voice 01"] = heard.x[heard.voice == "voice 00"]
    names = {"voice 00": "human|a|a|P1", "voice 01": "spoof|b|WORLD|VCTK:p1", "voice 02": "human|c|c|p2"}
    heard.voice = np.array([names[v] for v in heard.voice])
    assert {voices.person(v) for v in heard.voice} == {"p1", "p2"}
    one, two = voices.calls(heard, np.eye(VALUES))
    ratio, right = np.transpose(two)
    assert len(one) == 3 * len(voices.CALL_WINDOWS) and len(ratio) == voices.CALLS
    assert ratio.min() > max(one) and right.min() > 0.95


def test_a_turn_must_be_worth_its_cost():
    cost = np.zeros((30, 2))
    cost[:15, 1] = cost[15:, 0] = 2.0
    # One window in another voice is less than two changes cost; fifteen are more.
    cost[7] = [2.0, 0.0]
    assert list(voices.turns(cost)) == [False] * 15 + [True] * 15
    cost[7] = [2 * voices.TURN_COST + 0.1, 0.0]
    assert voices.turns(cost)[7]
