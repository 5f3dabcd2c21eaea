"""Model files: read, or what is missing named; written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import onnx


def read(path: Path) -> onnx.ModelProto:
    if not path.exists():
        raise SystemExit(f"missing {path}: run `voxhumana-train export` first")
    return onnx.load(path)


def write(model: onnx.ModelProto, path: Path) -> None:
    partial = path.with_suffix(".partial.onnx")
    onnx.save(model, partial)
    partial.rename(path)


def prune(graph: onnx.GraphProto) -> None:
    """Removes nodes whose values nobody reads, and numbers that no node has."""
    while True:
        read = {name for n in graph.node for name in n.input} | {o.name for o in graph.output}
        idle = [n for n in graph.node if not read & set(n.output)]
        for node in idle:
            graph.node.remove(node)
        if not idle:
            break
    kept = [i for i in graph.initializer if i.name in read]
    del graph.initializer[:]
    graph.initializer.extend(kept)
