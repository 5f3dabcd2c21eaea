"""The Ray Data job on a local Ray of two workers."""

import importlib.util
import shutil
import subprocess
import sys

import pytest

from conftest import REPOSITORY

pytestmark = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="no ray")
JOB = REPOSITORY / "python" / "examples" / "scan_ray.py"


def run(recordings, results):
    done = subprocess.run(
        [sys.executable, JOB, recordings, results, "--workers", "2"], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_a_job_with_a_bad_file_can_be_continued(call, report, tmp_path):
    pq = pytest.importorskip("pyarrow.parquet")
    import pyarrow as pa

    folder, results = tmp_path / "calls", tmp_path / "results"
    folder.mkdir()
    for i in range(5):
        shutil.copy(call, folder / f"{i}.wav")
    (folder / "2.wav").write_bytes(b"RIFF nonsense")
    assert "5 recordings, 0 already scanned" in run(folder, results)
    rows = pq.read_table(results).to_pylist()
    by_path = {row["path"]: row for row in rows if row["channel_index"] in (0, None)}
    assert sorted(by_path) == [str(folder / f"{i}.wav") for i in range(5)]
    assert by_path[str(folder / "2.wav")]["status"] == "error" and "2.wav" in by_path[str(folder / "2.wav")]["error"]
    assert by_path[str(folder / "0.wav")]["llr"] == pytest.approx(report.channels[0].llr, abs=1e-4)
    assert len(rows) == 4 * 2 + 1

    # A killed worker leaves a part of a file; new recordings have come in; the list is a Parquet file this time.
    victim = next(results.glob("*.parquet"))
    lost = set(pq.read_table(victim).column("path").to_pylist())
    victim.write_bytes(victim.read_bytes()[:-20])
    shutil.copy(call, folder / "new.wav")
    pq.write_table(pa.table({"path": sorted(map(str, folder.iterdir()))}), tmp_path / "list.parquet")
    said = run(tmp_path / "list.parquet", results)
    assert f"6 recordings, {5 - len(lost)} already scanned" in said and "incomplete" in said
    again = pq.read_table(results).to_pylist()
    assert len(again) == 5 * 2 + 1
    assert len({(row["path"], row["channel_index"]) for row in again}) == len(again)
    assert "6 recordings, 6 already scanned" in run(folder, results)
