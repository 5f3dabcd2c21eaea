"""What is not accepted is refused by name, and what was wrong once stays mended."""

import dataclasses
import io

import numpy as np
import pytest

import voxhumana
from voxhumana import InvalidArgumentError, evidence, metrics


@pytest.mark.parametrize(
    "options, words",
    [
        ({"threads": -1}, "threads is -1"),
        ({"threads": True}, "threads is True"),
        ({"raw": "mulaw"}, "raw is 'mulaw'"),
        ({"raw": ("mulaw", 8000)}, "raw is"),
        ({"raw": ("mulaw", 8000, 0)}, "channels of raw is 0"),
        ({"raw": ("mulaw", 8000.5, 1)}, "sample rate of raw is 8000.5"),
        ({"channels": None}, "channels is None"),
        ({"channels": (1, 2)}, "channels is"),
        ({"track": None}, "track is None"),
        ({"model": 3}, "model is 3"),
        ({"prior": "a"}, "prior is 'a'"),
    ],
)
def test_options_of_a_detector(options, words):
    with pytest.raises(InvalidArgumentError, match=words.replace("(", r"\(")):
        voxhumana.Detector(**options)


def test_numpy_s_numbers_count_and_lists_are_formats(call, audio):
    detector = voxhumana.Detector(raw=["mulaw", np.int64(8000), 1], threads=np.int64(1), runtime="tract")
    assert len(list(detector.scan_iter([call], jobs=np.int64(1)))) == 1
    assert detector.call_stream(8000, np.int64(2)).channels == 2
    named = voxhumana.Detector(channels=(name for name in ("agent", "caller")), runtime="tract").scan(call)
    assert [channel.name for channel in named.channels] == ["agent", "caller"]
    with pytest.raises(InvalidArgumentError, match="channels is True"):
        detector.call_stream(8000, True)


def test_nobody_has_measured_a_threshold_of_your_own():
    custom = voxhumana.Detector(threshold_llr=-2.5).operating_point
    assert (custom["name"], custom["threshold_llr"]) == ("custom", -2.5)
    assert custom["false_alarm_rate"] is custom["miss_rate"] is custom["measured_on"] is None


def test_one_path_is_no_list_of_recordings(call, tmp_path):
    key = evidence.generate_key()
    record = tmp_path / "case.json"
    for one in (str(call), call):
        with pytest.raises(InvalidArgumentError, match="recordings is one path"):
            evidence.write(record, one)
    evidence.write(record, [call], key=key)
    with pytest.raises(InvalidArgumentError, match="recordings is one path"):
        evidence.verify(record, public_key=key, recordings=str(call))
    assert evidence.verify(record, public_key=key, recordings=[call]).ok
    for unreachable in (tmp_path / "none" / "case.json", tmp_path / "nope.json"):
        with pytest.raises(voxhumana.ReadError) as refused:
            evidence.verify(unreachable)
        assert refused.value.path == str(unreachable)
    with pytest.raises(voxhumana.ReadError, match="cannot write") as refused:
        evidence.write(tmp_path / "none" / "case.json", [call])
    assert refused.value.path == str(tmp_path / "none" / "case.json")


def test_a_stream_cannot_know_the_scale_of_its_floats(detector, audio):
    samples, rate = audio
    numbers = np.round(samples * 32768)
    with pytest.raises(InvalidArgumentError, match="beyond the full scale of 1"):
        detector.stream(rate).push(numbers[0])
    with pytest.raises(InvalidArgumentError, match="beyond the full scale of 1"):
        detector.call_stream(rate).push(numbers)
    with pytest.warns(UserWarning, match="divided by 32768"):
        speech = voxhumana.find_speech(numbers[0], rate)
    assert speech == voxhumana.find_speech(np.round(samples[0] * 32768) / 32768, rate) != []
    with pytest.raises(InvalidArgumentError, match=r"give samples\.T"):
        detector.call_stream(rate).push(np.zeros((800, 2)))
    with pytest.raises(InvalidArgumentError, match=r"give samples\.T"):
        voxhumana.resample(np.zeros((800, 2)), 8000, 16000)


def test_masked_samples_are_not_heard_in_silence(detector):
    masked = np.ma.masked_greater(np.linspace(0, 1, 16000), 0.5)
    with pytest.raises(InvalidArgumentError, match="masked array"):
        detector.score(masked, 16000)


def test_a_report_is_of_the_sound_that_was_scanned(report, audio):
    samples, rate = audio
    report.explain((rate, samples.T))
    for other in ((samples, 2 * rate), (samples[:, :rate], rate)):
        with pytest.raises(InvalidArgumentError, match="lasts .* accepted: what was scanned"):
            report.plot(other)
        with pytest.raises(InvalidArgumentError, match="lasts .* accepted: what was scanned"):
            report.explain(other)
    for no_pair in ("call.wav", samples):
        with pytest.raises(InvalidArgumentError, match="audio is of type"):
            report.to_html(audio=no_pair)


def test_a_file_object_that_fails_fails_alone(detector, call):
    class Gone:
        def read(self, n=-1):
            raise ConnectionError("net gone")

    closed = open(call, "rb")
    closed.close()
    sources = [Gone(), open(call), closed, "\ud800.wav", call]
    failed = detector.scan_many(sources, jobs=1)
    assert [result.status for result in failed] == ["error"] * 4 + ["ok"]
    assert "net gone" in str(failed[0].error) and "binary mode" in str(failed[1].error)
    sources[1].close()
    with pytest.raises(InvalidArgumentError, match="binary mode"):
        detector.scan(io.StringIO("text"))


def test_results_of_the_command_are_kept_whole(report):
    data = report.to_dict()
    data["input"]["decoded_by"] = "ffmpeg"
    read = voxhumana.Report.from_dict(data)
    assert read.input.decoded_by == "ffmpeg"
    assert read.to_dict()["input"]["decoded_by"] == "ffmpeg"
    assert "decoded_by" not in report.to_dict()["input"]


def test_decisions_rest_on_numbers(detector, call):
    examination = detector.examine(call)
    windows, decider = examination.windows[0], voxhumana.Decider(detector.metadata)
    for wrong in (np.nan, np.inf):
        scores = windows.score.copy()
        scores[0] = wrong
        with pytest.raises(InvalidArgumentError, match="windows.score"):
            decider.decide(dataclasses.replace(windows, score=scores), 11.7)
    for wrong in ({"speech_s": np.nan}, {"speech_s": -1.0}, {"clipped_share": 5.0}, {"clipped_share": np.nan}, {"bandwidth_hz": -1}):
        with pytest.raises(InvalidArgumentError, match=next(iter(wrong))):
            decider.decide(windows, **{"speech_s": 11.7, **wrong})


def test_metrics_take_rates_and_labels():
    scores = metrics.Scores([2.0, 1.0], [-1.0, 0.5])
    for wrong in (2.0, -1.0, np.nan):
        with pytest.raises(InvalidArgumentError, match="max_false_alarm_rate"):
            scores.at_false_alarm_rate(wrong)
    with pytest.raises(InvalidArgumentError, match="threshold is nan"):
        scores.rates_at(np.nan)
    for arguments in ((-1,), (10, -1)):
        with pytest.raises(InvalidArgumentError, match="resamples|seed"):
            scores.eer_interval(*arguments)
    with pytest.raises(InvalidArgumentError, match="is_spoof holds 2"):
        metrics.Scores.from_labels([1, 2, 3], [2, 1, 0])


def test_front_ends_by_name_and_by_fields():
    by_name = voxhumana.FeatureExtractor("lfcc")
    assert by_name.front_end == voxhumana.FrontEnd.preset("lfcc")
    fields = by_name.front_end.to_dict()
    noise = np.random.default_rng(0).standard_normal(16000).astype(np.float32)
    assert np.array_equal(voxhumana.extract_features(noise, 16000, fields), by_name.extract(noise))
    with pytest.raises(InvalidArgumentError, match="content of a file"):
        voxhumana.read_marks(b"RIFF\0\0\0\0WAVE")


def test_a_classifier_takes_files_beside_arrays(call):
    sklearn = pytest.importorskip("sklearn")
    from voxhumana.sklearn import DeepfakeClassifier

    for ask in (lambda c: c.predict([call]), lambda c: c.score([call], ["spoof"])):
        with pytest.raises(sklearn.exceptions.NotFittedError):
            ask(DeepfakeClassifier())
    classifier = DeepfakeClassifier(sample_rate=16000).fit([])
    assert len(classifier.predict([call.read_bytes(), np.zeros(16000), call])) == 3
