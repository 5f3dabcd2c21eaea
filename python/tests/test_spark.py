"""The Arrow function for Spark on a local Spark of two workers. pyspark is no part of the extra `test`: it needs Java."""

import importlib.util
import os
import shutil
import subprocess
import sys

import pytest

from conftest import REPOSITORY

JOB = REPOSITORY / "python" / "examples" / "scan_spark.py"
pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("pyspark") is None, reason="no pyspark: pip install voxhumana[spark]"),
    pytest.mark.skipif(shutil.which("java") is None, reason="no Java on this machine"),
]


def test_a_folder_with_a_bad_file(call, report, tmp_path):
    pq = pytest.importorskip("pyarrow.parquet")
    folder, results = tmp_path / "calls", tmp_path / "results"
    folder.mkdir()
    for name in ("a.wav", "c.wav"):
        shutil.copy(call, folder / name)
    (folder / "b.wav").write_bytes(b"RIFF nonsense")
    conf = "--master local[2] --conf spark.ui.enabled=false --conf spark.driver.bindAddress=127.0.0.1 pyspark-shell"
    env = {**os.environ, "PYSPARK_PYTHON": sys.executable, "PYSPARK_SUBMIT_ARGS": conf, "SPARK_LOCAL_IP": "127.0.0.1"}
    done = subprocess.run(
        [sys.executable, JOB, folder, results], capture_output=True, text=True, timeout=600, env=env
    )
    assert done.returncode == 0, done.stderr[-4000:]
    rows = pq.read_table(results).to_pylist()
    assert len(rows) == 2 * len(report.channels) + 1
    (bad,) = (row for row in rows if row["status"] == "error")
    assert "b.wav" in bad["error"] and bad["channel_index"] is None
    (left,) = (row for row in rows if row["path"].endswith("a.wav") and row["channel_index"] == 0)
    assert left["llr"] == pytest.approx(report.channels[0].llr, abs=1e-4)
