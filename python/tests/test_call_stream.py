"""All channels of a call that is still going on."""

import numpy as np
import pytest

import voxhumana


def test_a_call_in_pieces_is_the_call(detector, call, audio):
    rate = audio.sample_rate
    stream = detector.call_stream(rate)
    assert (stream.sample_rate, stream.channels) == (rate, 2) and "2 channels" in repr(stream)
    found = [[], []]
    for start in range(0, audio.samples.shape[1], rate // 2):
        for channel, segment in stream.push(audio.samples[:, start : start + rate // 2]):
            found[channel].append(segment)
    early = stream.so_far()
    assert [c.name for c in early] == ["left", "right"]
    end = stream.finish()
    scanned = detector.scan(audio.samples, rate)
    for now, then, segments in zip(end, scanned.channels, found):
        assert now.llr == pytest.approx(then.llr, abs=1e-6) and now.verdict == then.verdict
        assert now.crosstalk_s == then.crosstalk_s
        assert tuple(segments) == now.segments[: len(segments)] and segments
    with pytest.raises(voxhumana.InvalidArgumentError, match="finished"):
        stream.so_far()


def test_what_does_not_fit_is_refused(detector):
    for channels in (0, "2", 10_000):
        with pytest.raises(voxhumana.InvalidArgumentError, match="channels"):
            detector.call_stream(8000, channels)
    stream = detector.call_stream(8000, 2)
    with pytest.raises(voxhumana.InvalidArgumentError, match="channels"):
        stream.push(np.zeros((3, 100)))
    named = voxhumana.Detector(channels=("agent", "caller"), runtime="tract")
    assert [c.name for c in named.call_stream(8000).finish()] == ["agent", "caller"]
