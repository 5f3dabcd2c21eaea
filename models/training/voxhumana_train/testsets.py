"""Writes the recordings that a model is measured on, made from dev clips.

Each set is a folder of WAV files with `list.csv` (`file,label,family,generator,source,language,...`), which `voxhumana evaluate` reads
as well. Sets: `clips` (first 4 s), its copies through telephone codecs, `calls-N` (N seconds of one voice), `partial` (10 s of clone
in 60 s of human speech, with the truth beside it), `flip-*` (one shortcut given to one class only), `outside` (what should be
refused: several voices at once, noise, music where `--music` names a folder of it).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.signal
import soundfile

from . import config
from .clips import RATE, Clips, decode
from .prepare import tables

KEEP = ["label", "family", "generator", "source", "language"]
LENGTHS = (1, 2, 4, 8, 16, 20, 32)
# The length that goes through the channels as well.
CODED_LENGTH = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    config.add_arguments(parser)
    parser.add_argument("--music", type=Path, help="folder of instrumental music, to see whether it is refused")


def run(arguments: argparse.Namespace) -> None:
    settings = config.load(arguments)
    cache, out = config.cache(settings), config.work(settings, "testsets")
    _, table = tables(settings)
    clips = Clips.read(cache / "dev.npz")
    clips_set(out, "clips", table, clips)
    for seconds in LENGTHS:
        calls_set(out, seconds, table, clips)
    for name in settings["data"]["dev_channels"]:
        coded = Clips.read(cache / f"dev-{name}.npz")
        clips_set(out, name, table, coded)
        calls_set(out / name, CODED_LENGTH, table, coded)
    partial_set(out, table, clips)
    outside_set(out, table, clips, arguments.music)
    flips = {name: lambda x, i, change=change: change(x) for name, change in FLIPS.items()}
    if "mp3_32" in settings["data"]["dev_channels"]:
        mp3 = Clips.read(cache / "dev-mp3_32.npz")
        flips["mp3"] = lambda x, i: mp3[i][: 4 * RATE]
    for who in ("bonafide", "spoof"):
        for name, change in flips.items():
            clips_set(out, f"flip-{name}-{who}", table, clips, lambda x, label, i: change(x, i) if label == who else x)


class Writer:
    """One set: WAV files and their list; the list is written last, so that a set is whole or not there."""

    def __init__(self, root: Path, name: str):
        self.folder, self.rows = root / name, []
        self.done = (self.folder / "list.csv").exists()
        self.folder.mkdir(parents=True, exist_ok=True)

    def add(self, samples: np.ndarray, **facts) -> None:
        file = f"{len(self.rows):05}.wav"
        soundfile.write(self.folder / file, np.clip(samples, -1, 1), RATE, "PCM_16")
        self.rows.append({"file": file, **facts})

    def close(self) -> None:
        pd.DataFrame(self.rows, columns=None if self.rows else ["file", *KEEP]).to_csv(self.folder / "list.csv", index=False)
        print(f"{self.folder.name}: {len(self.rows)} recordings", flush=True)


def clips_set(root: Path, name: str, table: pd.DataFrame, clips: Clips, change: Callable | None = None) -> None:
    w = Writer(root, name)
    if w.done:
        return
    for i, row in enumerate(table[KEEP].to_dict("records")):
        x = clips[i][: 4 * RATE]
        w.add(change(x, row["label"], i) if change else x, **row, corpus_file=table.file[i])
    w.close()


def voices(table: pd.DataFrame) -> pd.Series:
    """Who speaks: a generator on its page; a person, or where persons have few clips the source they come from."""
    return table.source + "|" + table.generator.where(table.label == "spoof", "")


def calls_set(root: Path, seconds: int, table: pd.DataFrame, clips: Clips) -> None:
    """Random clips of one voice joined to `seconds`; voices with less than 60 % of that are left out. About as many
    recordings per voice as its audio fills, at most 8."""
    w = Writer(root, f"calls-{seconds}")
    if w.done:
        return
    rng = np.random.default_rng(seconds)
    lengths = np.diff(clips.starts)
    for _, members in table.groupby(voices(table)):
        total = lengths[members.index].sum() / RATE
        if total < 0.6 * seconds:
            continue
        for _ in range(int(np.clip(total // seconds, 1, 8))):
            order = rng.permutation(members.index)
            x = np.concatenate([clips[i] for i in order])[: seconds * RATE]
            w.add(x, **members.iloc[0][KEEP], seconds=seconds)
    w.close()


def partial_set(root: Path, table: pd.DataFrame, clips: Clips, count: int = 120) -> None:
    """60 s of one human source; in two of three, 10 s of one generator inside, at the human's level."""
    w = Writer(root, "partial")
    if w.done:
        return
    rng = np.random.default_rng(60)
    seconds = np.diff(clips.starts) / RATE
    long_enough = lambda groups, least: [m.index for _, m in groups if seconds[m.index].sum() >= least]
    human = long_enough(table[table.label == "bonafide"].groupby("source"), 25)
    spoof = long_enough(table[table.label == "spoof"].groupby(voices(table)), 8)
    if not (human and spoof):
        print("partial: no human source of 25 s, or no generator of 8 s: left empty")
        count = 0
    for k in range(count):
        h = human[rng.integers(len(human))]
        base = np.concatenate([clips[i] for i in np.tile(rng.permutation(h), 3)])
        base = np.resize(base, 60 * RATE)
        start = end = 0.0
        generator = ""
        if k % 3:
            s = spoof[rng.integers(len(spoof))]
            fake = np.concatenate([clips[i] for i in rng.permutation(s)])[: 10 * RATE]
            at = int(rng.uniform(5, 45) * RATE)
            fake *= np.sqrt(np.mean(base**2)) / (np.sqrt(np.mean(fake**2)) + 1e-9)
            base[at : at + len(fake)] = fake
            start, end, generator = at / RATE, (at + len(fake)) / RATE, table.generator[s[0]]
        w.add(base, label="spoof" if k % 3 else "bonafide", generator=generator, source=table.source[h[0]], start_s=start, end_s=end)
    w.close()


def outside_set(root: Path, table: pd.DataFrame, clips: Clips, music: Path | None, count: int = 80) -> None:
    """8 s each; `kind` says what it is. Voices at once are within 3 dB of each other and of either class."""
    w = Writer(root, "outside")
    if w.done:
        return
    rng = np.random.default_rng(8)
    n = 8 * RATE
    level = lambda x, db=0.0: x * (10 ** (db / 20) / (np.sqrt(np.mean(x**2)) + 1e-6))
    sources = table.groupby("source").indices

    def voice() -> np.ndarray:
        members = sources[rng.choice(list(sources))]
        return level(np.resize(np.concatenate([clips[i] for i in rng.permutation(members)[:4]]), n), rng.uniform(-3, 3))

    def pink() -> np.ndarray:
        hz = np.fft.rfftfreq(n, 1 / RATE)
        return level(np.fft.irfft(np.fft.rfft(rng.standard_normal(n)) / np.sqrt(np.maximum(hz, 20)), n))

    kinds = {
        "two voices": lambda: voice() + voice(),
        "three voices": lambda: voice() + voice() + voice(),
        "speech 12 dB under noise": lambda: pink() + 10 ** (-12 / 20) * voice(),
        "speech 6 dB over noise": lambda: pink() + 10 ** (6 / 20) * voice(),
    }
    if music:
        tracks = [decode(str(f)) for f in sorted(music.iterdir())]

        def piece() -> np.ndarray:
            track = tracks[rng.integers(len(tracks))]
            start = int(rng.integers(max(1, len(track) - n)))
            return level(np.resize(track[start : start + n], n))

        kinds["music"] = piece
        kinds["speech 10 dB over music"] = lambda: piece() + 10 ** (10 / 20) * voice()
    for kind, make in kinds.items():
        for _ in range(count):
            x = make()
            w.add(x * (0.5 / np.abs(x).max()), label="bonafide", kind=kind)
    w.close()


FLIPS = {
    "leading-silence": lambda x: np.concatenate([np.zeros(RATE, np.float32), x]),
    "quiet": lambda x: x * 0.05,
    "loud": lambda x: x * (0.98 / (np.abs(x).max() + 1e-6)),
    "band-4k": lambda x: scipy.signal.sosfiltfilt(scipy.signal.butter(8, 3800, fs=RATE, output="sos"), x),
    "dc": lambda x: x + 0.01,
}
