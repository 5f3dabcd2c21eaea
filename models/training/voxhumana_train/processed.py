"""What the processing of telephone calls costs a finished model: dev clips through echo, gates, denoisers, limiters and codecs, each
by one ffmpeg filter and codec, scanned as any recording, and a table of the error rates.

It is for measuring: no training step draws these filters at these settings. What was made stays in the folder `processed` beside the
other work, so that a second model costs its scan alone.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import voxhumana

from . import config, lists

# Shorter clips may hold too little speech for a verdict, whatever was done to them.
SHORTEST_S = 2.5
# Human clips of a narrower band have lost already what some of the kinds take away.
WIDE_BAND_HZ = 16_000


@dataclass(frozen=True)
class Kind:
    """One way to process a clip: an ffmpeg filter, the codec's arguments, and its container where the result is coded and decoded again."""

    filter: str = "aresample=8000"
    codec: str = "-ar 8000 -c:a pcm_mulaw"
    container: str | None = None


KINDS = {
    "plain": Kind("anull", "-c:a pcm_s16le"),
    "8k": Kind(codec="-ar 8000 -c:a pcm_s16le"),
    "mulaw": Kind(),
    "handset": Kind("aresample=8000,highpass=f=300:p=2,lowpass=f=3400:p=2,equalizer=f=1800:t=q:w=0.8:g=6"),
    "agc": Kind("aresample=8000,compand=attacks=0.02:decays=0.3:points=-80/-60|-50/-22|-20/-12|0/-6"),
    "gate": Kind("aresample=8000,agate=threshold=0.02:ratio=20:attack=5:release=80"),
    "denoise": Kind("aresample=8000,afftdn=nr=20:nf=-40"),
    "echo": Kind("aresample=8000,aecho=0.9:0.5:35|80:0.25|0.12"),
    "limiter": Kind("aresample=8000,volume=14dB,alimiter=limit=0.5:level=0"),
    "gsm": Kind(codec="-ar 8000 -ac 1 -c:a libgsm", container="gsm"),
    "speex": Kind(codec="-ar 8000 -c:a libspeex -compression_level 5", container="ogg"),
    "g726": Kind(codec="-ar 8000 -ac 1 -c:a g726 -b:a 32k", container="wav"),
    "opus8": Kind(codec="-ar 8000 -c:a libopus -b:a 12k -application voip", container="ogg"),
    "mp3_16": Kind("anull", "-ar 16000 -c:a libmp3lame -b:a 16k", "mp3"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    config.add_arguments(parser)
    parser.add_argument("--model", type=Path, help="ONNX file (default: the one that the wheel brings)")
    parser.add_argument("--clips", type=int, default=220, help="clips of each class (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=4, help="draws the clips (default: %(default)s)")
    parser.add_argument("--threshold", default="balanced", help="operating point (default: %(default)s)")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS), metavar="KIND", help=f"default: all of {', '.join(KINDS)}")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="recordings at once (default: %(default)s)")


def run(arguments: argparse.Namespace) -> None:
    if shutil.which("ffmpeg") is None:
        raise SystemExit("ffmpeg is not installed: the filters and codecs are its")
    settings = config.load(arguments)
    folder = config.work(settings, "processed")
    clips = drawn(lists.read(settings["data"]["dev"]), arguments.clips, arguments.seed)
    detector = voxhumana.Detector(str(arguments.model) if arguments.model else None, operating_point=arguments.threshold, threads=1)
    print(f"{detector!r}, {(clips.label == 'bonafide').sum()} human and {(clips.label == 'spoof').sum()} spoof clips")
    print("| through | false alarms, % | human refused, % | misses, % | spoof refused, % | EER, % |\n|---|---|---|---|---|---|")
    for name in arguments.kinds:
        with ThreadPoolExecutor(arguments.jobs) as pool:
            files = list(pool.map(lambda path: made(folder, name, path), clips.path))
        results = detector.scan_many(files, jobs=arguments.jobs)
        print(row(name, [r.channels[0] for r in results if r.status == "ok"], clips.label[[r.status == "ok" for r in results]]), flush=True)


def drawn(table: pd.DataFrame, count: int, seed: int) -> pd.DataFrame:
    """As many clips of each class, or all where there are fewer."""
    if "seconds" in table:
        table = table[pd.to_numeric(table.seconds, errors="coerce").fillna(np.inf) > SHORTEST_S]
    if "orig_sr" in table:
        rate = pd.to_numeric(table.orig_sr, errors="coerce").fillna(WIDE_BAND_HZ)
        table = table[(table.label != "bonafide") | (rate >= WIDE_BAND_HZ)]
    draw = random.Random(seed)
    of_class = [list(table.index[table.label == label]) for label in ("bonafide", "spoof")]
    return table.loc[[i for rows in of_class for i in draw.sample(rows, min(count, len(rows)))]]


def made(folder: Path, name: str, path: str) -> str:
    """The clip through one kind, made unless it is there."""
    # Two folders may hold files of one name.
    of = hashlib.sha256(path.encode()).hexdigest()[:8]
    kind, target = KINDS[name], folder / name / f"{Path(path).stem}-{of}.wav"
    if target.exists():
        return str(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial.wav")
    if kind.container is None:
        ffmpeg("-i", path, "-af", kind.filter, *kind.codec.split(), str(partial))
    else:
        coded = target.with_suffix(f".coded.{kind.container}")
        ffmpeg("-i", path, "-af", kind.filter, *kind.codec.split(), str(coded))
        ffmpeg("-i", str(coded), "-c:a", "pcm_s16le", str(partial))
        coded.unlink()
    partial.rename(target)
    return str(target)


def ffmpeg(*arguments: str) -> None:
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *arguments], check=True)


def row(name: str, channels: list[voxhumana.ChannelReport], labels: pd.Series) -> str:
    """The line of one kind."""
    human = (labels == "bonafide").to_numpy()
    verdicts = np.array([c.verdict for c in channels])
    llr = np.array([np.nan if c.llr is None else c.llr for c in channels])
    share = lambda of, verdict: 100 * float(np.mean(verdicts[of] == verdict)) if of.any() else float("nan")
    scored = ~np.isnan(llr)
    eer = float("nan")
    if (human & scored).any() and (~human & scored).any():
        eer = 100 * voxhumana.metrics.eer(llr[human & scored], llr[~human & scored])
    figures = (share(human, "synthetic"), share(human, "inconclusive"), share(~human, "bona_fide"), share(~human, "inconclusive"), eer)
    return f"| {name} | " + " | ".join(f"{f:.1f}" for f in figures) + " |"
