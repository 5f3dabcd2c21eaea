"""The last layer of an exported model: what makes a score of the embedding."""

from __future__ import annotations

import re

import numpy as np
import onnx
from onnx import numpy_helper

from .model_file import prune

# The layer that every network ends in, as PyTorch's exporters name it: by the network, or by a number.
LAST = re.compile(r"/score(_\d+)?/Gemm_output_0$")

# How the numbers are called that `write` puts there; a file may be written again.
WRITTEN = "tuned."


def _layers(model: onnx.ModelProto) -> list[onnx.NodeProto]:
    found = [n for n in model.graph.node if n.op_type == "Gemm" and LAST.search(n.output[0])]
    if not found or not any(o.name == "embedding" for o in model.graph.output):
        raise SystemExit("the model was not written by `voxhumana-train export`, or has no output `embedding`: its last layer is not known")
    return found


def read(model: onnx.ModelProto) -> tuple[np.ndarray, float]:
    """Weights and offset such that `embedding @ weights + offset` is the score: a model of several networks scores the mean of theirs."""
    values = {i.name: numpy_helper.to_array(i) for i in model.graph.initializer}
    # A number that several networks have is stored once.
    same = {n.output[0]: n.input[0] for n in model.graph.node if n.op_type == "Identity"}
    value = lambda name: values[same.get(name, name)].astype(np.float64).ravel()
    layers = _layers(model)
    weights = np.concatenate([value(n.input[1]) for n in layers]) / len(layers)
    return weights, float(np.mean([value(n.input[2])[0] for n in layers]))


def write(model: onnx.ModelProto, weights: np.ndarray, offset: float) -> None:
    """Puts other numbers in their place."""
    layers = _layers(model)
    written = [i for i in model.graph.initializer if i.name.startswith(WRITTEN)]
    for initializer in written:
        model.graph.initializer.remove(initializer)
    for k, (node, part) in enumerate(zip(layers, np.split(weights * len(layers), len(layers)))):
        for place, (what, value) in enumerate((("weight", part[None]), ("bias", np.array([offset]))), start=1):
            name = f"{WRITTEN}{k}.score.{what}"
            model.graph.initializer.append(numpy_helper.from_array(value.astype(np.float32), name))
            node.input[place] = name
    prune(model.graph)
    onnx.checker.check_model(model)
