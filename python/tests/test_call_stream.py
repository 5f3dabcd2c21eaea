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


def test_tracks_of_a_call_are_the_call(audio, detector):
    rate = audio.sample_rate
    call = voxhumana.CallTracks()
    # The first comes back in the second, 50 ms later and 20 dB lower.
    leaky = audio.samples.copy()
    late = rate // 20
    leaky[1, late:] += 0.1 * audio.samples[0, :-late]
    streams = [detector.stream(rate) for _ in leaky]
    for stream in streams:
        stream.join(call)
    for start in range(0, leaky.shape[1], rate // 50):
        for stream, samples in zip(streams, leaky):
            stream.push(samples[start : start + rate // 50])
    for stream in streams:
        stream.end()
    scanned = detector.scan(leaky, rate).channels
    assert scanned[1].crosstalk_s > 1
    for stream, then in zip(streams, scanned):
        now = stream.finish()
        assert now.llr == pytest.approx(then.llr, abs=1e-6) and now.verdict == then.verdict
        assert now.crosstalk_s == then.crosstalk_s and now.speech_spans == then.speech_spans
    with pytest.raises(voxhumana.InvalidArgumentError, match="start is 'later'; accepted: 'call' or 'now'"):
        detector.stream(rate).join(call, start="later")
    assert repr(call) == "<CallTracks>"
