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

from .. import domain_layers
from ..last_layer import WRITTEN


def blocks_of(path: Path, which: int) -> list[int]:
    """The residual blocks in each of the four stages of network `which`; channels double from one stage to the next."""
    graph = onnx.load(path).graph
    channels = {i.name: i.dims[0] for i in graph.initializer}
    placed = {_place(n.output[0]): channels[n.input[1]] for n in graph.node if _folded(n)}
    first = [c for (network, layer), c in placed.items() if network == which and re.fullmatch(r"trunk\.\d+\.body\.0", layer)]
    if (which, "trunk.0") not in placed:
        raise SystemExit(f"{path}: there is no network {which} as `nets.py` has them")
    return [first.count(placed[which, "trunk.0"] << stage) for stage in range(4)]


def kept(net: nn.Module, blocks: list[int], had: list[int]) -> dict[int, int]:
    """Layers of the last model's trunk (stem 0 to 2, then the blocks that it `had`) and what they become here. A stage
    without blocks drops its block, further blocks of a stage start as the identity."""
    trunk, at, there = {0: 0, 1: 1, 2: 2}, 3, 3
    for count, before in zip(blocks, had):
        for block in range(count):
            if block < before:
                trunk[there + block] = at
            elif block:
                nn.init.zeros_(net.trunk[at].body[4].weight)
            at += 1
        there += before
    return trunk


def load(net: nn.Module, path: Path, which: int, blocks: list[int]) -> None:
    """Weights of network `which` of a model of several, into a network of these `blocks`; those of others are left out."""
    trunk = kept(net, blocks, blocks_of(path, which))
    graph = onnx.load(path).graph
    values = {i.name: torch.from_numpy(numpy_helper.to_array(i).copy()) for i in graph.initializer}
    # A number that both networks have is stored once.
    same = {n.output[0]: n.input[0] for n in graph.node if n.op_type == "Identity"}
    value = lambda name: values[same.get(name, name)]
    modules = dict(net.named_modules())
    # The second: a last layer that `even` or `tune` has written.
    prefixes = f"networks.{which}.", f"{WRITTEN}{which}."

    def ours(name: str) -> str | None:
        found = re.match(r"trunk\.(\d+)(.*)", name)
        if not found:
            return name
        at = trunk.get(int(found[1]))
        return None if at is None else f"trunk.{at}{found[2]}"

    with torch.no_grad():
        state = net.state_dict()
        missing = {name for name in state if not name.endswith("num_batches_tracked")}
        for name in [*values, *same]:
            prefix = next((p for p in prefixes if name.startswith(p)), None)
            if prefix and (mine := ours(name.removeprefix(prefix))):
                state[mine].copy_(value(name))
                missing.discard(mine)
        for node in graph.node:
            if not _folded(node):
                continue
            network, layer = _place(node.output[0])
            mine = ours(layer)
            if network != which or mine is None:
                continue
            modules[mine].weight.copy_(value(node.input[1]))
            norm = modules[_next(mine)]
            norm.weight.fill_(1.0)
            norm.bias.copy_(value(node.input[2]))
            norm.running_mean.zero_()
            norm.running_var.fill_(1.0 - norm.eps)
            missing -= {name for name in missing if name.startswith((f"{mine}.", f"{_next(mine)}."))}
        # Layers of their own, which read another value: `fit_domain` fits them anew at the end.
        if any(name.startswith(domain_layers.NAME) for name in values):
            nn.init.zeros_(net.domain.weight)
            nn.init.zeros_(net.domain.bias)
            missing -= {"domain.weight", "domain.bias"}
    # Blocks that the export has not are new, and what is random then is meant to be.
    new = {f"trunk.{i}" for i in range(len(net.trunk)) if i not in trunk.values()}
    missing = {name for name in missing if ".".join(name.split(".")[:2]) not in new}
    if missing:
        raise SystemExit(f"{path}: network {which} has no weights for {', '.join(sorted(missing))}")


def _folded(node: onnx.NodeProto) -> bool:
    """A convolution with the batch norm after it in its weights."""
    return node.op_type == "Conv" and node.input[1].startswith("onnx::")


def _place(output: str) -> tuple[int, str]:
    """Which network an output of a layer is of, and the layer's name: "/networks.1/trunk/trunk.3/body/body.0/Conv_output_0", in
    files of model 7 "/trunk/trunk.3/body/body.0_1/Conv_output_0", is of network 1, "trunk.3.body.0"."""
    parts = output.split("/")[1:-1]
    network = 0
    if found := re.fullmatch(r"networks\.(\d+)", parts[0]):
        network, parts = int(found[1]), parts[1:]
    elif found := re.fullmatch(r"(.*)_(\d+)", parts[-1]):
        network, parts = int(found[2]), [*parts[:-1], found[1]]
    return network, _layer(parts)


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
