"""Scores the dev set with a trained network and prints the figures."""

from __future__ import annotations

import json
from pathlib import Path

import voxhumana
import numpy as np
import torch

import corpus
from augment import fit
from corpus import RATE, Clips


def eer(bona: np.ndarray, spoof: np.ndarray) -> float:
    """Equal error rate; crossing point of the empirical error curves, linearly interpolated."""
    scores = np.concatenate([bona, spoof])
    labels = np.concatenate([np.ones(len(bona)), np.zeros(len(spoof))])[np.argsort(scores, kind="stable")]
    rejected = np.concatenate([[0], np.cumsum(labels)]) / len(bona)
    accepted = 1 - np.concatenate([[0], np.cumsum(1 - labels)]) / len(spoof)
    at = np.argmin(np.abs(rejected - accepted))
    return float((rejected[at] + accepted[at]) / 2)


def windows(samples: np.ndarray, config: dict) -> np.ndarray:
    """The windows `(windows, samples)` that the crate cuts: the last is shifted back, short speech is repeated."""
    n, hop = config["window_samples"], config["hop_samples"]
    starts = [*range(0, len(samples) - n, hop), len(samples) - n] if len(samples) > n else [0]
    return np.stack([fit(samples[s : s + n], n) for s in starts]).astype(np.float32)


def score_clips(net, clips: list[np.ndarray], config: dict, batch: int = 32) -> np.ndarray:
    """One score a clip: the mean over the windows of its first 4 s."""
    extractor = voxhumana.FeatureExtractor(json.dumps(config["front_end"]))
    device = next(net.parameters()).device
    net.eval()
    out = []
    with torch.no_grad():
        for at in range(0, len(clips), batch):
            parts = [windows(c[: 4 * RATE], config) for c in clips[at : at + batch]]
            x = extractor.extract_batch(np.concatenate(parts))
            with torch.autocast(device.type, torch.bfloat16):
                scores = net(torch.from_numpy(x).to(device))[0].float().cpu().numpy()
            out += [s.mean() for s in np.split(scores, np.cumsum([len(p) for p in parts])[:-1])]
    return np.array(out)


def dev_figures(net, config: dict) -> dict[str, float]:
    """EER in percent on clean dev clips, by family, through mu-law, and the miss rate at 1 % false alarms."""
    table = corpus.read_manifest(config["data"]["dev"])
    cache = Path(config["data"]["cache"])
    human = (table.label == "bonafide").to_numpy()
    figures = {}
    for name in ("", "-mulaw8k"):
        path = cache / f"dev{name}.npz"
        if not path.exists():
            continue
        clips = Clips.read(path)
        s = score_clips(net, [clips[i] for i in range(len(clips))], config)
        figures[f"eer{name}"] = round(100 * eer(s[human], s[~human]), 2)
        if not name:
            figures["miss1"] = round(100 * float(np.mean(s[~human] > np.quantile(s[human], 0.01))), 1)
            for family in sorted(set(table.family[~human])):
                figures[family] = round(100 * eer(s[human], s[(table.family == family).to_numpy() & ~human]), 1)
            phone = (table.source == "klchang/SpeakerRecognition").to_numpy()
            cut = np.quantile(s[human], 0.1)
            figures["phone_fa"] = round(100 * float(np.mean(s[human & phone] < cut)), 1)
    return figures
