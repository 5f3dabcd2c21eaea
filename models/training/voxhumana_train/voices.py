"""What tells the two voices of a call that was mixed to one channel apart, fitted on train and written into a finished file.

A window is described by the mean of its log spectrum and its spread over time, both as cepstra, and by its pitch. The axes are those of a linear
discriminant analysis: voices lie far apart on them, windows and clips of one voice near each other. By how much more two voices must differ
than the windows of one is found on calls put together from the windows of sources that the axes did not see (`SPLIT`).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.linalg
import voxhumana
from scipy.fft import dct

from . import config, model_file
from .clips import RATE, Clips
from .dev import whole_windows
from .file_metadata import metadata_of, with_metadata
from .shipped.batches import left_out
from .prepare import tables

MEAN_CEPSTRA = SPREAD_CEPSTRA = 20
AXES = 16
# By how much clips of one voice differ beyond its windows, against what was seen: a voice of the corpus is one session mostly.
SESSIONS = 3.0
# Added to the variance of each value, as a share of it.
SHRINK = 0.1
TURN_COST, LEAST_S = 8.0, 6.0
# Share of recordings of one voice that may be taken for two.
SPLIT = 0.05
# Clips of a voice without which calls cannot be made of it, and clips of it that are used.
LEAST_CLIPS, MOST_CLIPS = 4, 8
LEAST_VOICES = 20
VOICE = ["label", "source", "generator", "speaker"]
CALL_WINDOWS, CALLS = (30, 60, 120), 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    config.add_arguments(parser)
    parser.add_argument("--model", type=Path, help="the file, which is changed (default: model.onnx in the work folder)")


def run(arguments: argparse.Namespace) -> None:
    settings = config.load(arguments)
    path = arguments.model or config.work(settings, "model.onnx")
    model = model_file.read(path)
    metadata = metadata_of(model)
    table, _ = tables(settings)
    cut = {key: settings[key] for key in ("window_samples", "hop_samples")}
    heard = hear(table, Clips.read(config.cache(settings) / "train.npz"), metadata["front_ends"][0], cut)
    if (several := len(heard.several())) < LEAST_VOICES:
        print(f"{several} voices have {LEAST_CLIPS} clips or more, {LEAST_VOICES} are needed: the file tells no voices apart")
        return
    least = least_ratio(heard, table.source.to_numpy(str)[heard.clip])
    if least is None:
        return
    metadata["voices"] = {
        "mean_cepstra": MEAN_CEPSTRA, "spread_cepstra": SPREAD_CEPSTRA, "pitch": True, "axes": np.round(axes(heard), 6).tolist(),
        "min_ratio": max(least, 1e-3), "turn_cost": TURN_COST, "least_s": LEAST_S,
    }  # fmt: skip
    model_file.write(with_metadata(model, metadata), path)


class Windows:
    """Windows of many clips: cepstra and the logarithm of the pitch (NaN where there is none), the row of the clip, the name of the voice."""

    def __init__(self, x: np.ndarray, clip: np.ndarray, voice: np.ndarray):
        self.x, self.clip, self.voice = x, clip, voice

    def only(self, at: np.ndarray) -> Windows:
        return Windows(self.x[at], self.clip[at], self.voice[at])

    def several(self) -> list[str]:
        """Voices of which calls can be made."""
        return [v for v in np.unique(self.voice) if len(np.unique(self.clip[self.voice == v])) >= LEAST_CLIPS]


def least_ratio(heard: Windows, sources: np.ndarray) -> float | None:
    """By how much two voices must differ, and a report; None where no call can be made of voices that the axes did not see."""
    names = np.random.default_rng(1).permutation(np.unique(sources))
    half = np.isin(sources, names[::2])
    if min(len({person(v) for v in heard.only(side).several()}) for side in (half, ~half)) < 2:
        print(f"two persons with {LEAST_CLIPS} clips or more are needed in either half of the {len(names)} sources: the file tells no voices apart")
        return None
    one, two = [], []
    for seen in (half, ~half):
        unseen = heard.only(~seen)
        ones, twos = calls(unseen, axes(heard.only(seen)))
        one += ones
        two += twos
    least = float(np.quantile(one, 1 - SPLIT))
    found = np.array([ratio for ratio, _ in two]) > least
    print(f"{len(set(heard.voice))} voices of {len(names)} sources; calls of windows of sources that the axes did not see, {len(one)} of one, {len(two)} of two:")
    # Where none is told apart there are no seconds to be right about.
    seconds = f", there {100 * np.mean(np.array([right for _, right in two])[found]):.0f} % of the seconds right" if found.any() else ""
    print(f"one voice in {100 * np.mean(np.array(one) <= least):.0f} %; of two, told apart in {100 * found.mean():.0f} %{seconds}")
    return least


def hear(table: pd.DataFrame, clips: Clips, front_end: dict, cut: dict) -> Windows:
    """The windows of the human clips, and of the spoofs of voices with several clips: up to so many of a speaker by one generator."""
    rng = np.random.default_rng(0)
    named = table.assign(speaker=table.speaker.where(table.speaker != "", table.uid))[~left_out(table, [])]
    size = named.groupby(VOICE).uid.transform("size")
    groups = named[(named.label == "bonafide") | (size >= LEAST_CLIPS)].groupby(VOICE)
    extractor = voxhumana.FeatureExtractor(json.dumps(front_end | {"normalisation": "none"}))
    x, clip, voice = [], [], []
    for name, rows in groups.groups.items():
        for i in rng.permutation(rows)[:MOST_CLIPS]:
            windows = whole_windows(clips[i], cut)
            level = np.sqrt(np.mean(windows**2, axis=1))
            for window in windows[level > 0.1 * level.max()]:
                log = extractor.extract(window).astype(float)
                mean, spread = dct(log.mean(axis=0), norm="ortho"), dct(log.std(axis=0), norm="ortho")
                pitch = np.log(voxhumana.median_pitch(window, RATE) or np.nan)
                x.append(np.concatenate([mean[1 : MEAN_CEPSTRA + 1], spread[:SPREAD_CEPSTRA], [pitch]]))
                clip.append(i)
                voice.append("|".join(name))
    return Windows(np.array(x), np.array(clip), np.array(voice))


def axes(w: Windows) -> np.ndarray:
    """The axes, one a row, on which windows of one voice have a variance of 1."""
    # A clip without any pitch is left out.
    x = np.concatenate([pitched(w.x[w.clip == c]) for c in np.unique(w.clip)])
    w = Windows(x, *(np.concatenate([of[w.clip == c] for c in np.unique(w.clip)]) for of in (w.clip, w.voice))).only(np.isfinite(x[:, -1]))
    voice_mean, at_voice = means(w.x, w.voice)
    clip_mean, at_clip = means(w.x, w.clip)
    _, first = np.unique(w.clip, return_index=True)
    several = np.bincount(at_voice[first])[at_voice] > 1
    apart = clip_mean - voice_mean[at_voice[first]]
    apart = apart[several[first]]
    within = np.cov((w.x - voice_mean[at_voice])[several].T, bias=True) + SESSIONS * apart.T @ apart / len(apart)
    within += SHRINK * np.diag(np.diag(within))
    _, vectors = scipy.linalg.eigh(np.cov(voice_mean.T), within)
    return vectors[:, ::-1][:, :AXES].T


def pitched(x: np.ndarray) -> np.ndarray:
    """A window without pitch takes the mean of the other windows of its recording, as in the crate (src/features/traits.rs)."""
    has = np.isfinite(x[:, -1])
    if has.all() or not has.any():
        return x
    return np.column_stack([x[:, :-1], np.where(has, x[:, -1], x[has, -1].mean())])


def means(x: np.ndarray, names: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean of each name, and which of them each row has."""
    unique, at = np.unique(names, return_inverse=True)
    total = np.zeros((len(unique), x.shape[1]))
    np.add.at(total, at, x)
    return total / np.bincount(at)[:, None], at


def person(voice: str) -> str:
    """Who it is: many sources and generators have the same few people, some with the data set before the name (`VCTK:p244`)."""
    return voice.split("|")[-1].split(":")[-1].lower()


def calls(w: Windows, on: np.ndarray) -> tuple[list[float], list[tuple[float, float]]]:
    """Of calls put together from clips, on the axes `on`: of each length of each voice, the ratio found; and of calls of two persons, drawn as often as each
    other, the ratio and the share of windows right. (A few voices of the lists are several speakers, or one over several lines: all count
    alike, so that none of them decides what one voice in twenty is.)"""
    rng = np.random.default_rng(7)
    clips_of = {v: np.unique(w.clip[w.voice == v]) for v in np.unique(w.voice)}
    persons = {}
    for v, c in clips_of.items():
        if len(c) >= LEAST_CLIPS:
            persons.setdefault(person(v), []).append(v)
    names = [v for voices in persons.values() for v in voices]
    rows = {c: np.flatnonzero(w.clip == c) for v in names for c in clips_of[v]}

    def call(voices: list[str], windows: int) -> tuple[np.ndarray, np.ndarray]:
        at, truth, turn = [], [], 0
        while len(at) < windows:
            for c in rng.choice(clips_of[voices[turn % len(voices)]], rng.integers(1, 3)):
                at += list(rows[c])
                truth += [turn % len(voices)] * len(rows[c])
            turn += 1
        x = pitched(w.x[at[:windows]])
        # Where nothing has a pitch, it says nothing.
        return np.nan_to_num(x, nan=0.0) @ on.T, np.array(truth[:windows])

    one = [apart(call([name], windows)[0])[0] for name in names for windows in CALL_WINDOWS]
    two = []
    for _ in range(CALLS):
        a, b = (str(rng.choice(persons[p])) for p in rng.choice(list(persons), 2, replace=False))
        traits, truth = call([a, b], int(rng.choice(CALL_WINDOWS)))
        ratio, second = apart(traits)
        right = np.mean(second == truth)
        two.append((ratio, max(right, 1 - right)))
    return one, two


def apart(x: np.ndarray) -> tuple[float, np.ndarray]:
    """The search of the crate (src/verdict/voices.rs): the variance between the two voices as a multiple of that of the windows of one, along
    the line through their means, 0 if one is left alone; and whose each window is."""
    near = np.stack([np.convolve(np.pad(c, 1, mode="edge"), np.ones(3) / 3, "valid") for c in x.T], axis=1)
    centred = near - near.mean(axis=0)
    second = centred @ np.linalg.svd(centred, full_matrices=False)[2][0] > 0
    for rows, choose in ((near, lambda d: d[:, 1] < d[:, 0]), (x, lambda d: turns(d / 2))):
        for _ in range(20):
            if second.all() or not second.any():
                return 0.0, second
            middle = np.array([rows[~second].mean(axis=0), rows[second].mean(axis=0)])
            chosen = choose(((rows[:, None] - middle) ** 2).sum(axis=2))
            if (chosen == second).all():
                break
            second = chosen
    if second.all() or not second.any():
        return 0.0, second
    first, other = x[~second], x[second]
    line = other.mean(axis=0) - first.mean(axis=0)
    by_chance = x.shape[1] * (1 / len(first) + 1 / len(other))
    between = (line @ line - by_chance) * len(first) * len(other) / len(x) ** 2
    along = np.concatenate([(half - half.mean(axis=0)) @ line for half in (first, other)])
    return float(between / (np.mean(along**2) / (line @ line))), second


def turns(cost: np.ndarray) -> np.ndarray:
    """The cheapest sequence of voices, where a change costs `TURN_COST`."""
    total, came = cost[0], np.zeros(cost.shape, int)
    for t in range(1, len(cost)):
        other = total[::-1] + TURN_COST
        came[t] = np.where(other < total, [1, 0], [0, 1])
        total = np.minimum(total, other) + cost[t]
    voice = np.zeros(len(cost), int)
    voice[-1] = np.argmin(total)
    for t in range(len(cost) - 1, 0, -1):
        voice[t - 1] = came[t][voice[t]]
    return voice == 1
