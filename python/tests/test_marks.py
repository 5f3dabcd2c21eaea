"""What a file itself declares, on files of other tools."""

import pickle
import shutil
from pathlib import Path

import pytest

import voxhumana

FILES = Path(__file__).parents[2] / "tests" / "marks" / "files"


def test_a_label_and_a_manifest_are_read():
    label = voxhumana.read_marks(FILES / "mp3_aigc_plain.mp3")
    assert (label.state, label.looked.whole_file) == ("synthetic", True)
    mark = label.marks[0]
    assert (mark.scheme, mark.says, mark.integrity) == ("aigc", "synthetic", "unprotected")
    assert mark.who == mark.fields["ContentProducer"]
    signed = voxhumana.read_marks(str(FILES / "pcm_c2pa_plain.wav")).marks[0]
    assert (signed.scheme, signed.integrity, signed.who) == ("c2pa", "hash_only", "signer, Throw-away")
    copied = voxhumana.read_marks(FILES / "pcm_c2pa_copied.wav")
    assert (copied.state, copied.marks[0].integrity) == ("unreadable", "mismatch")


def test_a_file_that_is_not_there_is_an_error():
    with pytest.raises(voxhumana.ReadError):
        voxhumana.read_marks("not there.wav")


def test_a_report_has_it_beside_the_verdict(detector, call, tmp_path):
    plain = detector.scan(call)
    assert plain.declared.state == "none" and plain.declared.marks == ()
    labelled = tmp_path / "labelled.wav"
    shutil.copy(call, labelled)
    content = b'{"Label":"1"} '
    with open(labelled, "ab") as file:
        file.write(b"AIGC" + len(content).to_bytes(4, "little") + content)
    report = detector.scan(labelled)
    assert report.declared.state == "synthetic"
    assert report.channels == plain.channels and report.verdict == plain.verdict
    assert pickle.loads(pickle.dumps(report)) == report and hash(report) == hash(report)
    assert voxhumana.Report.from_dict(report.to_dict()) == report
    assert list(report.to_pandas().declared_by)[0] == "aigc"


def test_samples_declare_nothing(detector, call):
    audio = voxhumana.decode(call)
    report = detector.scan(audio.samples, audio.sample_rate)
    assert report.declared is None and "declared" not in report.to_dict()
