"""Heavy calls run without the GIL."""

import ctypes
import os
import subprocess
import sys
import sysconfig
import threading
import time

import numpy as np
import pytest

import voxhumana
from voxhumana import _voxhumana


def overlap(work):
    """Longest pause of the main thread, as a share of the time `work` takes in another thread."""
    took = []

    def timed():
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)

    thread = threading.Thread(target=timed)
    longest = 0.0
    last = time.perf_counter()
    thread.start()
    while thread.is_alive():
        time.sleep(0.0005)
        now = time.perf_counter()
        longest = max(longest, now - last)
        last = now
    thread.join()
    return longest / took[0]


@pytest.fixture(scope="module")
def long(audio):
    mono = audio.samples[0]
    return np.tile(mono, 1 + audio.sample_rate * 240 // mono.size)


def heavy(name, detector, call, audio, long):
    extractor = voxhumana.FeatureExtractor(voxhumana.FrontEnd.preset("log_spectrum"))
    rng = np.random.default_rng(0)
    scores = voxhumana.metrics.Scores(rng.normal(1, 1, 20000), rng.normal(0, 1, 20000))
    data = call.read_bytes()
    return {
        "scan samples": lambda: detector.scan(long, audio.sample_rate),
        "scan bytes": lambda: [detector.scan(data) for _ in range(3)],
        "stream": lambda: detector.stream(audio.sample_rate).push(long),
        "features": lambda: extractor.extract(np.tile(long, 4)),
        "features of a batch": lambda: extractor.extract_batch(np.tile(long, 4).reshape(2, -1)),
        "resample": lambda: voxhumana.resample(np.tile(long, 4), 16000, 44100),
        "metrics": lambda: scores.eer_interval(200),
    }[name]


@pytest.mark.parametrize(
    "name",
    ["scan samples", "scan bytes", "stream", "features", "features of a batch", "resample", "metrics"],
)
def test_the_main_thread_goes_on(name, detector, call, audio, long):
    work = heavy(name, detector, call, audio, long)
    # A call that held the GIL would stop the main thread for nearly all of its time, every time; a busy machine may
    # stop it now and then.
    assert min(overlap(work) for _ in range(5)) < 0.5


def test_threads_share_a_detector(detector, call, report):
    found = []
    threads = [threading.Thread(target=lambda: found.append(detector.scan(call))) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert found == [report] * 4


# Both recordings come through named pipes, piece by piece in turn. A pipe holds at most 64 KiB (1 MiB if so set), hence a
# write of 4 MiB ends only when a scan has read most of it. That the writes to both end, with neither scan over, shows that
# each goes on in the middle of the other, without any clock. A scan with the GIL would stop the writer for good.
TWO_SCANS = """
import os, sys, wave
from concurrent.futures import ThreadPoolExecutor
import numpy as np
import voxhumana

detector = voxhumana.Detector(runtime="tract", threads=1)
samples, rate = voxhumana.decode(sys.argv[1])
whole = np.tile(np.round(samples[0] * 32767).astype("<i2"), 1 + 12_000_000 // samples.shape[1] // 2)
with wave.open("call.wav", "wb") as file:
    file.setnchannels(1)
    file.setsampwidth(2)
    file.setframerate(rate)
    file.writeframes(whole.tobytes())
data = open("call.wav", "rb").read()
piece = 4 << 20
assert len(data) > 2 * piece
for pipe in ("a.wav", "b.wav"):
    os.mkfifo(pipe)
with ThreadPoolExecutor(2) as pool:
    scans = [pool.submit(detector.scan, pipe) for pipe in ("a.wav", "b.wav")]
    writers = [open(pipe, "wb") for pipe in ("a.wav", "b.wav")]
    for start in range(0, len(data), piece):
        for scan, writer in zip(scans, writers):
            assert not scan.done()
            writer.write(data[start : start + piece])
            writer.flush()
    for writer in writers:
        writer.close()
    a, b = (scan.result() for scan in scans)
alone = detector.scan("call.wav")
assert a.channels == b.channels == alone.channels
assert len(alone.channels[0].segments) > 50
print("both")
"""


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_two_scans_go_on_at_once(call, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", TWO_SCANS, str(call)], cwd=tmp_path, capture_output=True, text=True, timeout=900
    )
    assert done.stdout == "both\n", done.stderr


@pytest.mark.skipif(
    sys.version_info < (3, 13) or "abi3" in str(_voxhumana.__file__) or bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    reason="reads what a build for one version of Python since 3.13, with a GIL, says of itself",
)
def test_the_module_says_that_it_needs_no_gil():
    class Slot(ctypes.Structure):
        _fields_ = [("id", ctypes.c_int), ("value", ctypes.c_void_p)]

    class Definition(ctypes.Structure):
        # PyModuleDef of moduleobject.h: an object's head, m_init, m_index, m_copy, m_name, m_doc, m_size, m_methods.
        _fields_ = [("before", ctypes.c_void_p * 9), ("slots", ctypes.POINTER(Slot))]

    definition_of = ctypes.pythonapi.PyModule_GetDef
    definition_of.restype, definition_of.argtypes = ctypes.POINTER(Definition), [ctypes.py_object]
    slots = definition_of(_voxhumana).contents.slots
    found = {}
    while slots[len(found)].id:
        found[slots[len(found)].id] = slots[len(found)].value
    py_mod_gil, not_used = 4, 1
    assert found[py_mod_gil] == not_used


@pytest.mark.skipif(not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="this Python has a GIL")
def test_a_free_threaded_python_stays_so():
    """Importing a module that does not declare itself free of the GIL would switch it on, with a warning."""
    code = "import voxhumana, sys; print(sys._is_gil_enabled())"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert done.stdout == "False\n", done.stderr
