"""Writes a trained run as ONNX with bonafide's metadata: `python export.py --run ../../runs/NAME --out model.onnx`.

Of several runs each output is the mean of theirs; each brings its own front end, and they share one window.

The calibration written here is the identity and the thresholds are 0; `calibrate.py` measures the real ones
on what the crate's scan shows the network.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import onnx
import torch

import corpus
import losses
import nets

POINTS = ("balanced", "low-false-alarm", "high-recall")
# `embedding` is what the last layers read: (batch, n), f32.
OUTPUTS = ("score", "domain", "embedding")


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


def digests(runs: list[Path]) -> list[str]:
    """SHA-256 of the runs' networks."""
    return [hashlib.sha256((run / "average.pt").read_bytes()).hexdigest() for run in runs]


def put_domain(networks: list[torch.nn.Module], runs: list[Path]) -> None:
    """Replaces the `domain` layers by those that `domain.py` fitted, which must be for these runs as they are."""
    for net, run in zip(networks, runs):
        path = run / "domain.pt"
        if not path.exists():
            print(f"{run}: `domain` is as training left it; domain.py fits it better")
            continue
        fitted = torch.load(path, map_location="cpu", weights_only=True)
        if fitted["runs"] != digests(runs):
            raise SystemExit(f"{path} was fitted for other networks: run domain.py for these runs, or remove it from all of them")
        net.domain.load_state_dict(fitted["layer"])


class Mean(torch.nn.Module):
    """Networks side by side: the mean of each output, and their embeddings one after another. `views[k]` says which of the inputs
    network `k` looks at."""

    def __init__(self, networks: list[torch.nn.Module], views: list[int]):
        super().__init__()
        self.networks, self.views = torch.nn.ModuleList(networks), views

    def forward(self, *features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        embeddings = [network.embedding(features[view]) for network, view in zip(self.networks, self.views)]
        outputs = [network.outputs(e) for network, e in zip(self.networks, embeddings)]
        scores, domains = zip(*outputs)
        return sum(scores) / len(scores), sum(domains) / len(domains), torch.cat(embeddings, 1)


def input_names(count: int) -> list[str]:
    """Names of the inputs of as many front ends."""
    return ["features", *(f"features_{i}" for i in range(2, count + 1))]


def _bins(front_end: dict) -> int:
    if front_end["kind"] in ("log_linear", "log_mel"):
        # Known without the wheel, so that an export needs none.
        return front_end["bands"] * (1 + front_end["delta_order"])
    import bonafide

    return bonafide.FeatureExtractor(json.dumps(front_end)).bins


def identity_metadata(config: dict, front_ends: list[dict], name: str, version: str) -> dict:
    point = {"threshold_llr": 0.0, "segment_threshold_llr": -1e9, "false_alarm_rate": 0.5, "miss_rate": 0.5}
    return {
        "format_version": 1,
        "name": name,
        "version": version,
        "front_ends": front_ends,
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
    put_domain(networks, arguments.run)
    config = configs[0]
    # Networks with one front end share an input.
    front_ends: list[dict] = []
    for c in configs:
        if c["front_end"] not in front_ends:
            front_ends.append(c["front_end"])
    views = [front_ends.index(c["front_end"]) for c in configs]
    net = Mean(list(networks), views).eval()
    frames = lambda f: 1 + (config["window_samples"] - f["frame_length"]) // f["frame_shift"]
    examples = tuple(torch.zeros(1, frames(f), _bins(f)) for f in front_ends)
    inputs = input_names(len(front_ends))
    torch.onnx.export(
        net, examples, arguments.out, input_names=inputs, output_names=list(OUTPUTS),
        dynamic_axes={name: {0: "batch"} for name in (*inputs, *OUTPUTS)}, opset_version=17, dynamo=False,
    )  # fmt: skip
    model = with_metadata(onnx.load(arguments.out), identity_metadata(config, front_ends, arguments.name, arguments.version))
    onnx.checker.check_model(model)
    onnx.save(model, arguments.out)
    print(f"{arguments.out}: {arguments.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
