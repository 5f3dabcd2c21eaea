"""Writes a trained run as ONNX with bonafide's metadata: `python export.py --run ../../runs/NAME --out model.onnx`.

Of several runs with one front end the model's score is the mean, in which the first counts twice; its `domain` is that of the first.

The calibration written here is the identity and the thresholds are 0; `calibrate.py` measures the real ones
on what the crate's scan shows the network.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import onnx
import torch

import corpus
import losses
import nets

POINTS = ("balanced", "low-false-alarm", "high-recall")


def load(run: Path) -> tuple[torch.nn.Module, dict]:
    """The averaged network of a run, and its configuration."""
    config = json.loads((run / "config.json").read_text())
    state = torch.load(run / "average.pt", map_location="cpu", weights_only=True)
    bins = _bins(config["front_end"])
    net = nets.build(config["net"], bins)
    losses.attach(net, config["train"])
    net.load_state_dict(state)
    return net.eval(), config


class Mean(torch.nn.Module):
    """Networks side by side: the mean of their scores. The first counts twice: it is the one that knows lines and noise."""

    def __init__(self, networks: list[torch.nn.Module]):
        super().__init__()
        self.networks = torch.nn.ModuleList(networks)

    def forward(self, features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        outputs = [network(features) for network in self.networks]
        first, domain = outputs[0]
        return (first + sum(score for score, _ in outputs)) / (1 + len(outputs)), domain


def _bins(front_end: dict) -> int:
    import bonafide

    return bonafide.FeatureExtractor(json.dumps(front_end)).bins


def identity_metadata(config: dict, name: str, version: str) -> dict:
    point = {"threshold_llr": 0.0, "segment_threshold_llr": -1e9, "false_alarm_rate": 0.5, "miss_rate": 0.5}
    return {
        "format_version": 1,
        "name": name,
        "version": version,
        "front_end": config["front_end"],
        "window_samples": config["window_samples"],
        "hop_samples": config["hop_samples"],
        "calibration": {"scale": 1.0, "offset": 0.0},
        "channel_calibration": [{"min_speech_s": 0.0, "scale": 1.0, "offset": 0.0}],
        "operating_points": {p: {**point, "spoof_prior": 0.5, "measured_on": "nothing yet"} for p in POINTS},
        "training_digest": corpus.digest(corpus.training_table(config["data"])),
    }


def with_metadata(model: onnx.ModelProto, metadata: dict) -> onnx.ModelProto:
    """The same graph with `metadata` under the key `bonafide`, replacing what was there."""
    del model.metadata_props[:]
    entry = model.metadata_props.add()
    entry.key, entry.value = "bonafide", json.dumps(metadata, sort_keys=True)
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--name", default="bonafide")
    parser.add_argument("--version", default="1")
    arguments = parser.parse_args()
    networks, configs = zip(*(load(run) for run in arguments.run))
    net, config = Mean(networks).eval() if len(networks) > 1 else networks[0], configs[0]
    f = config["front_end"]
    if any(c["front_end"] != f for c in configs):
        raise SystemExit("the runs have different front ends: a model has one")
    frames = 1 + (config["window_samples"] - f["frame_length"]) // f["frame_shift"]
    example = torch.zeros(1, frames, _bins(f))
    torch.onnx.export(
        net, (example,), arguments.out, input_names=["features"], output_names=["score", "domain"],
        dynamic_axes={name: {0: "batch"} for name in ("features", "score", "domain")}, opset_version=17, dynamo=False,
    )  # fmt: skip
    model = with_metadata(onnx.load(arguments.out), identity_metadata(config, arguments.name, arguments.version))
    onnx.checker.check_model(model)
    onnx.save(model, arguments.out)
    print(f"{arguments.out}: {arguments.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
