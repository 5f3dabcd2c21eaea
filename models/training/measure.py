"""Figures of networks, or of an ONNX file, on dev and on the sources held out of train, with the torch
front end: `python measure.py --model ../bonafide.onnx` or `--run ../../runs/long7 ../../runs/short7`.

Windows are cut blindly, 1 s after 1 s, of the first 4 s of a clip (calibrate.py cuts as the crate does).
Printed: EER on dev, also without the spoofs of systems that train has; by family; through mu-law, GSM,
Opus and MP3; miss rate at 1 % false alarms; EER of the calibration sources of hold_out.toml; calls of
20 s (dev clips of one voice joined).
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import numpy as np
import torch

import corpus
from augment import fit
from batches import left_out
from corpus import RATE, Clips
from torch_features import Features


def eer(bona: np.ndarray, spoof: np.ndarray) -> float:
    """Equal error rate in percent, as evaluate.py has it."""
    scores = np.concatenate([bona, spoof])
    labels = np.concatenate([np.ones(len(bona)), np.zeros(len(spoof))])
    labels = labels[np.argsort(scores, kind="stable")]
    rejected = np.concatenate([[0], np.cumsum(labels)]) / len(bona)
    accepted = 1 - np.concatenate([[0], np.cumsum(1 - labels)]) / len(spoof)
    at = np.argmin(np.abs(rejected - accepted))
    return round(50 * float(rejected[at] + accepted[at]), 2)


def plain(name: str) -> str:
    """Names of one system are written in many ways."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


class Sets:
    """The recordings, read once."""

    def __init__(self, config: dict, codecs: tuple[str, ...] = ("mulaw8k", "gsm")):
        data = config["data"]
        cache = Path(data["cache"])
        self.dev, train = corpus.read_manifest(data["dev"]), corpus.training_table(data)
        self.human = (self.dev.label == "bonafide").to_numpy()
        known = {plain(g) for g, l in zip(train.generator, train.label) if l == "spoof"}
        self.known = np.array([plain(g) in known for g in self.dev.generator]) & ~self.human
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

    def figures(self, networks: list, features: list, more: bool = False) -> dict[str, float]:
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
        s = clip_scores(score, self.held)
        out["held"] = eer(s[self.held_human], s[~self.held_human])
        if hasattr(self, "held_call"):
            s = clip_scores(score, self.held_call)
            out["held_call"] = eer(s[self.held_human], s[~self.held_human])
        if more:
            for codec, clips in self.clips.items():
                out[f"20s{'_' + codec if codec else ''}"] = self._calls(score, clips)
        return out

    def _calls(self, score, clips: Clips, seconds: int = 20) -> float:
        """As testsets.py joins them: random clips of one voice, at most 8 calls a voice."""
        rng = np.random.default_rng(seconds)
        lengths = np.diff(clips.starts)
        voice = self.dev.source + "|" + self.dev.generator.where(~self.human, "")
        scores, human = [], []
        for _, members in self.dev.groupby(voice):
            total = lengths[members.index].sum() / RATE
            if total < 0.6 * seconds:
                continue
            for _ in range(int(np.clip(total // seconds, 1, 8))):
                order = rng.permutation(members.index)
                x = np.concatenate([clips[i] for i in order])[: seconds * RATE]
                scores.append(trimmed(score(windows(x))))
                human.append(members.label.iloc[0] == "bonafide")
        scores, human = np.array(scores), np.array(human)
        return eer(scores[human], scores[~human])


def trimmed(scores: np.ndarray) -> float:
    """The mean, as calibrate.py has it: less the lowest 15 % of the windows beyond four."""
    counted = np.sort(scores)
    return float(counted[int(0.15 * max(0, len(counted) - 4)) :].mean())


def windows(x: np.ndarray) -> np.ndarray:
    n = RATE
    starts = [*range(0, len(x) - n, n), len(x) - n] if len(x) > n else [0]
    return np.stack([fit(x[s : s + n], n) for s in starts]).astype(np.float32)


def scorer(networks: list, features: list):
    """Waves of windows to the mean of the networks' scores."""

    @torch.no_grad()
    def score(waves: np.ndarray) -> np.ndarray:
        x = torch.from_numpy(waves)
        out = 0.0
        for net, front in zip(networks, features):
            with torch.autocast("cpu", torch.bfloat16):
                out = out + net(front(x))[0].float()
        return (out / len(networks)).numpy()

    return score


def clip_scores(score, clips: Clips, batch: int = 32) -> np.ndarray:
    out = []
    for at in range(0, len(clips), batch):
        parts = [windows(clips[i][: 4 * RATE]) for i in range(at, min(at + batch, len(clips)))]
        scores = score(np.concatenate(parts))
        out += [s.mean() for s in np.split(scores, np.cumsum([len(p) for p in parts])[:-1])]
    return np.array(out)


def of_model(path: Path) -> tuple[list, list]:
    """An ONNX file as one network that has its features inside."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options)
    metadata = json.loads(session.get_modelmeta().custom_metadata_map["bonafide"])
    fronts = [Features(f) for f in metadata["front_ends"]]
    names = [i.name for i in session.get_inputs()]

    def net(x):
        feed = {n: f(x).numpy() for n, f in zip(names, fronts)}
        return (torch.from_numpy(session.run(["score"], feed)[0]),)

    return [net], [lambda x: x]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", default="config.toml")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--run", type=Path, nargs="+", default=[])
    parser.add_argument("--at", help="the averages of this step, not the last")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.model:
        networks, features = of_model(arguments.model)
    else:
        import nets

        networks, features = [], []
        for run in arguments.run:
            config = json.loads((run / "config.json").read_text())
            front = Features(config["front_end"])
            net = nets.build(config["net"], front.bins)
            file = f"average-{int(arguments.at):06}.pt" if arguments.at else "average.pt"
            net.load_state_dict(torch.load(run / file, weights_only=True))
            networks.append(net.eval())
            features.append(front)
    sets = Sets(corpus.read_config(arguments.config), ("mulaw8k", "gsm", "opus16", "mp3_32"))
    print(f"{sets.known.sum()} dev spoofs are of systems that train has")
    for name, value in sets.figures(networks, features, more=True).items():
        print(f"{name:12} {value}")


if __name__ == "__main__":
    main()
