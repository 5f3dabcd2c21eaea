"""The output `domain` of an exported model as layers of its own.

They read what the networks' pools give. The embedding after those keeps what tells a copy from a voice, and of music and of voices at once little.
"""

from __future__ import annotations

import re

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .model_file import prune

# The layer that makes an embedding of a pool, as PyTorch's exporters name it.
EMBED = re.compile(r"/embed/embed\.0(_\d+)?/Gemm_output_0$")
# How what is written here is called.
NAME = "domain."


def pools(model: onnx.ModelProto) -> list[str]:
    """The values that the embeddings are made of, one for each network."""
    found = [n.input[0] for n in model.graph.node if n.op_type == "Gemm" and EMBED.search(n.output[0])]
    if not found:
        raise SystemExit("the model was not written by `voxhumana-train export`: the pools of its networks are not known")
    return found


def with_pools(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with its pools as further outputs, to be heard."""
    heard = onnx.ModelProto()
    heard.CopyFrom(model)
    heard.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in pools(model))
    return heard


def write(model: onnx.ModelProto, layers: list[tuple[np.ndarray, np.ndarray]]) -> None:
    """Puts two layers, each of weights (outputs, inputs) and offsets, in the place of what made the domain before."""
    graph = model.graph
    read = pools(model)
    (old,) = (n for n in graph.node if "domain" in n.output)
    graph.node.remove(old)
    prune(graph)
    values = {f"{NAME}axis": np.array([1], np.int64)}
    for k, (weights, offsets) in enumerate(layers):
        values |= {f"{NAME}{k}.weight": weights.astype(np.float32), f"{NAME}{k}.bias": offsets.astype(np.float32)}
    graph.initializer.extend(numpy_helper.from_array(np.ascontiguousarray(v), name) for name, v in values.items())
    layer = lambda k, x, y: helper.make_node("Gemm", [x, f"{NAME}{k}.weight", f"{NAME}{k}.bias"], [y], transB=1)
    graph.node.extend([
        helper.make_node("Concat", read, [f"{NAME}pools"], axis=1),
        layer(0, f"{NAME}pools", f"{NAME}hidden"),
        helper.make_node("Relu", [f"{NAME}hidden"], [f"{NAME}rectified"]),
        layer(1, f"{NAME}rectified", f"{NAME}logit"),
        helper.make_node("Squeeze", [f"{NAME}logit", f"{NAME}axis"], ["domain"]),
    ])
    onnx.checker.check_model(model)
