"""What the jobs for Ray and Spark share, without either."""

import sys

import pytest

from conftest import REPOSITORY

fsspec = pytest.importorskip("fsspec")
pytest.importorskip("pyarrow")


@pytest.fixture(scope="module")
def recordings():
    sys.path.insert(0, str(REPOSITORY / "python" / "examples"))
    try:
        import recordings

        yield recordings
    finally:
        sys.path.pop(0)


def test_shares_are_of_about_as_many_bytes(recordings):
    sizes = {f"{i:03}": 1 + 997 * i % 1000 for i in range(500)} | {"gone": 0}
    for workers in (1, 2, 7, 64):
        dealt = recordings.shares(sizes, workers)
        assert sorted(path for share in dealt for path in share) == sorted(sizes)
        assert len(dealt) >= workers and max(map(len, dealt)) <= recordings.MOST_RECORDINGS
        assert max(sum(sizes[path] for path in share) for share in dealt) <= -(-sum(sizes.values()) // workers)
    # One that is larger than a share is a share of its own, and comes first.
    assert recordings.shares({"a": 1, "b": 2 * recordings.MOST_BYTES, "c": 1}, 2) == [["b"], ["a", "c"]]
    assert recordings.shares({"a": 0, "b": 0}, 2) == [["a", "b"]]
    assert recordings.shares({}, 2) == []


def test_recordings_of_a_store(recordings, detector, call, report):
    store = fsspec.filesystem("memory")
    store.pipe({"/calls/a/call.wav": call.read_bytes(), "/calls/bad.wav": b"RIFF nonsense", "/calls/notes.txt": b""})
    try:
        found = recordings.listed("memory://calls/**/*.wav")
        assert found == {"memory:///calls/a/call.wav": call.stat().st_size, "memory:///calls/bad.wav": 13}
        assert len(recordings.listed("memory://calls")) == 3
        rows = recordings.scan(detector, [*found, "memory:///calls/gone.wav"]).to_pylist()
    finally:
        store.rm("/calls", recursive=True)
    assert [row["path"] for row in rows] == ["memory:///calls/a/call.wav"] * 2 + ["memory:///calls/bad.wav", "memory:///calls/gone.wav"]
    assert rows[0]["llr"] == report.channels[0].llr
    assert [row["error_code"] for row in rows] == [None, None, "unsupported_format", "not_found"]
    assert "gone.wav" in rows[3]["error"]
