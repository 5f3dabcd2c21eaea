"""Codecs of telephone and messaging channels, simulated with ffmpeg on whole sets of clips.

Starting ffmpeg for each clip would cost more than the coding, so clips are joined with gaps, coded as one
stream, and cut again. A pair (a bona fide clip and its copy-synthesis) always goes through the same channel.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from .clips import RATE, Clips

GAP = RATE // 4

# name -> the coding steps; each is (container suffix, ffmpeg encoder arguments).
CHANNELS: dict[str, list[tuple[str, str]]] = {
    "mulaw8k": [("wav", "-ar 8000 -c:a pcm_mulaw")],
    "alaw8k": [("wav", "-ar 8000 -c:a pcm_alaw")],
    "gsm": [("gsm", "-ar 8000 -c:a libgsm")],
    "g722": [("wav", "-ar 16000 -c:a g722")],
    "g726_32": [("wav", "-ar 8000 -c:a g726 -b:a 32k")],
    "adpcm_ima8k": [("wav", "-ar 8000 -c:a adpcm_ima_wav")],
    "opus8_nb": [("ogg", "-ar 8000 -c:a libopus -b:a 8k -application voip")],
    "opus12": [("ogg", "-ar 16000 -c:a libopus -b:a 12k -application voip")],
    "opus16": [("ogg", "-ar 16000 -c:a libopus -b:a 16k -application voip")],
    "opus24": [("ogg", "-ar 16000 -c:a libopus -b:a 24k -application voip")],
    "mp3_16_8k": [("mp3", "-ar 8000 -c:a libmp3lame -b:a 16k")],
    "mp3_32": [("mp3", "-ar 16000 -c:a libmp3lame -b:a 32k")],
    "mp3_64": [("mp3", "-ar 16000 -c:a libmp3lame -b:a 64k")],
    "aac_24": [("m4a", "-ar 16000 -c:a aac -b:a 24k")],
    "aac_48": [("m4a", "-ar 16000 -c:a aac -b:a 48k")],
    "vorbis": [("ogg", "-ar 16000 -c:a libvorbis -q:a 1")],
    "speex_nb": [("ogg", "-ar 8000 -c:a libspeex -b:a 11k")],
    "speex_wb": [("ogg", "-ar 16000 -c:a libspeex -b:a 20k")],
    "mulaw_gsm": [("wav", "-ar 8000 -c:a pcm_mulaw"), ("gsm", "-ar 8000 -c:a libgsm")],
    "gsm_mp3": [("gsm", "-ar 8000 -c:a libgsm"), ("mp3", "-ar 8000 -c:a libmp3lame -b:a 24k")],
    "opus16_mulaw": [("ogg", "-ar 16000 -c:a libopus -b:a 16k"), ("wav", "-ar 8000 -c:a pcm_mulaw")],
    "alaw_opus12": [("wav", "-ar 8000 -c:a pcm_alaw"), ("ogg", "-ar 8000 -c:a libopus -b:a 12k")],
}

# The lines that most calls go through are drawn more often than the rest, those that cost a detector most above all.
WEIGHTS = {"mulaw8k": 3.0, "alaw8k": 2.0, "gsm": 6.0, "mulaw_gsm": 2.0, "gsm_mp3": 2.0, "opus16": 2.0, "mp3_32": 3.0}


def _ffmpeg(*arguments: str) -> None:
    if shutil.which("ffmpeg") is None:
        raise SystemExit("ffmpeg is not installed: the codecs are its; or set data.coded_copies = 0, coded_made = 0 and dev_channels = []")
    if subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *arguments]).returncode:
        raise SystemExit(f"ffmpeg has failed, as it says above: {' '.join(arguments)}. It must have libgsm, libspeex, libopus and libmp3lame, as Debian's has")


def through(samples: np.ndarray, channel: str) -> np.ndarray:
    """16-bit samples through a channel and back to 16 kHz."""
    with tempfile.TemporaryDirectory() as folder:
        current = Path(folder) / "in.s16"
        samples.tofile(current)
        source = ["-f", "s16le", "-ar", str(RATE), "-ac", "1"]
        for step, (suffix, arguments) in enumerate(CHANNELS[channel]):
            coded = Path(folder) / f"{step}.{suffix}"
            _ffmpeg(*source, "-i", str(current), *arguments.split(), "-ac", "1", str(coded))
            current, source = coded, []
        out = Path(folder) / "out.s16"
        _ffmpeg("-i", str(current), "-f", "s16le", "-ar", str(RATE), "-ac", "1", str(out))
        return np.fromfile(out, np.int16)


def _coded(clips: Clips, members: np.ndarray, channel: str) -> list[np.ndarray]:
    parts, starts, at = [], [], 0
    for i in members:
        clip = clips.samples[clips.starts[i] : clips.starts[i + 1]]
        starts.append(at)
        parts += [clip, np.zeros(GAP, np.int16)]
        at += len(clip) + GAP
    coded = through(np.concatenate(parts), channel)
    lengths = np.diff(clips.starts)[members]
    # A codec may cut the end by part of a frame; pad so that every clip keeps its length.
    coded = np.pad(coded, (0, max(0, at - len(coded))))
    return [coded[s : s + n] for s, n in zip(starts, lengths)]


def channel_copy(clips: Clips, channel: str) -> Clips:
    """Every clip through one channel."""
    return Clips.joined(_coded(clips, np.arange(len(clips)), channel))


def draw(table: pd.DataFrame, number: int) -> np.ndarray:
    """The channels (drawn by `WEIGHTS`) of the clips in coded copy `number`; a bona fide clip and its copies share one."""
    rng = np.random.default_rng(100 + number)
    names = list(CHANNELS)
    groups = table.pair_uid.where(table.pair_uid != "", table.uid).to_numpy()
    unique, inverse = np.unique(groups, return_inverse=True)
    weights = np.array([WEIGHTS.get(n, 1.0) for n in names])
    return np.array(names)[rng.choice(len(names), size=len(unique), p=weights / weights.sum())[inverse]]


def coded_copy(clips: Clips, drawn: np.ndarray, number: int) -> Clips:
    """Coded copy `number`: every clip through the channel that `draw` gave it."""
    rng = np.random.default_rng((100 + number, 1))
    out: list[np.ndarray] = [np.zeros(0, np.int16)] * len(clips)
    for name in CHANNELS:
        # In random order: what a codec remembers of one clip should not always be the same clip.
        members = rng.permutation(np.flatnonzero(drawn == name))
        if len(members):
            for i, clip in zip(members, _coded(clips, members, name)):
                out[i] = clip
    return Clips.joined(out)
