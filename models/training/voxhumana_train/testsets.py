"""Writes the recordings that a model is measured on, made from dev clips.

Each set is a folder of WAV files with `list.csv` (`file,label,family,generator,source,language,...`), which `voxhumana evaluate` reads
as well. Sets: `clips` (first 4 s), its copies through telephone codecs, `calls-N` (N seconds of one voice), `sides` (sides of telephone calls), `part-*` (calls of one human
source with seconds of a clone in them, with the truth beside it, and calls without), `flip-*` (one shortcut given to one class only),
`outside` (what should be refused: several voices at once, noise, music where `--music` names a folder of it).

`--of held` makes the sets that a model is calibrated on, without clones in a part, `flip-*` and `outside`, of the sources of train that no
run of `shipped` draws (shipped/hold_out.toml: sources of the project's corpus, which `voxhumana-train train` does draw).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.signal
import soundfile

from . import channels, config
from .clips import RATE, Clips, decode
from .fitting import RANGES
from .shipped.batches import left_out
from .prepare import tables

KEEP = ["label", "family", "generator", "source", "language"]
LENGTHS = (1, 2, 4, 8, 16, 20, 32)
# The length of dev that goes through the channels as well.
CODED_LENGTH = 20
# Calls with a clone in a part: set -> seconds of the call, seconds of clone in it, calls.
PARTS = {
    "part-none-60": (60, 0, 400), "part-none-346": (346, 0, 200), "part-none-600": (600, 0, 100),
    "part-10-in-60": (60, 10, 200), "part-20-in-60": (60, 20, 200), "part-100-in-346": (346, 100, 200),
}  # fmt: skip
# Those of them that are made for calibration.
FITTED_PARTS = ("part-none-60", "part-none-346")
# Sides of telephone calls, of either class: the channel, seconds of speech, and how many.
SIDE_CHANNEL, SIDE_SECONDS, SIDES = "mulaw8k", 37, 300
# Seconds that a voice must have: dev has hardly a synthetic one of more than twenty.
LEAST_SIDE_S = 15
# At most so many times the human speech of a list goes into calls of one kind: a short list makes few.
PART_REPEATS = 40
# Folders of the sets, by whose clips they are made of.
FOLDERS = {"dev": "testsets", "held": "testsets-held"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    config.add_arguments(parser)
    parser.add_argument("--of", choices=FOLDERS, default="dev", help="the clips that the sets are made of (default: %(default)s)")
    parser.add_argument("--music", type=Path, help="folder of instrumental music, to see whether it is refused")


def run(arguments: argparse.Namespace) -> None:
    settings = config.load(arguments)
    cache, out = config.cache(settings), config.work(settings, FOLDERS[arguments.of])
    if arguments.of == "held":
        speech_sets(out, "held", *held(settings), settings)
        return
    _, table = tables(settings)
    clips = Clips.read(cache / "dev.npz")
    speech_sets(out, "dev", table, clips, settings)
    if arguments.music and (out / "outside" / "list.csv").exists():
        print(f"{out / 'outside'} is there, without music or with what it was made of: remove it to have it made again", flush=True)
    outside_set(out, table, clips, arguments.music)
    flips = {name: lambda x, i, change=change: change(x) for name, change in FLIPS.items()}
    if "mp3_32" in settings["data"]["dev_channels"]:
        mp3 = Clips.read(cache / "dev-mp3_32.npz")
        flips["mp3"] = lambda x, i: mp3[i][: 4 * RATE]
    for who in ("bonafide", "spoof"):
        for name, change in flips.items():
            clips_set(out, f"flip-{name}-{who}", table, clips, lambda x, label, i: change(x, i) if label == who else x)


def held_rows(settings: dict) -> tuple[pd.DataFrame, np.ndarray]:
    """The training list, and which of its rows are of sources that are held out."""
    train, _ = tables(settings)
    rows = np.flatnonzero(left_out(train, []))
    if not len(rows):
        raise SystemExit(f"{settings['data']['train']} has none of the sources of hold_out.toml: it names those of the project's corpus, which only the runs of `shipped` leave out")
    return train, rows


def held(settings: dict) -> tuple[pd.DataFrame, Clips]:
    """Clips of the sources that are held out of training."""
    train, rows = held_rows(settings)
    return train.iloc[rows].reset_index(drop=True), Clips.read(config.cache(settings) / "train.npz").take(rows)


def speech_sets(out: Path, of: str, table: pd.DataFrame, clips: Clips, settings: dict) -> None:
    """Speech of either class, plain and through codecs. What is only calibrated on is heard through every channel, at the lengths that
    calibration reads, and with no clone in a part."""
    fitted = tuple(seconds for _, seconds in RANGES)
    lengths, coded_lengths = (LENGTHS, (CODED_LENGTH,)) if of == "dev" else (fitted, fitted)
    clips_set(out, "clips", table, clips)
    for seconds in lengths:
        calls_set(out, seconds, table, clips)
    for name in settings["data"]["dev_channels"]:
        path = config.cache(settings) / f"{of}-{name}.npz"
        coded = Clips.cached(path, lambda: channels.channel_copy(clips, name))
        clips_set(out, name, table, coded)
        for seconds in coded_lengths:
            calls_set(out / name, seconds, table, coded)
        if of == "dev" and name == SIDE_CHANNEL:
            sides_set(out, table, coded)
    for name in PARTS:
        if of == "dev" or name in FITTED_PARTS:
            part_set(out, name, table, clips)


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


def sides_set(root: Path, table: pd.DataFrame, clips: Clips) -> None:
    """As many sides of calls of either class, each of one voice, every voice as often as any other; a short one repeats itself."""
    w = Writer(root, "sides")
    if w.done:
        return
    rng = np.random.default_rng(SIDE_SECONDS)
    seconds = np.diff(clips.starts) / RATE
    for label in ("bonafide", "spoof"):
        rows = table[table.label == label]
        spoken = [m for _, m in rows.groupby(voices(rows)) if seconds[m.index].sum() >= LEAST_SIDE_S]
        for number in range(SIDES if spoken else 0):
            members = spoken[number % len(spoken)]
            x = np.concatenate([clips[i] for i in rng.permutation(members.index)])
            w.add(np.resize(x, SIDE_SECONDS * RATE), **members.iloc[0][KEEP], seconds=SIDE_SECONDS)
    w.close()


def part_set(root: Path, name: str, table: pd.DataFrame, clips: Clips) -> None:
    """Calls of one human source, in which a generator speaks for some seconds, at the human's level."""
    w = Writer(root, name)
    if w.done:
        return
    total, part, count = PARTS[name]
    rng = np.random.default_rng((total, part))
    seconds = np.diff(clips.starts) / RATE
    long_enough = lambda groups, least: [m.index for _, m in groups if seconds[m.index].sum() >= least]
    human = long_enough(table[table.label == "bonafide"].groupby("source"), 25)
    spoof = long_enough(table[table.label == "spoof"].groupby(voices(table)), 8)
    spoken_s = seconds[table.label == "bonafide"].sum()
    count = min(count, int(PART_REPEATS * spoken_s / total))
    if not (human and spoof):
        print(f"{name}: no human source of 25 s, or no generator of 8 s: left empty")
        count = 0
    spoken = lambda members, s: np.resize(np.concatenate([clips[i] for i in rng.permutation(members)]), s * RATE)
    for _ in range(count):
        h = human[rng.integers(len(human))]
        base, start, generator = spoken(h, total), 0.0, ""
        if part:
            s = spoof[rng.integers(len(spoof))]
            fake = spoken(s, part)
            at = int(rng.uniform(0.05, 0.95 - part / total) * total * RATE)
            fake *= np.sqrt(np.mean(base**2)) / (np.sqrt(np.mean(fake**2)) + 1e-9)
            base[at : at + len(fake)] = fake
            start, generator = at / RATE, table.generator[s[0]]
        label = "spoof" if part else "bonafide"
        w.add(base, label=label, generator=generator, source=table.source[h[0]], start_s=start, end_s=start + part)
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
