"""What else is known of a call, as the command's --metadata joins it."""

import json
import shutil

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
