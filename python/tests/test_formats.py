"""Results as files. What the crate's writers write is tested there; here, that the package hands it over whole."""

import csv
import dataclasses
import hashlib
import io
import json
import os
import pickle
import subprocess

import pytest

import voxhumana
from voxhumana import _formats, _tables


@pytest.fixture
def reports(report):
    return voxhumana.Reports([report, voxhumana.FailedScan("b.wav", voxhumana.VoxHumanaError("b.wav: damaged"))])


def test_json_lines_there_and_back(reports, tmp_path):
    path = tmp_path / "scan.jsonl"
    assert reports.to_jsonl(path) is None
    assert voxhumana.Reports.read_jsonl(path) == reports
    assert path.read_text(encoding="utf-8") == reports.to_jsonl()
    lines = [json.loads(line) for line in reports.to_jsonl().splitlines()]
    assert [(r["type"], r["schema_version"], r["data"]["status"]) for r in lines] == [
        ("recording", 1, "ok"),
        ("recording", 1, "error"),
    ]
    assert pickle.loads(pickle.dumps(reports)) == reports
    path.write_text('{"type":"recording"}\n')
    with pytest.raises(voxhumana.InvalidArgumentError, match="line 1"):
        voxhumana.Reports.read_jsonl(path)


def test_what_the_command_knows_of_a_file_is_kept(reports, tmp_path):
    known = [dataclasses.replace(r, sha256="ab" * 32, scan_key="cd" * 32) for r in reports]
    path = tmp_path / "scan.jsonl"
    voxhumana.Reports(known).to_jsonl(path)
    lines = [json.loads(line)["data"] for line in path.read_text(encoding="utf-8").splitlines()]
    assert all((line["sha256"], line["scan_key"]) == ("ab" * 32, "cd" * 32) for line in lines)
    again = voxhumana.Reports.read_jsonl(path)
    assert [(r.sha256, r.scan_key) for r in again] == [("ab" * 32, "cd" * 32)] * 2
    assert {row["sha256"] for row in csv.DictReader(io.StringIO(again.to_csv()))} == {"ab" * 32}


def test_samples_have_no_path_and_come_back_without(report, tmp_path):
    samples = voxhumana.Reports([dataclasses.replace(report, path=None)])
    samples.to_jsonl(tmp_path / "scan.jsonl")
    assert voxhumana.Reports.read_jsonl(tmp_path / "scan.jsonl") == samples
    assert samples.to_pandas()["path"].isna().all()


@pytest.mark.skipif(os.name == "nt", reason="names are Unicode there")
def test_a_path_that_is_not_unicode_is_written_as_the_cli_does(report):
    odd = voxhumana.Reports([dataclasses.replace(report, path=os.fsdecode(b"caf\xe9.wav"))])
    assert json.loads(odd.to_jsonl())["data"]["path"] == "caf\ufffd.wav"
    assert odd.to_pandas()["path"][0] == "caf\ufffd.wav"


def test_json_lines_hold_to_the_schema(reports):
    jsonschema = pytest.importorskip("jsonschema")
    schema = voxhumana.json_schema()
    lines = [json.loads(line) for line in reports.to_jsonl().splitlines()]
    for line in lines:
        jsonschema.validate(line, schema)
    lines[0]["data"]["channels"][0]["verdict"] = "perhaps"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(lines[0], schema)


def test_the_csv_and_the_tables_are_one(reports):
    rows = list(csv.DictReader(io.StringIO(reports.to_csv())))
    # What is known of each call besides has columns of its own, where there is any.
    columns = [name for name in _formats.rows(reports)[0] if name != "metadata"]
    assert list(rows[0]) == list(_tables.CHANNEL_COLUMNS) == columns
    frame = reports.to_pandas()
    assert [float(row["llr"]) for row in rows[:-1]] == frame["llr"].tolist()[:-1]
    assert rows[-1]["error"] == "b.wav: damaged" and rows[-1]["llr"] == ""
    assert voxhumana.Reports([]).to_csv().splitlines() == [",".join(_tables.CHANNEL_COLUMNS)]


def test_labels_and_rttm(reports, report, tmp_path):
    labels = [line.split("\t") for line in report.to_labels().splitlines()]
    assert all(len(fields) == 3 and float(fields[0]) <= float(fields[1]) for fields in labels)
    segments = sum(len(c.segments) for c in report.channels)
    assert len(labels) == segments + sum(1 + (c.worst_stretch is not None) for c in report.channels)
    assert labels[0][2].startswith(f"{report.channels[0].name}: ")
    lines = [line.split(" ") for line in report.to_rttm().splitlines()]
    assert all(len(fields) == 10 for fields in lines)
    assert len(lines) == segments + len(report.channels)
    assert reports.to_rttm() == report.to_rttm(), "the failed recording has no line"
    for write, text in ((report.to_labels, report.to_labels()), (reports.to_rttm, reports.to_rttm())):
        assert write(tmp_path / "file") is None
        assert (tmp_path / "file").read_bytes() == text.encode()


@pytest.mark.parametrize("form", ["csv", "rttm"])
def test_the_cli_writes_the_same(call, form):
    cli = os.environ.get("VOXHUMANA_PROGRAM")
    if cli is None:
        pytest.skip("VOXHUMANA_PROGRAM names no build of the command; .ci/run does")
    command = [cli, "--runtime", "tract", "--jobs", "1", "--format", form, call]
    out = subprocess.run(command, capture_output=True)
    (report,) = voxhumana.scan_many([call], runtime="tract")
    # The command reads a file for its digest as well.
    digest = hashlib.sha256(call.read_bytes()).hexdigest()
    reports = voxhumana.Reports([dataclasses.replace(report, sha256=digest)])
    assert out.stdout.decode() == getattr(reports, f"to_{form}")(), out.stderr.decode()
