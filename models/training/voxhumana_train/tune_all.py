"""`tune --layers all`: every weight of the network, by PyTorch on the graph of the file itself, in a few passes over the list.

What a network knows of other voices is easily lost. So the weights are held where they were (L2-SP, Li et al. 2018), the domain logits
of the windows are held as well, and the table is of what the detector itself hears with each file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnx
import torch
import voxhumana
from torch.nn import functional as F

from .clips import RATE, fit
from .examined import Heard, Recordings, hear
from .onnx_graph import Graph

# Passes over the list after which a file is heard, to choose among them.
PASSES = (0, 1, 2, 3, 5, 8)
# Adam (Kingma and Ba 2015): small against the rate of a training run, which starts from nothing. Half of a batch are people.
RATE_OF_LEARNING, BATCH = 1e-4, 32
# How much a domain logit counts that moves, against the cross-entropy of the scores.
DOMAIN = 0.1
SEED = 5


class AllLayers:
    """Minutes for a list: each fold is a short training run."""

    unit, steps = "passes", PASSES

    def __init__(self, model: onnx.ModelProto, metadata: dict, mine: Recordings, pull: float, jobs: int):
        self.start, self.metadata, self.mine, self.pull, self.jobs = model, metadata, mine, pull, jobs
        cut = [windows(mine.clips[i], metadata) for i in range(len(mine.clips))]
        self.recording = np.repeat(np.arange(len(cut)), [len(c) for c in cut])
        waves = np.concatenate(cut)
        extractors = [voxhumana.FeatureExtractor(json.dumps(f)) for f in metadata["front_ends"]]
        self.views = [torch.from_numpy(e.extract_batch(waves)) for e in extractors]
        net = Graph(model).eval()
        with torch.no_grad():
            of = [net(*(v[i : i + BATCH] for v in self.views)) for i in range(0, len(waves), BATCH)]
        self.domain = torch.cat([o["domain"] for o in of]) if "domain" in of[0] else None

    def path(self, rows: np.ndarray) -> Iterator[onnx.ModelProto]:
        """The model after each of `steps`, trained on these recordings."""
        torch.manual_seed(SEED)
        rng = np.random.default_rng(SEED)
        net = Graph(self.start)
        weights = list(net.trained.values())
        begun = [w.detach().clone() for w in weights]
        optimizer = torch.optim.Adam(weights, RATE_OF_LEARNING)
        inside = np.flatnonzero(np.isin(self.recording, rows))
        batches = -(-len(inside) // BATCH)
        for done in range(PASSES[-1] + 1):
            if done in PASSES:
                yield net.written()
            if done == PASSES[-1]:
                return
            for _ in range(batches):
                at, human = self._batch(inside, rng)
                out = net(*(v[at] for v in self.views))
                c = self.metadata["calibration"]
                llr = c["scale"] * out["score"] + c["offset"]
                loss = F.softplus(torch.where(human, -llr, llr)).mean()
                if self.domain is not None:
                    loss = loss + DOMAIN * F.mse_loss(out["domain"], self.domain[at])
                loss = loss + self.pull * sum((w - b).square().sum() for w, b in zip(weights, begun))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()

    def _batch(self, inside: np.ndarray, rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
        """Windows, half of them of people, each recording as likely as the others of its class."""
        at = []
        for human in (True, False):
            mine = inside[self.mine.human[self.recording[inside]] == human]
            each = 1.0 / np.bincount(self.recording[mine])[self.recording[mine]]
            at.append(rng.choice(mine, BATCH // 2, p=each / each.sum()))
        return torch.from_numpy(np.concatenate(at)), torch.arange(BATCH) < BATCH // 2

    def hear(self, model: onnx.ModelProto, recordings: Recordings, rows: np.ndarray) -> list[Heard]:
        detector = voxhumana.Detector(model.SerializeToString(), threads=1)
        with ThreadPoolExecutor(self.jobs) as pool:
            return list(pool.map(lambda i: hear(detector, recordings.table.path[i]), rows))

    def model(self, model: onnx.ModelProto) -> onnx.ModelProto:
        return model


def windows(clip: np.ndarray, metadata: dict) -> np.ndarray:
    """The windows of a clip, shape (n, samples): near to those that a scan cuts, whose speech detection lets a little more through.
    They are learnt from alone; what is measured, the detector cuts."""
    spans = voxhumana.find_speech(clip, RATE)
    speech = np.concatenate([clip[int(a * RATE) : int(b * RATE)] for a, b in spans]) if spans else clip
    length, hop = metadata["window_samples"], metadata["hop_samples"]
    starts = range(0, max(len(speech) - length // 2, 1), hop)
    return np.stack([fit(speech, length, start) for start in starts])
