"""`tune --layers last`: the layer that makes a score of the embedding, from the weights that are there and held near them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import onnx

from . import last_layer
from .examined import Heard, Recordings
from .logistic import STEPS, Layer, balanced, steps


class LastLayer:
    """Seconds for a list, since the embeddings stay as they are."""

    unit, steps = "steps", STEPS

    def __init__(self, model: onnx.ModelProto, metadata: dict, mine: Recordings, pull: float):
        self.start, self.calibration, self.mine, self.pull = model, metadata["calibration"], mine, pull
        counts = [len(h.windows) for h in mine.heard]
        self.x = np.concatenate([h.windows.embedding for h in mine.heard]).astype(np.float64)
        self.recording = np.repeat(np.arange(len(counts)), counts)
        self.spread = np.maximum(self.x.std(0), 1e-3 * max(self.x.std(), 1e-9))

    def path(self, rows: np.ndarray) -> Iterator[Layer]:
        """The layer after each of `steps`, fitted to these recordings."""
        weights, offset = last_layer.read(self.start)
        c = self.calibration
        # The layer that gives the log-likelihood ratio of a window: what is fitted stays calibrated.
        start = Layer(weights * c["scale"], offset * c["scale"] + c["offset"])
        inside = np.isin(self.recording, rows)
        human = self.mine.human[self.recording[inside]]
        yield from steps(start, self.x[inside], human, balanced(human, self.recording[inside]), self.spread, self.pull)

    def hear(self, layer: Layer, recordings: Recordings, rows: np.ndarray) -> list[Heard]:
        c = self.calibration
        heard = []
        for h in (recordings.heard[i] for i in rows):
            score = (layer.llr(h.windows.embedding.astype(np.float64)) - c["offset"]) / c["scale"]
            heard.append(replace(h, windows=replace(h.windows, score=score)))
        return heard

    def model(self, layer: Layer) -> onnx.ModelProto:
        c, model = self.calibration, copy.deepcopy(self.start)
        # The numbers in the model stand before the calibration.
        last_layer.write(model, layer.weights / c["scale"], (layer.offset - c["offset"]) / c["scale"])
        return model
