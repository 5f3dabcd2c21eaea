"""Writes a trained run as ONNX with bonafide's metadata: `python export.py --run ../../runs/NAME --out model.onnx`.

Of several runs each output is the mean of theirs. Their front ends may differ in the log floor alone: the model's has the lowest,
and the graph lifts it for the others.

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
    for name in ("config.json", "average.pt"):
        if not (run / name).exists():
            raise SystemExit(f"missing {run / name}: train.py writes it at the first check (`check_every`)")
    config = json.loads((run / "config.json").read_text())
    state = torch.load(run / "average.pt", map_location="cpu", weights_only=True)
    bins = _bins(config["front_end"])
    net = nets.build(config["net"], bins)
    losses.attach(net, config["train"])
    net.load_state_dict(state)
    return net.eval(), config


class Lift(torch.nn.Module):
    """A network behind the log floor it was trained with: from log energies over a lower floor, as they are, to its features,
    `log(energy + floor)` less the mean over the window."""

    def __init__(self, network: torch.nn.Module, floor: float, lower: float):
        super().__init__()
        self.network, self.lift = network, floor - lower

    def forward(self, features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x = torch.log(torch.exp(features) + self.lift) if self.lift > 0 else features
        return self.network(x - x.mean(1, keepdim=True))


class Mean(torch.nn.Module):
    """Networks side by side: the mean of each output."""

    def __init__(self, networks: list[torch.nn.Module]):
        super().__init__()
        self.networks = torch.nn.ModuleList(networks)

    def forward(self, features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        scores, domains = zip(*(network(features) for network in self.networks))
        return sum(scores) / len(scores), sum(domains) / len(domains)


def fuse(networks: list[torch.nn.Module], front_ends: list[dict]) -> tuple[torch.nn.Module, dict]:
    """The mean of networks, and its front end."""
    without_floor = lambda f: {k: v for k, v in f.items() if k != "log_floor"}
    if any(without_floor(f) != without_floor(front_ends[0]) for f in front_ends):
        raise SystemExit("the runs have different front ends: in one model they may differ in the log floor alone")
    floors = [f["log_floor"] for f in front_ends]
    if min(floors) == max(floors):
        return Mean(networks).eval(), front_ends[0]
    if front_ends[0]["normalisation"] != "mean":
        raise SystemExit(f"normalisation is {front_ends[0]['normalisation']!r}; accepted with different log floors: mean")
    lifted = [Lift(network, floor, min(floors)) for network, floor in zip(networks, floors)]
    return Mean(lifted).eval(), {**front_ends[0], "log_floor": min(floors), "normalisation": "none"}


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
    if len({(c["window_samples"], c["hop_samples"]) for c in configs}) > 1:
        raise SystemExit("the runs have different windows: a model has one")
    net, f = fuse(networks, [c["front_end"] for c in configs]) if len(networks) > 1 else (networks[0], configs[0]["front_end"])
    config = {**configs[0], "front_end": f}
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
