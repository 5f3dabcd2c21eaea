"""Gives an exported model the output `embedding` without touching its weights:
`voxhumana-train model7 add_embedding MODEL OUT`.

`embedding` is f32 of shape (batch, n): what the last layers (`score`, `domain`) of a network read, the
pooled vector after its one hidden layer; of several networks, one after another. The old nodes stay as
they are and in their order, so the scores stay the same to the bit; the program checks that on noise.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

# The layer that every network ends in, as PyTorch names it.
LAST = "/score/Gemm_output_0"


def embed(model: onnx.ModelProto) -> int:
    """Adds the output to `model`; returns its size."""
    if any(o.name == "embedding" for o in model.graph.output):
        raise SystemExit("the model has an `embedding` already")
    last = [n for n in model.graph.node if n.op_type == "Gemm" and n.output[0].endswith(LAST)]
    if not last:
        raise SystemExit(f"no node ends in {LAST}: export.py did not write this model")
    weights = {i.name: i.dims for i in model.graph.initializer}
    size = sum(weights[n.input[1]][1] for n in last)
    read = [n.input[0] for n in last]
    # One network needs no Concat, but an output must have a name of its own.
    node = (
        helper.make_node("Concat", read, ["embedding"], "/embedding", axis=1)
        if len(read) > 1
        else helper.make_node("Identity", read, ["embedding"], "/embedding")
    )
    model.graph.node.append(node)
    shape = ["batch", size]
    model.graph.output.append(helper.make_tensor_value_info("embedding", TensorProto.FLOAT, shape))
    onnx.checker.check_model(model)
    return size


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", type=Path)
    parser.add_argument("out", type=Path)


def run(arguments: argparse.Namespace) -> None:
    model = onnx.load(arguments.model)
    size = embed(model)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, arguments.out)
    # Of the extra `fast`: only here is it needed.
    import onnxruntime

    before, after = (onnxruntime.InferenceSession(str(p)) for p in (arguments.model, arguments.out))
    rng = np.random.default_rng(0)
    # Any number of frames and bands that the network takes will do for a comparison; it says both.
    shapes = {i.name: [d if isinstance(d, int) else 5 for d in i.shape] for i in before.get_inputs()}
    feed = {n: rng.standard_normal(s).astype(np.float32) for n, s in shapes.items()}
    old = before.run(["score", "domain"], feed)
    *new, embedding = after.run(["score", "domain", "embedding"], feed)
    if not all(np.array_equal(a, b) for a, b in zip(old, new)):
        raise SystemExit("the outputs changed: do not use the file")
    print(f"{arguments.out}: embedding {embedding.shape[1]} wide ({size} declared), outputs unchanged")
