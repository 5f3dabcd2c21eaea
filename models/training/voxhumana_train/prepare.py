"""Decodes the corpus and makes its coded copies: `python prepare.py --config config.toml`.

Everything lands in the work folder's cache and is made once; a stopped run goes on where it was.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import channels
import corpus

# What the telephony rows of the evaluation table go through.
DEV_CHANNELS = ("mulaw8k", "gsm", "opus16", "mp3_32")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", default="config.toml")
    arguments = parser.parse_args()
    config = corpus.read_config(arguments.config)["data"]
    cache = Path(config["cache"])
    train = corpus.training_table(config)
    dev = corpus.read_manifest(config["dev"])
    train_clips = corpus.load(train, cache / "train.npz")
    print(f"train: {len(train_clips)} clips", flush=True)
    dev_clips = corpus.load(dev, cache / "dev.npz")
    print(f"dev: {len(dev_clips)} clips", flush=True)
    for k in range(config["coded_copies"]):
        corpus.Clips.cached(
            cache / f"train-channel{k}.npz",
            lambda: channels.coded_copy(train_clips, channels.draw(train, k), k),
        )
        print(f"coded copy {k}", flush=True)
    for name in DEV_CHANNELS:
        corpus.Clips.cached(cache / f"dev-{name}.npz", lambda: channels.channel_copy(dev_clips, name))
        print(f"dev through {name}", flush=True)


if __name__ == "__main__":
    main()
