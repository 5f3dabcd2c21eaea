"""mypy --strict passes on a program that uses everything."""

import subprocess
import sys
from pathlib import Path

import pytest


def test_mypy_strict():
    pytest.importorskip("mypy")
    usage = Path(__file__).with_name("usage.py")
    # For pandas, which has no types of its own.
    config = usage.parents[1] / "pyproject.toml"
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--config-file", config, usage],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_usage_runs(call, tmp_path, monkeypatch):
    sys.path.insert(0, str(Path(__file__).parent))
    import usage

    usage.main(str(call), str(tmp_path / "plot.png"))
