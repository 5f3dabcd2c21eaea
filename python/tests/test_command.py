"""The wheel brings the command."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import voxhumana

PROGRAMS = {
    "module": [sys.executable, "-m", "voxhumana"],
    "script": [str(Path(sys.executable).with_name("voxhumana"))],
}


@pytest.fixture(params=PROGRAMS)
def program(request):
    return PROGRAMS[request.param]


def run(*line):
    return subprocess.run(line, capture_output=True, text=True, timeout=120)


def test_it_says_what_it_is(program):
    version = run(*program, "--version")
    assert (version.returncode, version.stdout) == (0, f"voxhumana {voxhumana.__version__}\n")
    assert "Usage: voxhumana" in run(*program, "scan", "--help").stdout


def test_it_scans(program, call, report):
    scan = run(*program, "--runtime", "tract", "-f", "csv", str(call))
    assert scan.returncode == int(report.verdict == "synthetic")
    assert len(scan.stdout.splitlines()) == 1 + len(report.channels)


def test_it_fails_as_the_program_does(program, tmp_path):
    missing = run(*program, str(tmp_path / "missing.wav"))
    assert missing.returncode == 2 and "missing.wav" in missing.stdout + missing.stderr
    wrong = run(*program, "scan", "--tresh", "1")
    assert wrong.returncode == 2 and "--tresh" in wrong.stderr


@pytest.mark.skipif("VOXHUMANA_PROGRAM" not in os.environ, reason="VOXHUMANA_PROGRAM names no program")
def test_it_is_the_program(program, call):
    line = ["--runtime", "tract", "-f", "jsonl", str(call)]
    ours, theirs = run(*program, *line), run(os.environ["VOXHUMANA_PROGRAM"], *line)
    assert ours.returncode == theirs.returncode
    assert ours.stdout.splitlines()[0] == theirs.stdout.splitlines()[0]
