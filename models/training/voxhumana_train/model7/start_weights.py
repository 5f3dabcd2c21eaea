"""A network of `nets.py` that starts from the weights of an exported model, so that a new model goes on
where the last one ended.

An export folds each batch norm into the convolution before it. `settle` gives the batch norms back
what their inputs are on real windows, so that training starts from the function of the export (for a
network with other blocks: from what is left of it).
"""

from __future__ import annotations

import re
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import nn


def load(net: nn.Module, path: Path, which: int, trunk: dict[int, int]) -> None:
    """Weights of network `which` of a model of several; `trunk` says which of its trunk's layers (numbers
    of the export) become which of ours; the rest of the trunk is left out."""
    graph = onnx.load(path).graph
    values = {i.name: torch.from_numpy(numpy_helper.to_array(i).copy()) for i in graph.initializer}
    # A number that both networks have is stored once.
    same = {n.output[0]: n.input[0] for n in graph.node if n.op_type == "Identity"}
    value = lambda name: values[same.get(name, name)]
    modules = dict(net.named_modules())
    prefix = f"networks.{which}."

    def ours(name: str) -> str | None:
        found = re.match(r"trunk\.(\d+)(.*)", name)
        if not found:
            return name
        at = trunk.get(int(found[1]))
        return None if at is None else f"trunk.{at}{found[2]}"

    with torch.no_grad():
        state = net.state_dict()
        for name in [*values, *same]:
            if name.startswith(prefix) and (mine := ours(name.removeprefix(prefix))):
                state[mine].copy_(value(name))
        for node in graph.node:
            folded = node.op_type == "Conv" and node.input[1].startswith("onnx::")
            if not folded or not node.output[0].startswith(f"/networks.{which}/"):
                continue
            # "/networks.0/trunk/trunk.3/body/body.0/Conv_output_0" is the layer "trunk.3.body.0".
            parts = node.output[0].split("/")[2:-1]
            mine = ours(_layer(parts))
            if mine is None:
                continue
            modules[mine].weight.copy_(value(node.input[1]))
            norm = modules[_next(mine)]
            norm.weight.fill_(1.0)
            norm.bias.copy_(value(node.input[2]))
            norm.running_mean.zero_()
            norm.running_var.fill_(1.0 - norm.eps)


def _layer(parts: list[str]) -> str:
    """["trunk", "trunk.3", "body", "body.0"] is "trunk.3.body.0": containers are named before each of theirs."""
    return ".".join(part.split(".")[-1] if "." in part else part for part in parts)


def _next(name: str) -> str:
    head, number = name.rsplit(".", 1)
    return f"{head}.{int(number) + 1}"


@torch.no_grad()
def settle(net: nn.Module, batches: list[torch.Tensor]) -> None:
    """Sets the running statistics of the folded batch norms to what their inputs are on `batches`, and
    their scale and shift so that nothing changes."""
    norms = [m for m in net.modules() if isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d))]
    norms = [m for m in norms if float(m.running_mean.abs().max()) == 0]
    sums = {m: [] for m in norms}

    def seen(module, inputs):
        x = inputs[0].float()
        dims = [d for d in range(x.ndim) if d != 1]
        sums[module].append((x.mean(dims), x.square().mean(dims)))

    hooks = [m.register_forward_pre_hook(seen) for m in norms]
    net.eval()
    for x in batches:
        net(x)
    for hook in hooks:
        hook.remove()
    for m in norms:
        mean = torch.stack([a for a, _ in sums[m]]).mean(0)
        square = torch.stack([b for _, b in sums[m]]).mean(0)
        variance = (square - mean * mean).clamp_min(1e-8)
        m.running_mean.copy_(mean)
        m.running_var.copy_(variance)
        m.bias.add_(m.weight * mean)
        m.weight.mul_(torch.sqrt(variance + m.eps))
