import io
import json
import math
import os
import pickle
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import voxhumana
from conftest import REPOSITORY


def channels(report):
    return [(c.llr, c.verdict, c.speech_s, c.segments) for c in report.channels]


def test_a_report_says_what_was_found(report, call):
    assert report.path == str(call)
    assert report.status == "ok"
    assert report.verdict in ("bona_fide", "inconclusive", "synthetic")
    assert [c.name for c in report.channels] == ["left", "right"]
    assert report.input.channels == 2 and report.input.container == "wav"
    for c in report.channels:
        assert c.speech_s > 1 and c.segments and math.isfinite(c.llr)
        assert all(a.end_s <= b.start_s for a, b in zip(c.segments, c.segments[1:]))
        assert all(0 <= a < b <= report.duration_s + 0.02 for a, b in c.speech_spans)


def test_every_kind_of_source_gives_the_same(detector, report, call, audio):
    data = call.read_bytes()
    expected = channels(report)
    assert channels(detector.scan(str(call))) == expected
    assert channels(detector.scan(data)) == expected
    assert channels(detector.scan(bytearray(data))) == expected
    assert channels(detector.scan(memoryview(data))) == expected
    assert channels(detector.scan(io.BytesIO(data))) == expected
    with open(call, "rb") as file:
        assert channels(detector.scan(file)) == expected
    assert channels(detector.scan(audio.samples, audio.sample_rate)) == expected
    assert channels(detector.scan((audio.samples, audio.sample_rate))) == expected
    assert channels(detector.scan(audio.samples.astype(np.float64), audio.sample_rate)) == expected
    assert channels(detector.scan(audio.samples.T, audio.sample_rate, channels_last=True)) == expected
    strided = np.repeat(audio.samples, 2, axis=1)[:, ::2]
    assert channels(detector.scan(strided, np.int64(audio.sample_rate))) == expected


def test_int16_has_a_full_scale_of_32768(detector, report, audio):
    whole = np.round(audio.samples * 32768).clip(-32768, 32767).astype(np.int16)
    for c, e in zip(detector.scan(whole, audio.sample_rate).channels, report.channels):
        assert c.llr == pytest.approx(e.llr, abs=1e-6)


def test_a_model_with_the_check_says_what_is_out_of_domain(audio):
    def shares(fixture, samples):
        detector = voxhumana.Detector(REPOSITORY / "tests" / "fixtures" / fixture, runtime="tract")
        return [(c.out_of_domain_share, c.reason) for c in detector.scan(samples, 16000).channels]

    # The model with the check takes a loud band at 5 kHz for what is no single voice.
    voice = np.repeat(audio.samples, 2, axis=1)
    tone = 0.05 * np.sin(2 * np.pi * 5000 * np.arange(voice.shape[1]) / 16000, dtype=np.float32)
    assert shares("tiny.onnx", voice) == [(None, None), (None, None)]
    assert shares("tiny-domain.onnx", voice + tone) == [(1.0, "out_of_domain"), (1.0, "out_of_domain")]


def test_score_is_the_llr(detector, report, audio):
    llrs = detector.score(audio.samples, audio.sample_rate)
    assert llrs.shape == (2,)
    assert llrs.tolist() == [c.llr for c in report.channels]
    one = detector.score(audio.samples[0], audio.sample_rate)
    assert isinstance(one, float) and one == llrs[0]
    assert math.isnan(detector.score(np.zeros(16000, np.float32), 16000))


@pytest.mark.parametrize(
    "samples, rate, words",
    [
        (np.zeros(10, np.int64), 16000, "astype(np.int16)"),
        (np.zeros(10, np.uint64), 16000, "dtype uint64"),
        (np.zeros(10, bool), 16000, "dtype bool"),
        (np.zeros(10, complex), 16000, "dtype complex128"),
        (np.array(["a"]), 16000, "dtype"),
        (np.zeros((2, 2, 2)), 16000, "shape (2, 2, 2)"),
        (np.zeros(()), 16000, "shape ()"),
        (np.zeros((1000, 2)), 16000, "channels_last=True"),
        (np.zeros((0, 5)), 16000, "0 channels"),
        ([[0.0, 1.0], [0.0]], 16000, "no regular array"),
        (np.array([0.0, np.nan]), 16000, "samples[1] is nan"),
        (np.array([[0.0, 1.0], [np.inf, 0.0]]), 16000, "samples[1, 0] is inf"),
        (np.array([1e300]), 16000, "float32"),
        (np.zeros(10), None, "sample_rate is missing"),
        (np.zeros(10), 0, "sample rate"),
        (np.zeros(10), -1, "whole number of Hz"),
        (np.zeros(10), 8000.5, "whole number of Hz"),
        (np.zeros(10), "8000", "whole number of Hz"),
        (np.zeros(10), 10**12, "whole number of Hz"),
        (np.zeros(10), 10_000_000, "sample rate"),
    ],
)
def test_wrong_arrays_are_refused_in_words(detector, samples, rate, words):
    with pytest.raises(voxhumana.InvalidArgumentError) as caught:
        detector.scan(samples, rate)
    assert words in str(caught.value)


def test_an_empty_array_is_inconclusive(detector):
    report = detector.scan(np.zeros(0, np.float32), 16000)
    assert report.verdict == "inconclusive" and report.channels[0].reason == "no_speech"


@pytest.mark.parametrize("source", [None, 5, 1.5, {"a": 1}, object()])
def test_what_is_no_recording_is_refused(detector, source):
    with pytest.raises(voxhumana.InvalidArgumentError, match="source is a"):
        detector.scan(source)
    with pytest.raises(voxhumana.InvalidArgumentError, match="sample_rate goes with an array"):
        detector.scan("call.wav", 8000)


def test_errors_keep_the_file_name(detector, tmp_path):
    missing = tmp_path / "missing.wav"
    with pytest.raises(voxhumana.ReadError) as caught:
        detector.scan(missing)
    assert caught.value.path == str(missing) and caught.value.errno == 2
    assert isinstance(caught.value, (voxhumana.VoxHumanaError, OSError))
    text = tmp_path / "text.wav"
    text.write_text("this is no recording\n" * 50)
    with pytest.raises(voxhumana.RecordingError) as caught:
        detector.scan(text)
    assert caught.value.path == str(text) and "text.wav" in str(caught.value)
    for error in (caught.value,):
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is type(error) and str(again) == str(error) and again.path == error.path
    with pytest.raises(voxhumana.ReadError):
        detector.scan(tmp_path)
    with pytest.raises(voxhumana.VoxHumanaError) as caught:
        detector.scan(b"")
    assert caught.value.path is None
    with pytest.raises(voxhumana.VoxHumanaError):
        detector.scan(tmp_path / "nul\0.wav") if os.name != "nt" else detector.scan("")


def test_a_failing_reader_raises_what_it_raised(detector, call):
    class Failing(io.RawIOBase):
        def __init__(self):
            self.left = 3

        def read(self, n=-1):
            self.left -= 1
            if self.left < 0:
                raise ConnectionResetError("gone")
            return call.read_bytes()[:n] if self.left == 2 else b"\0" * n

    with pytest.raises(ConnectionResetError, match="gone"):
        detector.scan(Failing())
    with pytest.raises(voxhumana.InvalidArgumentError, match="binary mode"):
        detector.scan(io.StringIO("text"))
    with pytest.raises(TypeError, match="more than n bytes"):
        detector.scan(type("Long", (), {"read": lambda self, n: b"\0" * (n + 1)})())


def test_options(call):
    detector = voxhumana.Detector(channels=["agent", "caller"], threshold_llr=1e9, threads=1, runtime="tract")
    report = detector.scan(call)
    assert [c.name for c in report.channels] == ["agent", "caller"]
    assert report.operating_point == "custom" and report.verdict == "synthetic"
    assert detector.operating_point["threshold_llr"] == 1e9
    mixed = voxhumana.scan(call, mix=True, runtime="tract")
    assert [c.name for c in mixed.channels] == ["mix"]
    for point in detector.metadata["operating_points"]:
        assert voxhumana.scan(call, operating_point=point, runtime="tract").operating_point == point
    with pytest.raises(voxhumana.InvalidArgumentError, match="balanced"):
        voxhumana.Detector(operating_point="nonsense", runtime="tract")
    with pytest.raises(voxhumana.InvalidArgumentError, match="not both"):
        voxhumana.Detector(operating_point="balanced", threshold_llr=0.0)
    with pytest.raises(voxhumana.InvalidArgumentError, match="accepted: auto, tract"):
        voxhumana.Detector(runtime="cuda")
    with pytest.raises(voxhumana.InvalidArgumentError, match="sequence of names"):
        voxhumana.Detector(channels="agent")
    with pytest.raises(voxhumana.InvalidArgumentError):
        voxhumana.Detector(threshold_llr=math.nan, runtime="tract")
    with pytest.raises(voxhumana.InvalidArgumentError, match="between 0 and 1"):
        voxhumana.Detector(prior=1.0, runtime="tract")


def test_a_prior_moves_the_probability_alone(detector, call):
    usual, rare = detector.scan(call), voxhumana.scan(call, prior=0.001, runtime="tract")
    assert rare.spoof_prior == 0.001 and usual.spoof_prior == 0.5
    for a, b in zip(usual.channels, rare.channels):
        assert (a.llr, a.verdict, a.partly_synthetic) == (b.llr, b.verdict, b.partly_synthetic)
        assert b.synthetic_probability < a.synthetic_probability


def test_models_of_ones_own(tmp_path, detector):
    model = REPOSITORY / "models" / "voxhumana.onnx"
    for given in (model, str(model), model.read_bytes()):
        assert voxhumana.Detector(given, runtime="tract").model_sha256 == detector.model_sha256
    bad = tmp_path / "bad.onnx"
    bad.write_bytes(b"no model")
    with pytest.raises(voxhumana.VoxHumanaError) as caught:
        voxhumana.Detector(bad, runtime="tract")
    assert caught.value.path == str(bad)
    with pytest.raises(voxhumana.ReadError):
        voxhumana.Detector(tmp_path / "none.onnx", runtime="tract")


def test_headerless_recordings(tmp_path, audio):
    slin = tmp_path / "call.sln"
    slin.write_bytes(np.round(audio.samples[0] * 32767).astype("<i2").tobytes())
    report = voxhumana.scan(slin, raw=("slin", audio.sample_rate, 1), runtime="tract")
    assert report.input.container == "raw" and report.channels[0].speech_s > 1
    assert voxhumana.decode(slin, raw=("slin", audio.sample_rate, 1)).samples.shape == (1, audio.samples.shape[1])
    with pytest.raises(voxhumana.InvalidArgumentError, match="mulaw"):
        voxhumana.decode(slin, raw=("vinyl", 8000, 1))


def test_scan_many_keeps_order_and_counts_errors(tmp_path, call, report):
    copies = [tmp_path / f"{i}.wav" for i in range(5)]
    for copy in copies:
        shutil.copy(call, copy)
    copies[2].write_bytes(b"RIFF nonsense")
    reports = voxhumana.scan_many(copies, jobs=3, runtime="tract")
    assert [r.path for r in reports] == [str(c) for c in copies]
    assert len(reports) == 5 and len(reports.ok) == 4 and len(reports.errors) == 1
    assert reports[2].status == "error" and "2.wav" in reports[2].error
    assert isinstance(reports[2].exception, voxhumana.RecordingError)
    assert channels(reports[0]) == channels(report)
    assert reports.counts()["error"] == 1 and sum(reports.counts().values()) == 5
    assert isinstance(reports[1:3], voxhumana.Reports)
    frame = reports.to_pandas()
    assert len(frame) == 9 and frame["status"].tolist().count("error") == 1
    assert frame["llr"].isna().sum() == 1
    assert len(reports.to_pandas("segment")) == 1 + 4 * sum(len(c.segments) for c in report.channels)
    assert voxhumana.find_recordings(tmp_path) == [str(c) for c in copies]
    assert len(voxhumana.scan_many([], runtime="tract")) == 0
    with pytest.raises(voxhumana.InvalidArgumentError, match="iterable of paths"):
        voxhumana.scan_many("folder")
    with pytest.raises(voxhumana.InvalidArgumentError, match="jobs"):
        voxhumana.scan_many(copies, jobs=0, runtime="tract")
    with pytest.raises(voxhumana.InvalidArgumentError, match="no folder"):
        voxhumana.find_recordings(call)


def test_progress(call, capfd):
    pytest.importorskip("tqdm")
    voxhumana.scan_many([call], progress=True, runtime="tract")
    assert "1/1" in capfd.readouterr().err


def test_streaming_equals_scanning(detector, audio, report):
    stream = detector.stream(audio.sample_rate)
    segments = []
    for start in range(0, audio.samples.shape[1], 1234):
        segments += stream.push(audio.samples[0, start : start + 1234])
    assert stream.so_far().speech_s > 1
    end = stream.finish()
    expected = report.channels[0]
    assert end.llr == pytest.approx(expected.llr, abs=1e-6)
    assert end.segments == expected.segments
    assert end.segments[: len(segments)] == tuple(segments)
    with pytest.raises(voxhumana.InvalidArgumentError, match="finished"):
        stream.push(audio.samples[0, :10])
    with pytest.raises(voxhumana.InvalidArgumentError, match="finished"):
        stream.finish()
    with pytest.raises(voxhumana.InvalidArgumentError, match="shape"):
        detector.stream(8000).push(audio.samples)
    with pytest.raises(voxhumana.InvalidArgumentError, match="nan"):
        detector.stream(8000).push([math.nan])


def test_scores_equal_those_of_the_cli(report, call):
    """The same file, the same numbers and the same form. `.ci/run` names the program, which must then be there."""
    named = os.environ.get("VOXHUMANA_PROGRAM")
    target = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
    cli = Path(named) if named else target / "release" / "voxhumana"
    if not named and not cli.exists():
        pytest.skip(f"{cli} is not built: cargo build --release -p voxhumana-cli")
    out = subprocess.run([cli, "--runtime", "tract", "--format", "jsonl", call], capture_output=True, text=True)
    assert out.returncode in (0, 1), out.stderr
    data = next(r["data"] for r in map(json.loads, out.stdout.splitlines()) if r["type"] == "recording")
    if not named and data["model"]["sha256"] != report.model.sha256:
        pytest.skip("the CLI was built with another model")
    theirs = voxhumana.Report.from_dict(data)
    assert theirs.model == report.model and theirs.input == report.input
    assert data["verdict"] == report.verdict
    # What --resume knows a recording by is the CLI's own.
    assert data.keys() - {"sha256", "scan_key"} == report.to_dict().keys(), "one form for both"
    assert len(theirs.channels) == len(report.channels)
    for a, b in zip(theirs.channels, report.channels):
        assert a.llr == pytest.approx(b.llr, abs=1e-6)
        assert (a.verdict, a.reason, a.speech_spans) == (b.verdict, b.reason, b.speech_spans)
        assert [s.llr for s in a.segments] == pytest.approx([s.llr for s in b.segments], abs=1e-6)
