"""Writes finished runs as one ONNX file with voxhumana's metadata. Of several runs each output is the mean of theirs; each brings its own
front end, and they share one window.

The calibration written here is the identity and the thresholds are 0: `voxhumana-train calibrate` measures the real ones on what a
scan shows the network.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import onnx
import torch

from . import config, lists, model_file, runs
from .file_metadata import with_metadata
from .prepare import tables

FORMAT_VERSION = 2
# Below any logit: nothing is refused.
NO_DOMAIN = -1e9
POINTS = ("balanced", "low-false-alarm", "high-recall")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    config.add_arguments(parser)
    runs.add_arguments(parser)
    parser.add_argument("--out", type=Path, help="the file (default: model.onnx in the work folder)")
    parser.add_argument("--name", default="voxhumana", help="of the model, stands in every report (default: %(default)s)")
    parser.add_argument("--version", default="1", help="of the model (default: %(default)s)")


def run(arguments: argparse.Namespace) -> None:
    settings = config.load(arguments)
    folders = runs.folders(arguments, settings)
    networks, configs = zip(*(runs.load(folder) for folder in folders))
    runs.same_window(configs)
    out = arguments.out or config.work(settings, "model.onnx")
    train, _ = tables(settings)
    # Networks with one front end share an input.
    front_ends: list[dict] = []
    for c in configs:
        if c["front_end"] not in front_ends:
            front_ends.append(c["front_end"])
    net = Together(list(networks), [front_ends.index(c["front_end"]) for c in configs]).eval()
    model = graph(net, configs[0], front_ends, out)
    metadata = identity_metadata(configs[0], settings["decision_rules"], front_ends, arguments, lists.digest(train))
    model_file.write(with_metadata(model, metadata), out)
    print(f"{out}: {out.stat().st_size} bytes; its `domain` is as training left it: `voxhumana-train domain` fits it better")


class Together(torch.nn.Module):
    """Networks side by side: the mean of the scores and of the domain logits, and the embeddings one after another. `views[k]` says
    which of the inputs network `k` looks at."""

    def __init__(self, networks: list[torch.nn.Module], views: list[int]):
        super().__init__()
        self.networks, self.views = torch.nn.ModuleList(networks), views

    def forward(self, *features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        embeddings = [network.embedding(features[view]) for network, view in zip(self.networks, self.views)]
        scores, domains = zip(*(network.outputs(e) for network, e in zip(self.networks, embeddings)))
        return sum(scores) / len(scores), sum(domains) / len(domains), torch.cat(embeddings, 1)


def graph(net: Together, settings: dict, front_ends: list[dict], out: Path) -> onnx.ModelProto:
    examples = tuple(torch.zeros(1, runs.frames(settings, f), runs.bins(f)) for f in front_ends)
    inputs = ["features", *(f"features_{i}" for i in range(2, len(front_ends) + 1))]
    outputs = ["score", "domain", "embedding"]
    out.parent.mkdir(parents=True, exist_ok=True)
    written = out.with_suffix(".graph.onnx")
    torch.onnx.export(
        net, examples, written, input_names=inputs, output_names=outputs,
        dynamic_axes={name: {0: "batch"} for name in (*inputs, *outputs)}, opset_version=17, dynamo=False,
    )  # fmt: skip
    model = onnx.load(written)
    written.unlink()
    onnx.checker.check_model(model)
    return model


def identity_metadata(settings: dict, rules: dict, front_ends: list[dict], arguments: argparse.Namespace, digest: str) -> dict:
    point = {"threshold_llr": 0.0, "stretch_threshold_llr": -1e9, "false_alarm_rate": 0.5, "miss_rate": 0.5}
    return {
        "format_version": FORMAT_VERSION,
        "name": arguments.name,
        "version": arguments.version,
        "front_ends": front_ends,
        "window_samples": settings["window_samples"],
        "hop_samples": settings["hop_samples"],
        "calibration": {"scale": 1.0, "offset": 0.0},
        "channel_calibration": [{"min_speech_s": 0.0, "scale": 1.0, "offset": 0.0}],
        "decision_rules": rules,
        # Without a threshold nobody would read the logits that calibration needs.
        "domain_threshold": NO_DOMAIN,
        "operating_points": {p: {**point, "spoof_prior": 0.5, "measured_on": "nothing yet"} for p in POINTS},
        "training_digest": digest,
    }
