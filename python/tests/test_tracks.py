"""Recordings of several tracks."""

import shutil
import subprocess

import pytest

import voxhumana


@pytest.fixture(scope="module")
def two_tracks(tmp_path_factory, call):
    if shutil.which("ffmpeg") is None:
        pytest.skip("no ffmpeg to write a recording of two tracks")
    out = tmp_path_factory.mktemp("tracks") / "call.mka"
    split = "[0:a]channelsplit=channel_layout=stereo[a][b]"
    titles = ["-metadata:s:a:0", "title=agent", "-metadata:s:a:1", "title=caller"]
    maps = ["-map", "[a]", "-map", "[b]", "-c:a", "pcm_s16le"]
    subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(call), "-filter_complex", split, *maps, *titles, str(out)], check=True
    )
    return out


def test_a_track_by_number_or_title(two_tracks):
    both = voxhumana.Detector(runtime="tract").scan(two_tracks)
    assert [c.name for c in both.channels] == ["agent", "caller"]
    for track in (2, "caller", ["caller"]):
        [only] = voxhumana.Detector(track=track, runtime="tract").scan(two_tracks).channels
        assert only.speech_s == pytest.approx(both.channels[1].speech_s + both.channels[1].crosstalk_s, abs=2)
    assert voxhumana.decode(two_tracks, track=1).samples.shape[0] == 1
    assert voxhumana.scan(two_tracks, track=(1, 2), runtime="tract").channels == both.channels


def test_the_page_of_a_track_needs_its_sound(two_tracks):
    report = voxhumana.scan(two_tracks, track=2, runtime="tract")
    with pytest.raises(voxhumana.InvalidArgumentError, match="has 2 channels; accepted: 1.*audio="):
        report.to_html()
    assert "data:image/png" in report.to_html(audio=voxhumana.decode(two_tracks, track=2))


def test_a_track_that_is_none_is_refused(two_tracks):
    with pytest.raises(voxhumana.VoxHumanaError, match="9"):
        voxhumana.Detector(track=9, runtime="tract").scan(two_tracks)
    for wrong in (0, "", True, [1.5]):
        with pytest.raises(voxhumana.InvalidArgumentError, match="track"):
            voxhumana.Detector(track=wrong)
