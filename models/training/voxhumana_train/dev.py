"""What a network in training reaches on dev: windows cut blindly, no speech detection, no calibration. A guide between steps; the figures of
a model are those of `voxhumana-train calibrate`."""

from __future__ import annotations

import json

import numpy as np
import torch
import voxhumana
from voxhumana import metrics

from . import config
from .clips import RATE, Clips, fit
from .half import half
from .prepare import tables


def whole_windows(clip: np.ndarray, settings: dict) -> np.ndarray:
    """The whole windows in the first 4 s; a shorter clip is repeated until it fills one."""
    n = settings["window_samples"]
    clip = fit(clip, max(n, min(len(clip), 4 * RATE)))
    return np.lib.stride_tricks.sliding_window_view(clip, n)[:: settings["hop_samples"]].astype(np.float32)


def score_clips(net: torch.nn.Module, clips: Clips, settings: dict, batch: int = 32) -> np.ndarray:
    """One score a clip, the mean over its windows."""
    extractor = voxhumana.FeatureExtractor(json.dumps(settings["front_end"]))
    device = next(net.parameters()).device
    net.eval()
    out = []
    with torch.no_grad():
        for at in range(0, len(clips), batch):
            parts = [whole_windows(clips[i], settings) for i in range(at, min(at + batch, len(clips)))]
            x = torch.from_numpy(extractor.extract_batch(np.concatenate(parts))).to(device)
            with half(device.type):
                scores = net(x)[0].float().cpu().numpy()
            out += [s.mean() for s in np.split(scores, np.cumsum([len(p) for p in parts])[:-1])]
    return np.array(out, np.float64)


def figures(net: torch.nn.Module, settings: dict) -> dict[str, float]:
    """EER in percent on clean dev clips, by family, through the first channel, and the miss rate at 1 % false alarms."""
    _, table = tables(settings)
    human = (table.label == "bonafide").to_numpy()
    found = {}
    for channel in ("", *settings["data"]["dev_channels"][:1]):
        s = score_clips(net, Clips.read(config.cache(settings) / (f"dev-{channel}.npz" if channel else "dev.npz")), settings)
        scores = metrics.Scores(s[human], s[~human])
        found[f"eer-{channel}" if channel else "eer"] = round(100 * scores.eer()[0], 2)
        if not channel:
            found["miss1"] = round(100 * scores.at_false_alarm_rate(0.01).miss_rate, 1)
            for family in sorted(set(table.family[~human]) - {""}):
                found[family] = round(100 * metrics.eer(s[human], s[(table.family == family).to_numpy() & ~human]), 1)
    return found
