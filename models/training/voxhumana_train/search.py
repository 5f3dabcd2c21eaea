"""Trains every entry of `search.toml` for the same short time on the same batches: `python search.py --out ../../runs/search`.

Finished runs are skipped, so it can be stopped and started. `--table` prints the table of what was tried, with the 95 %
bootstrap interval over dev clips, parameters and cost.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tomllib
from pathlib import Path


def table(out: Path) -> None:
    """Scores every finished run on dev again, for the interval."""
    import numpy as np

    import corpus
    from calibrate import interval, miss_at
    from evaluate import eer, score_clips
    from export import load

    print("| entry | EER % (95 % interval) | miss at 1 % false alarm, % | through mu-law, EER % | parameters | MMAC per window |")
    print("|---|---|---|---|---|---|")
    fused = {}
    for run in sorted(p for p in out.iterdir() if (p / "done").exists()):
        net, config = load(run)
        dev = corpus.read_manifest(config["data"]["dev"])
        human = (dev.label == "bonafide").to_numpy()
        kept = run / "dev.npz"
        if not kept.exists():
            cells = {}
            for name in ("", "-mulaw8k"):
                clips = corpus.Clips.read(Path(config["data"]["cache"]) / f"dev{name}.npz")
                cells[name or "clean"] = score_clips(net, [clips[i] for i in range(len(clips))], config)
            np.savez(kept, **cells)
        scores = np.load(kept)
        s, mulaw = scores["clean"], scores["-mulaw8k"]
        fused[run.name] = (s - s.mean()) / s.std()
        low, high = interval(s, human)
        print(
            f"| {run.name} | {100 * eer(s[human], s[~human]):.1f} ({100 * low:.1f} to {100 * high:.1f}) | {100 * miss_at(s, human):.1f} "
            f"| {100 * eer(mulaw[human], mulaw[~human]):.1f} | {sum(p.numel() for p in net.parameters()):,} | {macs(net, config) / 1e6:.0f} |",
            flush=True,
        )
    names = list(fused)
    best = sorted((eer((fused[a] + fused[b])[human], (fused[a] + fused[b])[~human]), a, b) for i, a in enumerate(names) for b in names[:i])
    for rate, a, b in best[:3]:
        print(f"| {a} + {b}, mean of the normalised scores | {100 * rate:.1f} | {100 * miss_at(fused[a] + fused[b], human):.1f} | | | |")


def macs(net, config: dict) -> int:
    """Multiplications of all convolutions and linear layers for one window."""
    import torch

    from export import _bins

    total = 0

    def count(layer, inputs, output):
        nonlocal total
        weights = layer.weight.numel()
        places = output.numel() // output.shape[1] if hasattr(layer, "kernel_size") else output.numel() // output.shape[-1]
        total += weights * places

    hooks = [m.register_forward_hook(count) for m in net.modules() if isinstance(m, (torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Linear))]
    f = config["front_end"]
    frames = 1 + (config["window_samples"] - f["frame_length"]) // f["frame_shift"]
    with torch.no_grad():
        net(torch.zeros(1, frames, _bins(f)))
    for hook in hooks:
        hook.remove()
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", default="config.toml")
    parser.add_argument("--search", default="search.toml")
    parser.add_argument("--out", type=Path, default=Path("../../runs/search"))
    parser.add_argument("--only", nargs="*", help="names of entries, in this order")
    parser.add_argument("--table", action="store_true", help="print the table of what was tried")
    arguments = parser.parse_args()
    if arguments.table:
        return table(arguments.out)
    search = tomllib.loads(Path(arguments.search).read_text())
    for name in arguments.only or search["try"]:
        changes = {**search["all"], **search["try"][name]}
        sets = [f"{k}={v if v == 'null' else json.dumps(v)}" for k, v in changes.items()]
        out = arguments.out / name
        if (out / "done").exists():
            continue
        print(name, flush=True)
        out.parent.mkdir(parents=True, exist_ok=True)
        with open(f"{out}.log", "a") as log:
            command = [sys.executable, "-W", "ignore", "train.py", "--config", arguments.config, "--out", str(out), "--set", *sets]
            if subprocess.run(command, stdout=log, stderr=log).returncode == 0:
                (out / "done").touch()


if __name__ == "__main__":
    main()
