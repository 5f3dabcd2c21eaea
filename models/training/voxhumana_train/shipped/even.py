"""The last layer of an exported file fitted anew on training clips as they are and as nine codecs and a call leave them, each channel
weighing the same: what the network has learnt of a codec's decoder no longer moves every voice that comes through it.

The network hears as before. Clips are drawn as in training, generators and sources evenly, those of hold_out.toml are left out. A clip's
windows count together as one; weights are held near those that are there (`--pull`, chosen on the sources held out).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import onnx
import pandas as pd
import torch

from .. import channels, config, last_layer, model_file
from ..clips import RATE, Clips
from ..dev import whole_windows
from ..file_metadata import metadata_of
from ..logistic import Layer, balanced, loss, steps
from ..prepare import tables
from . import torch_features
from .batches import CAP_HUMAN, CAP_SPOOF, capped, left_out
from .onnx_session import session

CODECS = ("opus8_nb", "opus12", "opus16", "alaw_opus12", "gsm", "mulaw8k", "g726_32", "speex_nb", "mp3_32")
SECONDS = 3
# A window so far under the loudest of its clip holds no speech.
QUIET = 0.1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    config.add_arguments(parser)
    parser.add_argument("--model", type=Path, required=True, help="the file, which is changed")
    parser.add_argument("--clips", type=int, default=1000, help="of either class (default: %(default)s)")
    parser.add_argument("--pull", type=float, default=0.01, help="how strongly the weights are held where they were (default: %(default)s)")


def run(arguments: argparse.Namespace) -> None:
    torch.set_num_threads(1)
    settings = config.load(arguments)
    model = model_file.read(arguments.model)
    hear = Ear(model)
    cache, (table, _) = config.cache(settings), tables(settings)
    rows = drawn(table, arguments.clips)
    beginnings = lambda clips: Clips.joined([clips.samples[a : min(b, a + SECONDS * RATE)] for a, b in zip(clips.starts, clips.starts[1:])])
    plain = beginnings(Clips.read(cache / "train.npz").take(rows))
    made = {"plain": lambda: plain} | {name: lambda name=name: channels.channel_copy(plain, name) for name in CODECS}
    call = Clips.read(cache / "call-1.npz")
    made["call"] = lambda: beginnings(call.take(rows))
    human = (table.label == "bonafide").to_numpy()[rows]
    heard: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for name, make in made.items():
        x, of = hear(make())
        heard[name] = x, human[of]
        print(f"{name}: {len(of)} of {len(rows)} clips have speech", flush=True)
    x, y = (np.concatenate(part) for part in zip(*heard.values()))
    before = Layer(*last_layer.read(model))
    after = steps(before, x, y, balanced(y, np.arange(len(y))), x.std(axis=0) + 1e-6, arguments.pull)[-1]
    print("\n| channel | loss before, bits | after |\n|---|---|---|")
    for name, (values, label) in heard.items():
        weight = balanced(label, np.arange(len(label)))
        print(f"| {name} | {loss(before.llr(values), label, weight):.3f} | {loss(after.llr(values), label, weight):.3f} |")
    last_layer.write(model, after.weights, after.offset)
    model_file.write(model, arguments.model)


def drawn(table: pd.DataFrame, count: int) -> np.ndarray:
    """Clips of either class, at most `count` of each."""
    rng, human, out = np.random.default_rng(17), (table.label == "bonafide").to_numpy(), left_out(table, [])
    found = []
    for of_class, names, cap in ((human, table.source, CAP_HUMAN), (~human, table.generator, CAP_SPOOF)):
        there = np.flatnonzero(of_class & ~out)
        weights = capped(names.to_numpy(str)[there], cap)
        found.append(rng.choice(there, min(count, len(there)), replace=False, p=weights))
    return np.concatenate(found)


class Ear:
    """Clips to the embedding of each, the mean of its windows of 1 s."""

    def __init__(self, model: onnx.ModelProto):
        self.session = session(model.SerializeToString())
        self.fronts = [torch_features.of(f) for f in metadata_of(model)["front_ends"]]

    def __call__(self, clips: Clips) -> tuple[np.ndarray, np.ndarray]:
        """Embeddings of those clips that are not silent, and which those are."""
        heard, of = [], []
        for i in range(len(clips)):
            windows = whole_windows(clips[i], {"window_samples": RATE, "hop_samples": RATE})
            level = np.sqrt(np.mean(windows**2, axis=1))
            if level.max() == 0:
                continue
            x = torch.from_numpy(windows[level > QUIET * level.max()].astype(np.float32))
            feed = {i.name: front(x).numpy() for i, front in zip(self.session.get_inputs(), self.fronts)}
            heard.append(self.session.run(["embedding"], feed)[0].mean(axis=0))
            of.append(i)
        return np.array(heard, float), np.array(of)
