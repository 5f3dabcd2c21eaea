"""The documentation of the package: complete, and its examples run."""

import doctest
import inspect
import shutil
import subprocess
import sys

import numpy as np
import pytest

import voxhumana
import voxhumana.evidence
import voxhumana.metrics
from conftest import REPOSITORY

pytest.importorskip("sklearn")
import voxhumana.sklearn  # noqa: E402

MODULES = (voxhumana, voxhumana.evidence, voxhumana.metrics, voxhumana.sklearn)


def ours(thing):
    return getattr(thing, "__module__", "").startswith("voxhumana")


def callables():
    """Every public function, and every public method of a public class, once."""
    found = {}
    for module in MODULES:
        for name in getattr(module, "__all__", [n for n in vars(module) if not n.startswith("_")]):
            thing = getattr(module, name)
            if not ours(thing):
                continue
            if inspect.isfunction(thing):
                found[thing] = f"{module.__name__}.{name}"
            elif inspect.isclass(thing) and not issubclass(thing, BaseException):
                for own, member in inspect.getmembers(thing, lambda m: inspect.isfunction(m) or inspect.ismethod(m)):
                    if not own.startswith("_") and ours(member):
                        found.setdefault(getattr(member, "__func__", member), f"{module.__name__}.{name}.{own}")
    return sorted((name, thing) for thing, name in found.items())


CALLABLES = callables()


def lacks(thing):
    """What the documentation of a callable leaves out."""
    text, signature = inspect.getdoc(thing) or "", inspect.signature(thing)
    parameters = [p for p in signature.parameters if p not in ("self", "cls") and not p.startswith("_")]
    wanted = ["Examples"]
    if parameters:
        wanted += ["Parameters", "Raises"]
    if str(signature.return_annotation).strip("'") != "None":
        wanted.append("Returns")
    found = [section for section in wanted if f"\n{section}\n{'-' * len(section)}\n" not in text]
    head = text.partition("\nParameters\n---")[2].partition("\nReturns\n---")[0]
    found += [f"parameter {p}" for p in parameters if p.lstrip("*") not in head]
    if ">>>" not in text or "+SKIP" in text:
        found.append("an example that runs")
    return found


def test_every_callable_is_documented():
    incomplete = {name: missing for name, thing in CALLABLES if (missing := lacks(thing))}
    assert not incomplete
    # Not by finding none.
    assert len(CALLABLES) > 80


@pytest.fixture(scope="module")
def folder(tmp_path_factory, call):
    folder = tmp_path_factory.mktemp("examples")
    shutil.copy(call, folder / "call.wav")
    return folder


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name, thing", CALLABLES, ids=[name for name, _ in CALLABLES])
def test_its_example_runs(name, thing, folder, monkeypatch, detector):
    monkeypatch.chdir(folder)
    for old in ("case.json", "sealed.json"):
        (folder / old).unlink(missing_ok=True)
    names = {"np": np, "voxhumana": voxhumana, "detector": detector, "report": detector.scan("call.wav")}
    # `evidence.write` and the like make a default detector, which must be of the same runtime.
    monkeypatch.setattr(voxhumana._scan, "_default", detector)
    test = doctest.DocTestParser().get_doctest(inspect.getdoc(thing), names, name, None, None)
    said = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    result = runner.run(test, out=said.append)
    assert result.failed == 0 and result.attempted > 0, "".join(said)


def test_the_site_builds_offline_without_a_broken_link(tmp_path):
    pytest.importorskip("pdoc")
    pytest.importorskip("markdown2")
    program = [sys.executable, REPOSITORY / "docs" / "site.py", tmp_path / "site"]
    done = subprocess.run(program, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no link is broken" in done.stdout
    python = (tmp_path / "site" / "python" / "voxhumana.html").read_text(encoding="utf-8")
    assert "call_stream" in python and "Explanation" in python
    guide = (tmp_path / "site" / "guide" / "read-a-result.html").read_text(encoding="utf-8")
    assert "<table>" in guide and 'href="scan-a-folder.html' in guide
    # A page that lost its way is noticed.
    broken = tmp_path / "site" / "guide" / "introduction.html"
    broken.write_text(broken.read_text(encoding="utf-8") + '<a href="nowhere.html">x</a>', encoding="utf-8")
    done = subprocess.run([*program, "--check"], capture_output=True, text=True)
    assert done.returncode == 1 and "nowhere.html" in done.stdout
