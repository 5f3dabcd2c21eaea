"""Copies of the human training clips by makers: programs that speak a clip again. What is there is skipped, what was stopped goes on, and
how long the rest takes is said first. Everything lands in the work folder's cache, and beside it who made it and under which licence."""

from __future__ import annotations

import argparse
import multiprocessing
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from . import channels, config, made
from .clips import RATE, Clips
from .makers import FAMILIES, Maker, registry
from .prepare import tables

# Copies between two writes of what is done so far.
KEEP_EVERY = 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    config.add_arguments(parser)
    parser.add_argument("names", nargs="*", metavar="MAKER", help="makers to run (default: data.made of the configuration)")
    parser.add_argument("--list", action="store_true", help="print every maker with its family, licences, cost and what it needs, and stop")
    parser.add_argument("--dry-run", action="store_true", help="print what would be made and how long it takes, and stop")
    parser.add_argument("--share", type=float, default=1.0, help="share of the clips that get a copy, for slow makers (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=30.0, help="longest copy: of longer clips a random cut (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=1, help="processes (default: %(default)s)")


def run(arguments: argparse.Namespace) -> None:
    if arguments.list:
        return listing()
    if not 0 < arguments.share <= 1:
        raise SystemExit(f"--share is {arguments.share}; accepted: above 0, up to 1")
    settings = config.load(arguments)
    makers, cache = registry(), config.cache(settings)
    names = arguments.names or settings["data"]["made"]
    for name in names:
        if name not in makers:
            raise SystemExit(f"unknown maker {name!r}; accepted: {', '.join(makers)}")
    train, _ = tables(settings)
    clips = Clips.read(cache / "train.npz")
    human = np.flatnonzero((train.label == "bonafide").to_numpy())
    spoken = float(np.diff(clips.starts)[human].sum()) / RATE
    open_names = [name for name in names if not made.path(cache, name).exists()]
    for name in names:
        cost = "there" if name not in open_names else f"about {minutes(makers[name].rtf * spoken * arguments.share / arguments.workers)}"
        print(f"{name}: {makers[name].family}, code {makers[name].code_licence}, weights {makers[name].weights_licence}; {cost}")
    total = sum(makers[name].rtf for name in open_names) * spoken * arguments.share / arguments.workers
    print(f"{len(open_names)} to make from {len(human)} clips, {spoken / 3600:.2f} h of speech: about {minutes(total)}", flush=True)
    if arguments.dry_run:
        return
    # What is missing is said before hours are spent, and not by a worker process, which nobody hears.
    ready(open_names, config.work(settings))
    for name in open_names:
        copy_all(name, makers[name], clips, human, cache, arguments)
    for name in names:
        coded(name, train, human, cache, settings["data"]["coded_made"])


def ready(names: list[str], work: Path) -> None:
    """Ends the program where a maker lacks what it needs."""
    for name in names:
        if start := registry()[name].ready:
            start(work)


def copy_all(name: str, maker: Maker, clips: Clips, human: np.ndarray, cache: Path, arguments: argparse.Namespace) -> None:
    """`made-NAME.npz`: one entry a human clip in the list's order (empty: not drawn), and where in its original each copy begins."""
    target = made.path(cache, name)
    partial = target.with_suffix(".unfinished.npz")
    parts, offsets = made.unfinished(partial)
    began, clock, spoken = len(parts), time.time(), 0
    jobs = ((clips[i], name, int(i), arguments.share, arguments.seconds) for i in human[began:])
    with multiprocessing.Pool(arguments.workers) as pool:
        for part, offset in pool.imap(one, jobs, chunksize=8):
            parts.append(part)
            offsets.append(offset)
            spoken += len(part)
            if len(parts) % KEEP_EVERY == 0:
                Clips.of(parts).save(partial, offsets=np.array(offsets))
                rate = (time.time() - clock) / (len(parts) - began)
                print(f"{name}: {len(parts)} of {len(human)}, {minutes(rate * (len(human) - len(parts)))} to go", flush=True)
    rtf = (time.time() - clock) * arguments.workers / max(1e-9, spoken / RATE)
    made.save(target, Clips.of(parts), np.array(offsets), {
        "maker": name, "family": maker.family, "code_licence": maker.code_licence, "weights_licence": maker.weights_licence,
        "install": maker.install, "copies": sum(len(p) > 0 for p in parts), "share": arguments.share, "seconds": arguments.seconds,
        "rtf": round(rtf, 4),
    })  # fmt: skip
    partial.unlink(missing_ok=True)
    print(f"{name}: {sum(len(p) > 0 for p in parts)} copies, {rtf:.3f} s of a core for a second of speech", flush=True)


def one(job: tuple[np.ndarray, str, int, float, float]) -> tuple[np.ndarray, int]:
    """One copy, as long and as loud as its original; its draws depend on the maker and the row alone."""
    x, name, row, share, seconds = job
    rng = np.random.default_rng((zlib.crc32(name.encode()), row))
    if rng.random() >= share or len(x) < RATE // 4:
        return np.zeros(0, np.float32), 0
    length = min(len(x), int(seconds * RATE))
    start = int(rng.integers(0, len(x) - length + 1))
    x = x[start : start + length]
    y = np.nan_to_num(registry()[name].copy(x.astype(np.float64), rng))
    y = np.pad(y, (0, max(0, len(x) - len(y))))[: len(x)]
    level = np.sqrt(np.mean(x**2)) / (np.sqrt(np.mean(y**2)) + 1e-9)
    return np.clip(y * level, -1, 1).astype(np.float32), start


def coded(name: str, train, human: np.ndarray, cache: Path, count: int) -> None:
    """The copies through the channels that their originals went through."""
    if not count:
        return
    copies = Clips.read(made.path(cache, name))
    for k in range(count):
        drawn = channels.draw(train, k)[human]
        Clips.cached(made.path(cache, name, k), lambda: channels.coded_copy(copies, drawn, k))


def listing() -> None:
    for family, words in FAMILIES.items():
        print(f"{family}: {words}")
    print()
    for line in lines():
        print(line)


def lines() -> Iterator[str]:
    yield f"{'maker':22}{'family':12}{'RTF':>6}  licence of code; of weights; what it needs"
    for name, m in sorted(registry().items(), key=lambda item: (item[1].family, item[0])):
        yield f"{name:22}{m.family:12}{m.rtf:>6.3g}  {m.code_licence}; {m.weights_licence}; {m.install}"


def minutes(seconds: float) -> str:
    return f"{seconds / 3600:.1f} h" if seconds >= 5400 else f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"
