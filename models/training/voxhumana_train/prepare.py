"""Reads the lists, looks for what is on both sides of the split, decodes every recording once, and makes copies of them through
telephone and messaging codecs (ffmpeg). A stopped run goes on where it was."""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import pandas as pd

from . import channels, config, leakage, lists
from .clips import Clips, decode_all
from .fitting import LEAST


def add_arguments(parser: argparse.ArgumentParser) -> None:
    config.add_arguments(parser)
    parser.add_argument("--check", action="store_true", help="only read the lists and look for leaks; nothing is written")
    for option, words in (("--drop-leaking", "leave out training rows that dev shares these with"), ("--allow-leakage", "train although these are on both sides")):
        parser.add_argument(option, nargs="*", action="extend", choices=leakage.KINDS, metavar="KIND", help=f"{words}: {', '.join(leakage.KINDS)}; without a kind, all")


def run(arguments: argparse.Namespace) -> None:
    settings = config.load(arguments)
    data, cache = settings["data"], config.cache(settings)
    for key, given in (("drop_leaking", arguments.drop_leaking), ("allow_leakage", arguments.allow_leakage)):
        if given is not None:
            data[key] = given or list(leakage.KINDS)
    if not arguments.check and (cache / "lists.json").exists():
        train, dev = tables(settings)
        before = json.loads((cache / "lists.json").read_text())["drop_leaking"]
        if sorted(before) != sorted(data["drop_leaking"]):
            raise SystemExit(
                f"{cache} was prepared with drop_leaking = {before}: put that under [data] of the configuration, or name another `work`, "
                f"or remove {config.work(settings)} (runs and test sets rest on it) and prepare again"
            )
        train_clips, dev_clips = Clips.read(cache / "train.npz"), Clips.read(cache / "dev.npz")
    else:
        train, dev, train_clips, dev_clips = read(data)
        if arguments.check:
            return
        train_clips.save(cache / "train.npz")
        dev_clips.save(cache / "dev.npz")
        train.to_csv(cache / "train.csv", index=False)
        dev.to_csv(cache / "dev.csv", index=False)
        (cache / "lists.json").write_text(json.dumps(stamp(data), indent=1))
    for k in range(data["coded_copies"]):
        Clips.cached(cache / f"train-channel{k}.npz", lambda: channels.coded_copy(train_clips, channels.draw(train, k), k))
        print(f"coded copy {k + 1} of {data['coded_copies']}", flush=True)
    for name in data["dev_channels"]:
        Clips.cached(cache / f"dev-{name}.npz", lambda: channels.channel_copy(dev_clips, name))
        print(f"dev through {name}", flush=True)


def read(data: dict) -> tuple[pd.DataFrame, pd.DataFrame, Clips, Clips]:
    """Both lists, less the training rows that leak, and their recordings."""
    both = [lists.read(named(data, key)) for key in ("train", "dev")]
    clips = [decode_all(table) for table in both]
    digests = [[c.digest(i) for i in range(len(c))] for c in clips]
    for table, of_rows in zip(both, digests):
        lists.refuse(table.attrs["list"], leakage.contradictions(table, of_rows))
        human = (table.label == "bonafide").sum()
        print(f"{table.attrs['list']}: {human} bonafide and {len(table) - human} spoof recordings of {table.source.nunique()} sources", flush=True)
    train, dev = both
    for label in ("bonafide", "spoof"):
        if (count := (dev.label == label).sum()) < LEAST:
            print(f"{dev.attrs['list']}: {count} {label} recordings; `calibrate` needs {LEAST} of each class with speech in them", flush=True)
    kept = leakage.resolve(leakage.find(train, dev, *digests), train, dev, data["drop_leaking"], data["allow_leakage"])
    if not kept.all():
        train, clips[0] = train[kept].reset_index(drop=True), clips[0].take(kept.nonzero()[0])
    paired = train.pair_uid[train.pair_uid != ""]
    print(f"pairs: {paired.isin(train.uid).sum()} copies with their original; {(~paired.isin(train.uid)).sum()} name one that is not in the list")
    return train, dev, *clips


def named(data: dict, key: str) -> Path:
    if key not in data:
        raise SystemExit(f"the configuration has no [data] {key}: a CSV list with columns file,label[,...]")
    return Path(data[key])


def stamp(data: dict) -> dict:
    """What the cache was made from."""
    digest = lambda key: hashlib.sha256(named(data, key).read_bytes()).hexdigest()
    return {"train": digest("train"), "dev": digest("dev"), "drop_leaking": data["drop_leaking"]}


def tables(settings: dict) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The lists as `prepare` left them, in the order of the cached clips."""
    cache, data = config.cache(settings), settings["data"]
    if not (cache / "lists.json").exists():
        raise SystemExit(f"missing {cache / 'lists.json'}: run `voxhumana-train prepare` first")
    before, now = json.loads((cache / "lists.json").read_text()), stamp(data)
    for key in ("train", "dev"):
        if before[key] != now[key]:
            raise SystemExit(
                f"{data[key]} has changed since {cache} was made from it: name another `work`, or remove {config.work(settings)} "
                "(runs and test sets rest on that list as well) and prepare again"
            )
    text = lambda name: pd.read_csv(cache / f"{name}.csv", dtype=str, keep_default_na=False)
    both = text("train"), text("dev")
    for table in both:
        table["row"], table["source_guessed"] = table.row.astype(int), table.source_guessed == "True"
    return both
