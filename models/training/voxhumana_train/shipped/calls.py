"""Copies of the training clips as a telephone call leaves them: `--copy 0`, once for each copy, then `--copy 0
--made fargan dred` for the makers' copies.

A call is processing (`line.py`, now and then a neural noise suppressor), a level, then one or two
codecs. A human clip and the copies of it share the draw; the label is never looked at. `call-K.npz`
holds copy K of every clip of the list. `--only` draws from the channels that it names, for what a
network confuses with a maker: Opus's decoder, say, with the makers that are parts of it.
"""

from __future__ import annotations

import argparse
import subprocess

import numpy as np
import pandas as pd

from .. import channels, config
from ..clips import RATE, Clips
from ..makers import registry
from ..prepare import tables
from .line import Line

# Besides the channels of channels.py: what else calls and messages go through.
channels.CHANNELS |= {
    "g723": [("wav", "-ar 8000 -c:a g723_1 -b:a 6300")],
    "gsm_twice": [("gsm", "-ar 8000 -c:a libgsm"), ("gsm", "-ar 8000 -c:a libgsm")],
    "gsm_alaw": [("gsm", "-ar 8000 -c:a libgsm"), ("wav", "-ar 8000 -c:a pcm_alaw")],
    "g726_24": [("wav", "-ar 8000 -c:a g726 -b:a 24k")],
    "mulaw_g726": [("wav", "-ar 8000 -c:a pcm_mulaw"), ("wav", "-ar 8000 -c:a g726 -b:a 32k")],
    "adpcm_ms8k": [("wav", "-ar 8000 -c:a adpcm_ms")],
    "speex_low": [("ogg", "-ar 8000 -c:a libspeex -b:a 8k")],
    "opus6_nb": [("ogg", "-ar 8000 -c:a libopus -b:a 6k -application voip")],
    "opus20_audio": [("ogg", "-ar 16000 -c:a libopus -b:a 20k -application audio")],
    "mp3_24": [("mp3", "-ar 16000 -c:a libmp3lame -b:a 24k")],
    "mp3_18": [("mp3", "-ar 16000 -c:a libmp3lame -abr 1 -b:a 18k")],
    "shine_32": [("mp3", "-ar 32000 -c:a libshine -b:a 32k")],
    "msbc": [("sbc", "-ar 16000 -c:a sbc -msbc 1")],
    "aac_16": [("m4a", "-ar 16000 -c:a aac -b:a 16k")],
    "mp3_24_mulaw": [
        ("mp3", "-ar 16000 -c:a libmp3lame -b:a 24k"), ("wav", "-ar 8000 -c:a pcm_mulaw")],
}  # fmt: skip
WEIGHTS = channels.WEIGHTS | {"mp3_24": 2.0, "mp3_18": 2.0, "gsm_alaw": 2.0}
# Share of the clips that go through processing first, and through a neural suppressor (copy 0 only:
# it costs a hundred times what a codec does).
PROCESSED, ENHANCED = 0.5, 0.2
SUPPRESSORS = ("nsnet2", "nsnet2", "rnnoise", "rnnoise", "dtln", "gtcrn")


def usable(only: list[str] | None = None) -> list[str]:
    """The channels (those of `only`) that this ffmpeg can make; says which it cannot."""
    tone = (3000 * np.sin(np.arange(RATE) * 0.3)).astype(np.int16)
    names = []
    for name in only or channels.CHANNELS:
        if name not in channels.CHANNELS:
            raise SystemExit(f"no channel {name}; there are {', '.join(channels.CHANNELS)}")
        try:
            channels.through(tone, name)
            names.append(name)
        except subprocess.CalledProcessError:
            print(f"this ffmpeg has not what {name} needs: left out", flush=True)
    return names


def draw(table: pd.DataFrame, copy: int, names: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """The channel and the seed of each clip; a human clip and its copies share both."""
    rng = np.random.default_rng(700 + copy)
    groups = table.pair_uid.where(table.pair_uid != "", table.uid).to_numpy(str)
    unique, inverse = np.unique(groups, return_inverse=True)
    weights = np.array([WEIGHTS.get(n, 1.0) for n in names])
    drawn = rng.choice(len(names), len(unique), p=weights / weights.sum())
    return np.array(names)[drawn[inverse]], rng.integers(2**31, size=len(unique))[inverse]


def processed(x: np.ndarray, seed: int, copy: int) -> np.ndarray:
    """What the call does before its codec."""
    rng = np.random.default_rng(int(seed))
    if len(x) < RATE // 4:
        return x
    u = rng.random(3)
    if u[0] < PROCESSED:
        noise = rng.standard_normal(len(x)).astype(np.float32)
        if u[2] < 0.4:
            noise = np.cumsum(noise) * 0.03 if u[2] < 0.15 else noise
            rms = np.sqrt(np.mean(x**2)) / (np.sqrt(np.mean(noise**2)) + 1e-9)
            x = x + noise * rms * 10 ** (-rng.uniform(5, 35) / 20)
        if copy == 0 and u[1] < ENHANCED / PROCESSED:
            name = str(rng.choice(SUPPRESSORS))
            x = np.asarray(registry()[name].copy(x.astype(np.float32), rng), np.float32)[: len(x)]
        else:
            x = Line.draw(rng, companding=False).apply(x)
    # The levels that calls arrive at: codecs of few bits care.
    level = 10 ** (rng.uniform(-36, -16) / 20) / (np.sqrt(np.mean(x**2)) + 1e-6)
    return np.clip(np.nan_to_num(x) * min(level, 0.98 / (np.abs(x).max() + 1e-6)), -1, 1)


def copies(clips: Clips, drawn: np.ndarray, seeds: np.ndarray, copy: int) -> Clips:
    parts = []
    for i in range(len(clips)):
        x = processed(clips[i], seeds[i], copy)
        parts.append(np.pad(x, (0, len(clips[i]) - len(x))))
        if (i + 1) % 1000 == 0:
            print(f"processed {i + 1} of {len(clips)}", flush=True)
    return channels.coded_copy(Clips.of(parts), drawn, copy)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    config.add_arguments(parser)
    parser.add_argument("--copy", type=int, required=True)
    parser.add_argument("--made", nargs="*", default=[], help="makers whose copies go through it, not the clips")
    parser.add_argument("--only", nargs="*", metavar="CHANNEL", help="of channels.py and of this file (default: all)")


def run(arguments: argparse.Namespace) -> None:
    settings = config.load(arguments)
    cache, (table, _) = config.cache(settings), tables(settings)
    drawn, seeds = draw(table, arguments.copy, usable(arguments.only))
    if not arguments.made:
        clips = Clips.read(cache / "train.npz")
        path = cache / f"call-{arguments.copy}.npz"
        Clips.cached(path, lambda: copies(clips, drawn, seeds, arguments.copy))
        print(f"{path}: {len(clips)} clips", flush=True)
    human = np.flatnonzero((table.label == "bonafide").to_numpy())
    for name in arguments.made:
        made = Clips.read(cache / f"made-{name}.npz")
        path = cache / f"made-{name}-call-{arguments.copy}.npz"
        Clips.cached(path, lambda: copies(made, drawn[human], seeds[human], arguments.copy))
        print(f"{path}: {len(made)} clips", flush=True)
