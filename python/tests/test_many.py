"""Many recordings: one at a time, beside an event loop, from memory, and as tables of other libraries."""

import asyncio
import io
import json
import shutil
import threading
import time

import numpy as np
import pytest

import voxhumana


def same(report, expected):
    return [(c.llr, c.verdict) for c in report.channels] == [(c.llr, c.verdict) for c in expected.channels]


def test_results_come_one_by_one_and_sources_are_taken_as_needed(detector, call, report):
    taken = []

    def sources():
        for i in range(200):
            taken.append(i)
            yield call

    results = detector.scan_iter(sources(), jobs=2)
    assert same(next(results), report)
    assert len(taken) <= 2 * 4 + 2
    results.close()
    assert len(taken) <= 2 * 4 + 2


def test_closing_ends_what_is_under_way(detector):
    # An hour of samples a source; the scan of one takes longer than this test may.
    long = np.tile(np.sin(np.arange(16000, dtype=np.float32)), 600)
    before = threading.active_count()
    results = detector.scan_iter(((long, 16000) for _ in range(100)), jobs=2)
    next(results)
    begun = time.monotonic()
    results.close()
    assert threading.active_count() == before
    assert time.monotonic() - begun < 20


def test_many_takes_what_scan_takes(detector, call, report, audio, tmp_path):
    pair = (audio.samples, audio.sample_rate)
    sources = [call, str(call), call.read_bytes(), pair, None, np.zeros(5), io.BytesIO(b"no sound")]
    results = detector.scan_many(sources, jobs=2)
    assert all(same(r, report) for r in results[:4])
    assert [r.status for r in results[4:]] == ["error"] * 3
    assert [r.path for r in results] == [str(call), str(call), None, None, None, None, None]
    assert "sample_rate is missing" in results[5].error
    results.to_jsonl(tmp_path / "results.jsonl")
    again = voxhumana.Reports.read_jsonl(tmp_path / "results.jsonl")
    assert [r.path for r in again] == [r.path for r in results]


def test_dictionaries_of_datasets_are_taken(detector, call, report, audio):
    decoded = {"array": audio.samples[0], "sampling_rate": audio.sample_rate, "path": "x.wav"}
    one = detector.scan(audio.samples[0], audio.sample_rate)
    assert same(detector.scan(decoded), one)
    assert same(detector.scan({**decoded, "array": audio.samples[0].tolist()}), one)
    assert same(detector.scan({"bytes": call.read_bytes(), "path": None}), report)
    assert same(detector.scan({"bytes": None, "path": str(call)}), report)
    with pytest.raises(voxhumana.InvalidArgumentError, match="'sampling_rate'"):
        detector.scan({"audio": 1})


def test_the_event_loop_goes_on(call, report):
    async def beat(beats):
        while True:
            beats.append(time.monotonic())
            await asyncio.sleep(0.001)

    async def work():
        beats = []
        beating = asyncio.ensure_future(beat(beats))
        reports = await asyncio.gather(*(voxhumana.scan_async(call, runtime="tract") for _ in range(4)))
        beating.cancel()
        return reports, len(beats)

    reports, beats = asyncio.run(work())
    assert all(same(r, report) for r in reports) and beats > 10


def test_a_cancelled_task_ends_its_scan(detector):
    long = np.tile(np.sin(np.arange(16000, dtype=np.float32)), 3600)

    async def work():
        task = asyncio.ensure_future(detector.scan_async((long, 16000)))
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    begun = time.monotonic()
    asyncio.run(work())
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize(
    "call_it, near",
    [
        (lambda: voxhumana.scan("x", treshold_llr=1), "threshold_llr"),
        (lambda: voxhumana.scan_many([], thread=1), "threads"),
        (lambda: voxhumana.scan_iter([], modle="x"), "model"),
        (lambda: voxhumana.Detector(operating_piont="x"), "operating_point"),
    ],
)
def test_a_typo_names_the_nearest_option(call_it, near):
    with pytest.raises(TypeError, match=f"did you mean '{near}'"):
        call_it()


def test_tables_of_other_libraries(detector, call, tmp_path):
    polars = pytest.importorskip("polars")
    parquet = pytest.importorskip("pyarrow.parquet")
    reports = detector.scan_many([call, tmp_path / "missing.wav"])
    frame = reports.to_polars()
    assert frame.shape[0] == 3 and frame["status"].to_list() == ["ok", "ok", "error"]
    assert frame.schema["llr"] == polars.Float64
    reports.to_parquet(tmp_path / "results.parquet")
    assert parquet.read_table(tmp_path / "results.parquet").equals(reports.to_arrow())
    assert sorted(p.name for p in tmp_path.iterdir()) == ["results.parquet"]


def test_findings_travel_as_stix(detector, call, report, tmp_path):
    stix2 = pytest.importorskip("stix2")
    import hashlib

    copy = tmp_path / "copy.wav"
    shutil.copy(call, copy)
    quiet = detector.scan_many([call, copy, tmp_path / "missing.wav"])
    text = quiet.to_stix("Example Bank").serialize()
    again = stix2.parse(text)
    kinds = [o["type"] for o in json.loads(text)["objects"]]
    assert kinds.count("identity") == 1 and kinds.count("observed-data") == 2
    # The sample call has a synthetic side.
    assert report.verdict == "synthetic"
    indicators = [o for o in again.objects if o["type"] == "indicator"]
    digest = hashlib.sha256(call.read_bytes()).hexdigest()
    assert len(indicators) == 2
    for indicator in indicators:
        assert digest in indicator["pattern"] and indicator["created_by_ref"].startswith("identity--")
        highest = max(c.synthetic_probability for c in report.channels)
        assert indicator["confidence"] == round(100 * highest)
        assert "no proof of identity" in indicator["description"]
    with pytest.raises(voxhumana.InvalidArgumentError, match="of no file"):
        detector.scan_many([call.read_bytes()]).to_stix("Example Bank")
    with pytest.raises(voxhumana.InvalidArgumentError, match="organisation is empty"):
        quiet.to_stix(" ")
