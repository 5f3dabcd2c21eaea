"""Calibration with few sources, few recordings, or none that say anything."""

import argparse
import json
import tomllib

import numpy as np
import pandas as pd
import pytest
import voxhumana

from voxhumana_train import config, export, fitting
from voxhumana_train.examined import Heard, Judge, Scored


def metadata(**changes) -> dict:
    """Of an exported model, before calibration."""
    parser = argparse.ArgumentParser()
    export.add_arguments(parser)
    arguments = parser.parse_args([])
    settings = tomllib.loads(config.DEFAULTS.read_text())
    return export.identity_metadata(settings, settings["decision_rules"], [settings["front_end"]], arguments, "0" * 64) | changes


def heard(scores, domain=5.0, speech_s=None) -> Heard:
    n = len(scores)
    start = np.arange(n, dtype=float)
    windows = voxhumana.Windows(start, start + 1, np.asarray(scores, float), np.full(n, domain))
    return Heard(float(speech_s or n), 8000, 0.0, windows)


def scored(sources, human, seed=0) -> Scored:
    human = np.array(human, bool)
    score = np.random.default_rng(seed).normal(np.where(human, 2.0, -2.0), 1.5)
    return Scored(pd.DataFrame({"source": sources}), score, human, [])


def test_the_metadata_that_export_writes_is_read():
    assert json.loads(json.dumps(metadata()))["format_version"] == 2
    decision = Judge(metadata())(heard([1.0, 2.0, 3.0]))
    assert decision.llr == pytest.approx(2.0)


def test_many_sources_are_crossed_and_one_is_not():
    sources = [f"s{i // 4}" for i in range(80)]
    crossed, could = fitting.crossed(scored(sources, [i % 2 for i in range(80)]))
    assert could and len(crossed) == 80
    assert not fitting.crossed(scored(["one"] * 20, [i % 2 for i in range(20)]))[1]
    # Two sources of one class each: without either, one class is left.
    llr, could = fitting.crossed(scored(["a"] * 10 + ["b"] * 10, [1] * 10 + [0] * 10))
    assert not could and np.isfinite(llr).all()


def test_three_sources_are_three_folds():
    s = scored([f"s{i % 3}" for i in range(30)], [i // 3 % 2 for i in range(30)])
    llr, could = fitting.crossed(s)
    assert could
    at = s.sources == "s0"
    by_the_others = fitting.fit(s.score[~at], s.human[~at])
    np.testing.assert_allclose(llr[at], by_the_others.llr(s.score[at]))


def test_scores_that_say_nothing_end_in_a_sentence():
    s = scored(["a", "b"] * 10, [i % 2 for i in range(20)])
    s.score = -s.score
    with pytest.raises(SystemExit, match="do not rise"):
        fitting.crossed(s)


def test_lengths_with_few_recordings_have_no_calibration_of_their_own(capsys):
    full, few = scored(["a", "b"] * 10, [i % 2 for i in range(20)]), scored(["a", "b"] * 2, [0, 1, 0, 1])
    found = fitting.channel_calibration({1: [few], 4: [full], 8: [few]}, full)
    assert [c["min_speech_s"] for c in found] == [0.0]
    assert "8 s of one voice are too few" in capsys.readouterr().out
    assert len(fitting.channel_calibration({1: [full], 4: [full], 8: [full]}, full)) == 3


def test_one_clip_in_a_hundred_is_refused():
    clips = [heard([0.0] * 5, domain=k / 10) for k in range(200)]
    every = np.ones(200, bool)
    # The lowest ten are spoofs: either class weighs the same, however few there are of it.
    for human, expected in ((every, 2), (np.arange(200) >= 10, 0), (np.arange(200) % 4 > 0, 1)):
        trial = metadata(domain_threshold=fitting.domain_threshold(metadata(), clips, human))
        refused = [d.reason == "out_of_domain" for d in Judge(trial).all(clips)]
        assert sum(refused) == expected


def test_thresholds_of_stretches_come_from_human_speech():
    base = metadata()
    rng = np.random.default_rng(1)
    calls = [heard(rng.normal(2, 1, 30)) for _ in range(50)]
    worst = fitting.human_stretches(base, calls)
    # Eight windows in a row, the lowest mean of them.
    direct = [np.convolve(h.windows.score, np.ones(8) / 8, "valid").min() for h in calls]
    np.testing.assert_allclose(worst, direct, atol=1e-6)
    llr, human = np.r_[rng.normal(3, 1, 100), rng.normal(-3, 1, 100)], np.arange(200) < 100
    points = fitting.operating_points(base, llr, human, worst, "this test")
    assert points["balanced"]["threshold_llr"] == 0 and points["balanced"]["stretch_threshold_llr"] <= 0
    assert points["low-false-alarm"]["stretch_threshold_llr"] <= worst.min() - fitting.STRETCH_MARGIN
    silent = fitting.operating_points(base, llr, human, np.array([]), "this test")
    assert all(p["stretch_threshold_llr"] == -1e9 for p in silent.values())


def voices(rng, mean, count, windows):
    """Window scores of voices that scatter around levels of their own."""
    return [rng.normal(level, 1.0, windows) for level in rng.normal(mean, 0.5, count)]


def test_a_clone_in_a_part_is_found_at_the_false_alarms_that_were_asked_for():
    rng = np.random.default_rng(3)
    human, spoof = voices(rng, 1.5, 60, 30), voices(rng, -1.5, 60, 30)
    table = pd.DataFrame({"source": [f"s{i}" for i in range(120)], "generator": [""] * 60 + ["g"] * 60})
    clips = Scored(table, np.zeros(120), np.arange(120) < 60, [heard(v) for v in human + spoof])
    rule = fitting.part_rule([clips])
    assert rule["bona_fide"]["mean"] == pytest.approx(1.5, abs=0.3) and rule["spoof"]["mean"] == pytest.approx(-1.5, abs=0.3)
    assert rule["window_variance"] == pytest.approx(1.0, abs=0.2)
    base = metadata()
    base["decision_rules"] = base["decision_rules"] | {"part": rule, "stretches": []}
    base["operating_points"]["balanced"]["threshold_llr"] = -0.5
    calls = [heard(v) for v in voices(rng, 1.5, 500, 60)]
    for point, threshold in fitting.part_thresholds(base, calls).items():
        base["operating_points"][point]["part_threshold_llr"] = threshold
    assert base["operating_points"]["low-false-alarm"]["part_threshold_llr"] < base["operating_points"]["balanced"]["part_threshold_llr"]
    flagged = [d.partly_synthetic and d.verdict != "synthetic" for d in Judge(base).all(calls)]
    assert sum(flagged) <= 0.008 * 500
    with_clones = [heard(np.r_[v[:20], rng.normal(-2.5, 1.0, 20), v[40:]]) for v in voices(rng, 1.5, 50, 60)]
    found = list(Judge(base).all(with_clones))
    assert sum(d.partly_synthetic for d in found) > 25
    first = next(d for d in found if d.partly_synthetic).synthetic_spans[0]
    assert abs(first.start_s - 20) < 8 and abs(first.end_s - 40) < 8
    one = Scored(table[:1], np.zeros(1), np.array([True]), [heard(human[0])])
    assert fitting.part_rule([one]) is None


def test_a_threshold_means_the_same_at_every_length():
    rng = np.random.default_rng(4)
    calls = {}
    for seconds in (1, 2, 4, 8, 16, 32):
        n, human = 2000, np.arange(2000) % 2 == 0
        spread = np.sqrt(0.3 + 3.0 / seconds)
        score = rng.normal(np.where(human, 1.0 + 0.1 * np.log(seconds), -1.5), spread)
        calls[seconds] = Scored(pd.DataFrame({"source": [f"s{i % 9}" for i in range(n)]}), score, human, [])
    found = fitting.channel_calibration({n: [s] for n, s in calls.items()}, calls[4])
    rates = []
    for entry, s in zip(found, calls.values()):
        rates.append(np.mean(entry["scale"] * s.score[s.human] + entry["offset"] < -1.0))
    assert max(rates) - min(rates) < 0.03 and max(rates) > 0.005
    scales = [entry["scale"] for entry in found]
    assert scales == sorted(scales)


def test_what_is_coded_counts_for_half_whatever_the_number_of_channels():
    plain = scored(["a", "b"] * 200, [i % 2 for i in range(400)])
    shifted = Scored(plain.table, plain.score - 1.0, plain.human, [])
    offset = lambda parts: fitting.channel_calibration({4: parts}, plain)[0]["offset"]
    alone, mixed, thrice = offset([plain]), offset([plain, shifted]), offset([plain, *[shifted] * 3])
    # Where codecs lower human scores, a score must be lower to be called synthetic.
    assert mixed > alone + 0.2
    assert thrice == pytest.approx(mixed, abs=0.05)
