"""Figures of networks, or of an ONNX file, on dev and on the sources held out of train, with the torch
front end. A guide between runs; the figures of a model are those of `voxhumana-train calibrate`.

The whole windows of 1 s in the first 4 s of a clip, cut blindly (`calibrate` scans).
Printed: EER on dev, also without the spoofs of systems that train has; by family; through mu-law, GSM,
Opus and MP3; miss rate at 1 % false alarms; EER of the calibration sources of hold_out.toml.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from voxhumana import metrics

from .. import config, lists, nets
from ..clips import RATE, Clips
from ..dev import whole_windows
from ..half import half
from ..prepare import tables
from . import torch_features
from .batches import left_out
from .onnx_session import session


ONE_SECOND = {"window_samples": RATE, "hop_samples": RATE}


def eer(bona: np.ndarray, spoof: np.ndarray) -> float:
    """Equal error rate in percent."""
    return round(100 * metrics.eer(bona.astype(float), spoof.astype(float)), 2)


class Sets:
    """The recordings, read once."""

    def __init__(self, settings: dict, codecs: tuple[str, ...] = ("mulaw8k", "gsm")):
        cache = config.cache(settings)
        train, self.dev = tables(settings)
        self.human = (self.dev.label == "bonafide").to_numpy()
        self.known = lists.has_systems_of(self.dev, train)
        self.clips = {"": Clips.read(cache / "dev.npz")}
        for codec in codecs:
            if (path := cache / f"dev-{codec}.npz").exists():
                self.clips[codec] = Clips.read(path)
        held = np.flatnonzero(left_out(train, []))
        self.held_human = (train.label == "bonafide").to_numpy()[held]
        clips = Clips.read(cache / "train.npz")
        self.held = Clips.of([clips[i] for i in held])
        call = cache / "call-1.npz"
        if call.exists():
            clips = Clips.read(call)
            self.held_call = Clips.of([clips[i] for i in held])

    def figures(self, networks: list, features: list) -> dict[str, float]:
        score = scorer(networks, features)
        out = {}
        s = clip_scores(score, self.clips[""])
        h = s[self.human]
        out["dev"] = eer(h, s[~self.human])
        out["dev_new"] = eer(h, s[~self.human & ~self.known])
        out["miss1"] = round(100 * float(np.mean(s[~self.human] > np.quantile(h, 0.01))), 1)
        for codec in list(self.clips)[1:]:
            c = clip_scores(score, self.clips[codec])
            out[codec] = eer(c[self.human], c[~self.human])
        for family in sorted(set(self.dev.family[~self.human])):
            out[family] = eer(h, s[(self.dev.family == family).to_numpy() & ~self.human])
        # A list of one's own need not have the sources of hold_out.toml.
        if not (self.held_human.any() and not self.held_human.all()):
            return out
        s = clip_scores(score, self.held)
        out["held"] = eer(s[self.held_human], s[~self.held_human])
        if hasattr(self, "held_call"):
            s = clip_scores(score, self.held_call)
            out["held_call"] = eer(s[self.held_human], s[~self.held_human])
        return out


def scorer(networks: list, features: list):
    """Waves of windows to the mean of the networks' scores."""

    @torch.no_grad()
    def score(waves: np.ndarray) -> np.ndarray:
        x = torch.from_numpy(waves)
        out = 0.0
        for net, front in zip(networks, features):
            with half():
                out = out + net(front(x))[0].float()
        return (out / len(networks)).numpy()

    return score


def clip_scores(score, clips: Clips, batch: int = 32) -> np.ndarray:
    out = []
    for at in range(0, len(clips), batch):
        parts = [whole_windows(clips[i], ONE_SECOND) for i in range(at, min(at + batch, len(clips)))]
        scores = score(np.concatenate(parts))
        out += [s.mean() for s in np.split(scores, np.cumsum([len(p) for p in parts])[:-1])]
    return np.array(out)


def of_model(path: Path) -> tuple[list, list]:
    """An ONNX file as one network that has its features inside."""
    loaded = session(str(path))
    metadata = json.loads(loaded.get_modelmeta().custom_metadata_map["voxhumana"])
    fronts = [torch_features.of(f) for f in metadata["front_ends"]]
    names = [i.name for i in loaded.get_inputs()]

    def net(x):
        feed = {n: f(x).numpy() for n, f in zip(names, fronts)}
        return (torch.from_numpy(loaded.run(["score"], feed)[0]),)

    return [net], [lambda x: x]


def of_runs(runs: list[Path], at: str | None = None) -> tuple[list, list]:
    """The networks of some runs, their averages (those of step `at`), and their features."""
    networks, features = [], []
    for run in runs:
        of_run = json.loads((run / "config.json").read_text())
        front = torch_features.of(of_run["front_end"])
        net = nets.build(of_run["net"], front.bins)
        file = f"average-{int(at):06}.pt" if at else "average.pt"
        net.load_state_dict(torch.load(run / file, weights_only=True))
        networks.append(net.eval())
        features.append(front)
    return networks, features


def add_arguments(parser: argparse.ArgumentParser) -> None:
    config.add_arguments(parser)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--run", type=Path, nargs="+", default=[])
    parser.add_argument("--at", help="the averages of this step, not the last")


def run(arguments: argparse.Namespace) -> None:
    torch.set_num_threads(1)
    networks, features = of_model(arguments.model) if arguments.model else of_runs(arguments.run, arguments.at)
    sets = Sets(config.load(arguments), ("mulaw8k", "gsm", "opus16", "mp3_32"))
    print(f"{sets.known.sum()} dev spoofs are of systems that train has")
    for name, value in sets.figures(networks, features).items():
        print(f"{name:12} {value}")
