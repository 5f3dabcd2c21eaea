"""Heavy calls run without the GIL."""

import threading
import time

import numpy as np
import pytest

import bonafide


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
    extractor = bonafide.FeatureExtractor(bonafide.FrontEnd.preset("log_spectrum"))
    rng = np.random.default_rng(0)
    scores = bonafide.metrics.Scores(rng.normal(1, 1, 20000), rng.normal(0, 1, 20000))
    data = call.read_bytes()
    return {
        "scan samples": lambda: detector.scan(long, audio.sample_rate),
        "scan bytes": lambda: [detector.scan(data) for _ in range(3)],
        "stream": lambda: detector.stream(audio.sample_rate).push(long),
        "features": lambda: extractor.extract(np.tile(long, 4)),
        "features of a batch": lambda: extractor.extract_batch(np.tile(long, 4).reshape(2, -1)),
        "resample": lambda: bonafide.resample(np.tile(long, 4), 16000, 44100),
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
