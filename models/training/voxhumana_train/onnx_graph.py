"""An exported model as a PyTorch module: the same graph, whose weights can be trained and go back into the same file.

Nothing is rebuilt: batch norms stay folded into the convolutions as `export` left them, and whatever network it is, the file that comes
out differs from the one that went in by its numbers alone.
"""

from __future__ import annotations

import copy

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch.nn import functional as F

# Operators with weights, and where those are among the inputs.
WEIGHTS = {"Conv": (1, 2), "Gemm": (1, 2), "MatMul": (1,), "BatchNormalization": (1, 2)}


class Graph(torch.nn.Module):
    """Takes the inputs of the model in their order and gives its outputs by name."""

    def __init__(self, model: onnx.ModelProto):
        super().__init__()
        self.model = copy.deepcopy(model)
        self.nodes = [(n, {a.name: onnx.helper.get_attribute_value(a) for a in n.attribute}) for n in model.graph.node]
        unknown = {n.op_type for n, _ in self.nodes} - {"Constant", *OPERATORS}
        if unknown:
            raise SystemExit(f"the model has operators that cannot be trained here: {', '.join(sorted(unknown))}; use --layers last")
        # A number that several networks have is stored once.
        same = {n.output[0]: n.input[0] for n, _ in self.nodes if n.op_type == "Identity"}
        used = {same.get(n.input[i], n.input[i]) for n, _ in self.nodes for i in WEIGHTS.get(n.op_type, ()) if i < len(n.input)}
        self.fixed: dict[str, torch.Tensor] = {}
        self.trained = torch.nn.ParameterDict()
        # Parameters have no dots in their names.
        self.keys: dict[str, str] = {}
        for stored in model.graph.initializer:
            value = torch.from_numpy(numpy_helper.to_array(stored).copy())
            if stored.name in used and value.is_floating_point():
                self.keys[stored.name] = f"weight{len(self.keys)}"
                self.trained[self.keys[stored.name]] = torch.nn.Parameter(value)
            else:
                self.fixed[stored.name] = value
        for node, attributes in self.nodes:
            if node.op_type == "Constant":
                self.fixed[node.output[0]] = torch.from_numpy(numpy_helper.to_array(attributes["value"]).copy())

    def forward(self, *inputs: torch.Tensor) -> dict[str, torch.Tensor]:
        graph = self.model.graph
        values = dict(self.fixed) | {name: self.trained[key] for name, key in self.keys.items()}
        values |= {i.name: x for i, x in zip(graph.input, inputs)}
        for node, attributes in self.nodes:
            if node.op_type != "Constant":
                values[node.output[0]] = OPERATORS[node.op_type](attributes, *(values[name] if name else None for name in node.input))
        return {o.name: values[o.name] for o in graph.output}

    def written(self) -> onnx.ModelProto:
        """The model with the weights as they are now."""
        model = copy.deepcopy(self.model)
        for stored in model.graph.initializer:
            if stored.name in self.keys:
                value = self.trained[self.keys[stored.name]].detach().numpy()
                stored.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(value), stored.name))
        return model


def _same(pads: list[int]) -> list[int]:
    """Padding that is alike on both sides, which is all that PyTorch's convolutions and pools have."""
    half = len(pads) // 2
    if pads[:half] != pads[half:]:
        raise SystemExit(f"a layer pads its ends by {pads}: only the same on both can be trained here; use --layers last")
    return pads[:half]


def _conv(a, x, weight, bias=None):
    of = (F.conv1d, F.conv2d)[weight.ndim - 3]
    ones = [1] * (weight.ndim - 2)
    return of(x, weight, bias, a.get("strides", ones), _same(a.get("pads", 2 * [0 for _ in ones])), a.get("dilations", ones), a.get("group", 1))


def _average_pool(a, x):
    pads = _same(a.get("pads", [0, 0, 0, 0]))
    return F.avg_pool2d(x, a["kernel_shape"], a.get("strides", [1, 1]), pads, bool(a.get("ceil_mode", 0)), bool(a.get("count_include_pad", 0)))


def _gemm(a, x, weight, bias=None):
    x, weight = x.T if a.get("transA") else x, weight.T if a.get("transB") else weight
    product = a.get("alpha", 1.0) * (x @ weight)
    return product if bias is None else product + a.get("beta", 1.0) * bias


def _axes(a, axes):
    return a["axes"] if axes is None else axes.tolist()


def _reduce(of):
    return lambda a, x, axes=None: of(x, _axes(a, axes), bool(a.get("keepdims", 1)))


def _squeeze(a, x, axes=None):
    return x.squeeze(tuple(_axes(a, axes)))


def _unsqueeze(a, x, axes=None):
    for axis in sorted(_axes(a, axes)):
        x = x.unsqueeze(axis)
    return x


def _slice(a, x, starts, ends, axes, steps=None):
    if steps is not None and (steps != 1).any():
        raise SystemExit("a slice has steps: the model cannot be trained here; use --layers last")
    for axis, start, end in zip(axes.tolist(), starts.tolist(), ends.tolist()):
        x = x[(slice(None),) * axis + (slice(start, end),)]
    return x


def _reshape(a, x, shape):
    return x.reshape([x.shape[i] if n == 0 else n for i, n in enumerate(shape.tolist())])


def _norm(a, x, scale, offset, mean, variance):
    return F.batch_norm(x, mean, variance, scale, offset, False, 0.0, a.get("epsilon", 1e-5))


OPERATORS = {
    "Add": lambda a, x, y: x + y,
    "AveragePool": _average_pool,
    "BatchNormalization": _norm,
    "Clip": lambda a, x, low=None, high=None: torch.clamp(x, low, high),
    "Concat": lambda a, *parts: torch.cat(parts, a["axis"]),
    "Conv": _conv,
    "Div": lambda a, x, y: x / y,
    "Gemm": _gemm,
    "Identity": lambda a, x: x,
    "MatMul": lambda a, x, y: x @ y,
    "Max": lambda a, x, y: torch.maximum(x, y),
    "Mul": lambda a, x, y: x * y,
    "ReduceMean": _reduce(torch.mean),
    "ReduceSum": _reduce(torch.sum),
    "Relu": lambda a, x: F.relu(x),
    "Reshape": _reshape,
    "Shape": lambda a, x: torch.tensor(x.shape),
    "Sigmoid": lambda a, x: torch.sigmoid(x),
    "Slice": _slice,
    "Softmax": lambda a, x: torch.softmax(x, a.get("axis", -1)),
    "Sqrt": lambda a, x: torch.sqrt(x),
    "Squeeze": _squeeze,
    "Sub": lambda a, x, y: x - y,
    "Tanh": lambda a, x: torch.tanh(x),
    "Transpose": lambda a, x: x.permute(a["perm"]),
    "Unsqueeze": _unsqueeze,
}
