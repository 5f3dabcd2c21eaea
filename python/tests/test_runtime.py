"""ONNX Runtime out of the package `onnxruntime`. Each case in a process of its own: a process has one runtime."""

import importlib.util
import subprocess
import sys

import pytest

from conftest import CALL

needs_package = pytest.mark.skipif(importlib.util.find_spec("onnxruntime") is None, reason="no onnxruntime")


def python(code, **environment):
    import os

    env = {k: v for k, v in os.environ.items() if k not in ("ORT_DYLIB_PATH", "ORT_DISABLE_TELEMETRY")}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(CALL)], capture_output=True, text=True, env={**env, **environment}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


SCAN = """
import sys, voxhumana
report = voxhumana.scan(sys.argv[1])
print(report.runtime, *(c.llr for c in report.channels))
"""


def test_tract_alone():
    block = "import sys; sys.modules['onnxruntime'] = None\n"
    hidden = block + "import importlib.util as u; u.find_spec = lambda name: None\n" + SCAN
    assert python(hidden)[0] == "tract"


@needs_package
def test_the_package_is_used_and_not_imported():
    out = python(SCAN + "print(any(m.split('.')[0] == 'onnxruntime' for m in sys.modules))\n"
                 "import os; print(os.environ['ORT_DISABLE_TELEMETRY'])")
    assert out[0] == "onnxruntime" and out[-2:] == ["False", "1"]
    tract = python(SCAN.replace("sys.argv[1]", "sys.argv[1], runtime='tract'"))
    assert tract[0] == "tract"
    assert [float(x) for x in out[1:-2]] == pytest.approx([float(x) for x in tract[1:]], abs=1e-4)


@pytest.mark.skipif(sys.platform == "win32", reason="its getenv is in another library")
def test_importing_turns_telemetry_off_for_c_code_as_well():
    code = """
import ctypes, voxhumana
getenv = ctypes.CDLL(None).getenv
getenv.restype = ctypes.c_char_p
print(getenv(b"ORT_DISABLE_TELEMETRY").decode())
"""
    assert python(code, ORT_DISABLE_TELEMETRY="0") == ["1"]


@needs_package
def test_a_library_named_by_the_environment_is_loaded_without_telemetry():
    library = python("from voxhumana import _runtime; print(_runtime.package_library())")[0]
    out = python(SCAN, ORT_DYLIB_PATH=library)
    assert out[0] == "onnxruntime"


@needs_package
def test_with_telemetry_on_it_is_refused():
    out = python("import os, voxhumana\n"
                 "os.environ['ORT_DISABLE_TELEMETRY'] = '0'\n"
                 """
try:
    voxhumana.Detector(runtime='onnxruntime')
except voxhumana.OnnxRuntimeError as error:
    print('ORT_DISABLE_TELEMETRY=1' in str(error))
""")
    assert out == ["True"]


SESSION = """
import numpy, onnxruntime, pathlib
model = pathlib.Path(sys.argv[1]).parents[2] / 'models' / 'voxhumana.onnx'
session = onnxruntime.InferenceSession(str(model), providers=['CPUExecutionProvider'])
shape = lambda view: [d if isinstance(d, int) else 1 for d in view.shape]
views = {view.name: numpy.zeros(shape(view), 'f4') for view in session.get_inputs()}
assert session.run(None, views)[0].size == 1
"""
LIBRARIES = """
print(len({l.split()[-1] for l in open('/proc/self/maps') if 'libonnxruntime.so' in l}))
"""


@needs_package
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("order", ["before", "after"])
def test_one_library_is_shared_with_the_package(order):
    code = "import sys\n" + SESSION + SCAN if order == "before" else SCAN + SESSION
    # And again, with both loaded, as a program would go on.
    out = python(code + SCAN + LIBRARIES)
    assert out.count("onnxruntime") == 2
    assert out[-1] == "1", "libraries in the process"


@needs_package
def test_asking_for_both_is_an_error():
    out = python(SCAN + """
try:
    voxhumana.Detector(runtime='tract')
except voxhumana.OnnxRuntimeError as error:
    print('refused', 'already uses onnxruntime' in str(error))
""")
    assert out[-2:] == ["refused", "True"]
