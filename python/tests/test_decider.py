"""Decisions made again from window scores."""

import dataclasses

import numpy as np
import pytest

import voxhumana


def test_the_decision_is_that_of_the_scan(detector, call):
    examination = detector.examine(call)
    for name in detector.metadata["operating_points"]:
        scanned = voxhumana.Detector(operating_point=name, runtime="tract").examine(call)
        decider = voxhumana.Decider(detector.metadata, name)
        for channel, windows, decision in zip(scanned.report.channels, examination.windows, scanned.decisions):
            of_input = scanned.report.input
            again = decider.decide(windows, channel.speech_s, of_input.bandwidth_hz, of_input.clipped_share)
            assert again == decision


def test_rules_and_thresholds_are_those_of_the_metadata(detector, call):
    windows = detector.examine(call).windows[0]
    metadata = {**detector.metadata, "domain_threshold": float(windows.domain.max()) + 1}
    assert voxhumana.Decider(metadata).decide(windows, 20.0).reason == "out_of_domain"
    metadata = {**detector.metadata, "channel_calibration": [], "calibration": {"scale": 1.0, "offset": 50.0}}
    decision = voxhumana.Decider(metadata).decide(windows, 20.0)
    assert decision.llr > 30
    rules = {**detector.metadata["decision_rules"], "min_speech_s": 30.0}
    metadata = {**detector.metadata, "decision_rules": rules}
    assert voxhumana.Decider(metadata).decide(windows, 20.0).reason == "too_little_speech"


def test_what_does_not_fit_is_refused(detector, call):
    windows = detector.examine(call).windows[0]
    with pytest.raises(voxhumana.InvalidArgumentError, match="balanced"):
        voxhumana.Decider(detector.metadata, "strict")
    with pytest.raises(voxhumana.ModelError, match="format_version"):
        voxhumana.Decider("{}")
    short = dataclasses.replace(windows, domain=np.zeros(1))
    with pytest.raises(voxhumana.InvalidArgumentError, match="one length"):
        voxhumana.Decider(detector.metadata).decide(short, 20.0)


def test_crosstalk_is_a_reason(detector, call):
    windows = detector.examine(call).windows[0]
    none = dataclasses.replace(windows, **{name: np.zeros(0) for name in ("start_s", "end_s", "score", "domain")})
    decider = voxhumana.Decider(detector.metadata)
    assert decider.decide(none, 0.0).reason == "no_speech"
    assert decider.decide(none, 0.0, crosstalk_s=20.0).reason == "crosstalk"
