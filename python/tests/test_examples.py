"""The tour runs as a program; its second half needs human speech, which only the workplace's corpus has."""

import os
import subprocess
import sys

from conftest import REPOSITORY

TOUR = REPOSITORY / "python" / "examples" / "tour.py"


def run(*arguments):
    done = subprocess.run(
        [sys.executable, "-W", "error", TOUR, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "MPLBACKEND": "Agg"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_one_call(tmp_path):
    assert "agent" in run("--pictures", tmp_path)
    assert (tmp_path / "call.jpg").stat().st_size > 20_000


def test_a_threshold_on_labelled_recordings(tmp_path):
    import pytest

    labelled = REPOSITORY.parent / "shared" / "corpus" / "dev.csv"
    if not labelled.exists():
        pytest.skip("no corpus beside the repository")
    out = run(labelled, "--pictures", tmp_path, "--most", "8")
    assert "EER" in out and "threshold" in out
    assert (tmp_path / "threshold.png").stat().st_size > 20_000
