"""What else is known of a call, as the command's --metadata joins it."""

import json
import os
import re
import shutil
import subprocess

import pytest

import voxhumana


@pytest.fixture(scope="module")
def calls(tmp_path_factory, call, detector):
    folder = tmp_path_factory.mktemp("calls")
    for name in ("may/call.wav", "june/call.wav", "a/twice.wav", "b/twice.wav"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(call, folder / name)
    paths = [folder / n for n in ("may/call.wav", "june/call.wav", "a/twice.wav", "b/twice.wav", "gone.wav")]
    return paths, detector.scan_many(paths)


TABLE = """\ufefffile;queue;agent
call.wav;sales; 17
may\\call.wav;support;4
./twice.wav;none;0
gone.wav;lost;1
nobody.wav;x;2
"""


def test_the_longest_row_wins_and_a_doubtful_one_is_of_none(calls, tmp_path, detector):
    paths, reports = calls
    table = tmp_path / "calls.csv"
    table.write_text(TABLE, encoding="utf-8")
    joined = reports.with_metadata(table)
    said = [r.metadata and r.metadata["queue"] for r in joined]
    assert said == ["support", "sales", None, None, "lost"]
    assert joined[1].metadata == {"queue": "sales", "agent": "17"}
    assert reports[0].metadata is None, "the old results are as they were"
    again = detector.scan_many(paths[:1], metadata=table)
    assert again[0].metadata == {"queue": "support", "agent": "4"}
    rows = [{"path": str(paths[0]), "queue": 5, "note": None}, {"path": "gone.wav", "extra": float("nan")}]
    of_rows = reports.with_metadata(rows)
    assert of_rows[0].metadata == {"queue": "5", "note": "", "extra": ""}
    # Both kinds of result can be in a set, whatever is said of them.
    failed = of_rows[-1]
    assert failed.metadata == {"queue": "", "note": "", "extra": ""} and isinstance(failed, voxhumana.FailedScan)
    assert len({of_rows[0], of_rows[0], reports[0], failed, failed, reports[-1]}) == 4


def test_it_comes_back_from_files(calls, tmp_path):
    _, reports = calls
    joined = reports.with_metadata([{"file": "may/call.wav", "queue": "sales"}, {"file": "gone.wav", "queue": "lost"}])
    joined.to_jsonl(tmp_path / "results.jsonl")
    lines = [json.loads(line)["data"] for line in (tmp_path / "results.jsonl").read_text().splitlines()]
    assert lines[0]["metadata"] == {"queue": "sales"} and "metadata" not in lines[1]
    again = voxhumana.Reports.read_jsonl(tmp_path / "results.jsonl")
    assert [r.metadata for r in again] == [r.metadata for r in joined]
    pandas = pytest.importorskip("pandas")
    table = joined.to_pandas()
    assert table.queue.tolist()[0] == "sales" and pandas.isna(table.queue.tolist()[2])
    frame = pandas.DataFrame({"file": ["june/call.wav"], "llr": [3]})
    # A column that is called like one of the table's own.
    assert reports.with_metadata(frame).to_pandas().metadata_llr.tolist()[2] == "3"


def test_it_is_in_the_tables_of_others(calls, tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    import pyarrow.parquet as parquet

    _, reports = calls
    joined = reports.with_metadata([{"file": "may/call.wav", "queue": "sales", "llr": 3}, {"file": "gone.wav", "queue": ""}])
    table, plain = joined.to_arrow(), voxhumana.Reports.arrow_schema()
    assert table.schema.names == [*plain.names, "metadata_llr", "queue"] == list(joined.to_pandas())
    assert table.schema.field("queue").type == pyarrow.string() and table.select(plain.names) == reports.to_arrow()
    queues, channels = table["queue"].to_pylist(), len(reports[0].channels)
    assert queues == ["sales"] * channels + [None] * 3 * channels + [""]
    assert table["metadata_llr"].to_pylist()[0] == "3"
    joined.to_parquet(tmp_path / "results.parquet")
    assert parquet.read_table(tmp_path / "results.parquet").equals(table)
    pytest.importorskip("polars")
    assert joined.to_polars()["queue"].to_list() == queues


def test_tables_that_do_not_fit_are_refused(calls, tmp_path, detector):
    _, reports = calls
    for rows, words in [
        ([{"queue": "sales"}], "names the recording"),
        ([{"file": "a.wav"}, {"file": "./a.wav"}], "two rows"),
    ]:
        with pytest.raises(voxhumana.InvalidArgumentError, match=words):
            reports.with_metadata(rows)
    (tmp_path / "latin.csv").write_bytes("file,agent\na.wav,Zo\u00eb".encode("latin-1"))
    with pytest.raises(voxhumana.InvalidArgumentError, match="UTF-8"):
        reports.with_metadata(tmp_path / "latin.csv")
    with pytest.raises(voxhumana.ReadError):
        detector.scan_many([], metadata=tmp_path / "missing.csv")
    (tmp_path / "long.csv").write_text(f"file,agent\na.wav,{'x' * 200_000}\n")
    with pytest.raises(voxhumana.InvalidArgumentError, match="long.csv: field larger"):
        reports.with_metadata(tmp_path / "long.csv")


def test_missing_values_of_pandas_are_empty(calls):
    pandas = pytest.importorskip("pandas")
    _, reports = calls
    columns = {"file": ["may/call.wav", "june/call.wav"], "agent": [17, None], "queue": [None, "sales"], "at": [None, 1.5]}
    types = {"file": "string", "agent": "Int64", "queue": "string", "at": "float64"}
    frame = pandas.DataFrame(columns).astype(types)
    told = [{"agent": "17", "queue": "", "at": ""}, {"agent": "", "queue": "sales", "at": "1.5"}]
    for table in (frame, frame.to_dict("records")):
        assert [r.metadata for r in reports.with_metadata(table)][:2] == told


#: Words of the refusal that the wheel and the command share, and the table.
REFUSED = [
    ("column 2 has no name", "path,,b\na.wav,1,2\n"),
    ("two columns `b`", "path,b,b\na.wav,1,2\n"),
    ("line 4 names no recording", 'path,b\nb.wav,"1\n2"\n,3\n'),
    ("lines 2 and 3", "path,b\n./a.wav,1\na.wav,2\n"),
    ("line:? 2", "path,b\na.wav,1,2\n"),
    ("names the recording", "id,queue\n1,a\n"),
    ("", ""),
]
TAKEN = [
    TABLE,
    "queue\tFile\tagent\nsales\ta.wav\t7, or 8\n",
    'path,note\na.wav,"two\nlines"\n\n b.wav , "x" \n',
    "path,file\na.wav,other.wav\n",
    "path,Path\na.wav,other.wav\n",
    "path,path\na.wav,other.wav\n",
]


@pytest.mark.parametrize("words, text", REFUSED)
def test_a_refusal_names_file_and_line(words, text, tmp_path):
    table = tmp_path / "calls.csv"
    table.write_text(text, encoding="utf-8")
    with pytest.raises(voxhumana.InvalidArgumentError, match=f"calls.csv: .*{words}") as caught:
        voxhumana.Reports([]).with_metadata(table)
    assert caught.value.path == str(table)


def test_rows_of_python_are_refused_as_well():
    for rows, words in [
        ([{"file": "a.wav", "": "x"}], "column 2 has no name"),
        ([{"file": "a.wav"}, {"queue": "sales"}], "row 2 names no recording"),
    ]:
        with pytest.raises(voxhumana.InvalidArgumentError, match=f"metadata: {words}"):
            voxhumana.Reports([]).with_metadata(rows)


@pytest.fixture(scope="module")
def program():
    if "VOXHUMANA_PROGRAM" not in os.environ:
        pytest.skip("VOXHUMANA_PROGRAM names no build of the command; .ci/run does")
    return os.environ["VOXHUMANA_PROGRAM"]


def told_by_the_command(program, folder, table):
    """What the command says of each recording, or why it refuses the table."""
    (folder / "calls.csv").write_text(table, encoding="utf-8")
    paths = ["may/call.wav", "june/call.wav", "a/twice.wav", "b/twice.wav", "a.wav", "b.wav"]
    for path in paths:
        (folder / path).parent.mkdir(exist_ok=True)
        # A scan that fails is joined as well, and takes no time.
        (folder / path).write_bytes(b"RIFF nonsense")
    command = [program, "--runtime", "tract", "--format", "jsonl", "--metadata", "calls.csv", *paths]
    out = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", cwd=folder)
    lines = [json.loads(line) for line in out.stdout.splitlines()]
    told = {line["data"]["path"]: line["data"].get("metadata") for line in lines if line["type"] == "recording"}
    return paths, told, out.stderr


@pytest.mark.parametrize("text", TAKEN)
def test_the_command_joins_the_same(text, program, tmp_path, monkeypatch):
    paths, told, why = told_by_the_command(program, tmp_path, text)
    monkeypatch.chdir(tmp_path)
    failed = [voxhumana.FailedScan(path, voxhumana.VoxHumanaError("damaged")) for path in paths]
    joined = voxhumana.Reports(failed).with_metadata("calls.csv")
    assert {r.path: r.metadata for r in joined} == told, why
    assert any(told.values())


@pytest.mark.parametrize("words, text", REFUSED)
def test_the_command_refuses_the_same(words, text, program, tmp_path):
    _, told, why = told_by_the_command(program, tmp_path, text)
    assert not told and re.search(words, why) and "calls.csv" in why
