"""mypy and pyright in strict mode pass on a program that uses everything, and find what is wrong in one."""

import json
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


WRONG = '''
import voxhumana
detector = voxhumana.Detector(operating_pont="balanced")
llr: float = voxhumana.scan("call.wav").channels[0].llr
voxhumana.Detector().embeddings("call.wav")[0].nonsense
voxhumana.scan_many(["call.wav"], jobs="two")
'''


def test_pyright_strict(tmp_path):
    pytest.importorskip("pyright")
    for name, text in (("usage.py", Path(__file__).with_name("usage.py").read_text(encoding="utf-8")), ("wrong.py", WRONG)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}', encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--outputjson", "-p", tmp_path],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    found = [d for d in json.loads(done.stdout)["generalDiagnostics"] if d["severity"] == "error"]
    right = [d["message"] for d in found if Path(d["file"]).name == "usage.py"]
    assert not right, right
    lines = {d["range"]["start"]["line"] for d in found if Path(d["file"]).name == "wrong.py"}
    assert lines == {2, 3, 4, 5}, found


def test_the_usage_runs(call, tmp_path, monkeypatch):
    sys.path.insert(0, str(Path(__file__).parent))
    import usage

    usage.main(str(call), str(tmp_path / "plot.png"))
