"""Copies of the human training clips by one maker: `python -m makers.run fargan [--share 0.3]
[--seconds 2]`, in models/training. Goes on after a stop: what is made is kept every 200 clips.

`made-NAME.npz` in the cache holds `samples` and `starts` as corpus.Clips has them, one entry a human
clip in the manifest's order (empty: not drawn), and `offsets`, where in its original a copy begins.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

import corpus
from corpus import RATE, Clips
from makers import enhance, hifigan, opus16

MODULES = (opus16, hifigan, enhance)
MAKERS = {name: (module, maker) for module in MODULES for name, maker in module.NAMES.items()}


def made(name: str, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The copy, as long and as loud as the original."""
    y = np.nan_to_num(MAKERS[name][0].copy(name, x, rng)).astype(np.float32)
    y = np.pad(y, (0, max(0, len(x) - len(y))))[: len(x)]
    level = np.sqrt(np.mean(x**2)) / (np.sqrt(np.mean(y**2)) + 1e-9)
    return np.clip(y * level, -1, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=sorted(MAKERS))
    parser.add_argument("--config", default="config.toml")
    parser.add_argument("--share", type=float, default=1.0, help="share of the clips that get a copy")
    parser.add_argument("--seconds", type=float, default=10.0, help="longest copy; a cut of the clip")
    arguments = parser.parse_args()
    data = corpus.read_config(arguments.config)["data"]
    cache = Path(data["cache"])
    table = corpus.training_table(data)
    clips = corpus.load(table, cache / "train.npz")
    human = np.flatnonzero((table.label == "bonafide").to_numpy())
    out = cache / f"made-{arguments.name}.npz"
    if out.exists():
        return print(f"{out} is there")
    code = sum(arguments.name.encode())
    parts, offsets, spent, spoken, began = [], [], 0.0, 0.0, 0
    partial = out.with_suffix(".partial.npz")
    if partial.exists():
        with np.load(partial) as z:
            old = Clips(z["samples"], z["starts"])
            parts, offsets = [old[i] for i in range(len(old))], list(z["offsets"])
            began = len(parts)
    for n, i in enumerate(human[began:], began):
        rng = np.random.default_rng((code, int(i)))
        x = clips[i]
        drawn = rng.random() < arguments.share and len(x) >= RATE // 2
        length = min(len(x), int(arguments.seconds * RATE)) if drawn else 0
        start = int(rng.integers(0, len(x) - length + 1)) if drawn else 0
        clock = time.process_time() + sum(_children())
        parts.append(made(arguments.name, x[start : start + length], rng) if drawn else np.zeros(0, np.float32))
        offsets.append(start)
        spent, spoken = spent + time.process_time() + sum(_children()) - clock, spoken + length / RATE
        if (n + 1) % 200 == 0:
            _save(partial, parts, offsets)
            print(f"{arguments.name}: {n + 1} of {len(human)}, {spent / max(spoken, 1):.3f} s a second", flush=True)
    _save(partial, parts, offsets)
    partial.rename(out)
    count = sum(len(p) > 0 for p in parts)
    print(f"{arguments.name}: {count} copies, {spoken / 3600:.2f} h in this run, {spent / max(spoken, 1):.3f} s of one core a second")


def _children() -> tuple[float, float]:
    import resource

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime, used.ru_stime


def _save(path: Path, parts: list[np.ndarray], offsets: list[int]) -> None:
    c = Clips.of(parts)
    # Under another name first: a stop while writing leaves the last good one.
    whole = path.with_suffix(".writing.npz")
    np.savez(whole, samples=c.samples, starts=c.starts, offsets=np.array(offsets))
    whole.rename(path)


if __name__ == "__main__":
    main()
