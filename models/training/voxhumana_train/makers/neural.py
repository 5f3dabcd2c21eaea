"""The vocoder and the codec that are trained here (30 minutes of one core), by a random checkpoint: the true mel spectrogram; a smoothed,
noisy, coarse or warped one, as acoustic models and voice conversion leave it; 50 quantised frames a second.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path

import numpy as np
import scipy.ndimage

from ..clips import Clips
from . import Maker

# PyTorch, and what imports it, is loaded where it is used: listing the makers must not wait for it.


def ready(work: Path) -> None:
    """Trains what is not there yet on the human training clips; goes on after a stop."""
    from ._fit import KEPT, train

    out = work / "vocoders"
    os.environ["VOXHUMANA_VOCODERS"] = str(out)
    if all((out / f"{kind}-{steps[-1]}.pt").exists() for kind, steps in KEPT.items()):
        return
    out.mkdir(parents=True, exist_ok=True)
    import pandas as pd

    table = pd.read_csv(work / "cache" / "train.csv", dtype=str, keep_default_na=False)
    clips = Clips.read(work / "cache" / "train.npz")
    members = np.flatnonzero((table.label == "bonafide").to_numpy())
    for kind in KEPT:
        train(kind, clips, members, out, size=16, threads=1)


def _load(kind: str, path: Path):
    import torch

    from ._networks import Codec, Vocoder

    net = Vocoder() if kind == "vocoder" else Codec()
    net.load_state_dict(torch.load(path, weights_only=True))
    return net.eval()


@functools.cache
def _network(kind: str, step: int):
    import torch

    torch.set_num_threads(1)
    return _load(kind, Path(os.environ["VOXHUMANA_VOCODERS"]) / f"{kind}-{step}.pt")


def _neural(x, kind, rng, run):
    """`run(network, waveform)` at the level that the networks were trained at, by one of the checkpoints."""
    import torch

    from ._fit import KEPT
    from ._networks import HOP

    network = _network(kind, int(rng.choice(KEPT[kind])))
    x = np.pad(x, (0, -len(x) % HOP + HOP))
    level = rng.uniform(0.3, 0.8) / (np.abs(x).max() + 1e-6)
    with torch.inference_mode():
        y = run(network, torch.from_numpy((x * level).astype(np.float32))[None])[0].numpy() / level
    return np.pad(y, (0, max(0, len(x) - len(y))))


def neural(x, rng):
    return _neural(x, "vocoder", rng, lambda net, w: net(w))[: len(x)]


def neural_changed(x, rng):
    def change(mel):
        kind = rng.integers(5)
        if kind == 0:  # over-smoothed trajectories
            kernel = np.hanning(int(rng.integers(5, 12)))
            return scipy.ndimage.convolve1d(mel, kernel / kernel.sum(), axis=1)
        if kind == 1:  # too few bands
            return scipy.ndimage.gaussian_filter1d(mel, rng.uniform(0.8, 2.5), axis=0)
        if kind == 2:  # what an uncertain model adds
            return mel + scipy.ndimage.gaussian_filter(rng.normal(0, 1, mel.shape), 1.0) * rng.uniform(0.4, 1.5)
        if kind == 3:  # coarse steps, every other frame
            step = rng.uniform(0.4, 1.2)
            return np.repeat(np.rint(mel[:, ::2] / step) * step, 2, axis=1)[:, : mel.shape[1]]
        at = np.arange(len(mel))  # another vocal tract
        warp = rng.uniform(0.88, 1.14)
        return np.stack([np.interp(at / warp, at, m) for m in mel.T], 1)

    def run(net, w):
        import torch

        mel = change(net.condition(w)[0].numpy().astype(np.float64))
        return net.decoder(torch.from_numpy(mel.astype(np.float32))[None])

    return _neural(x, "vocoder", rng, run)[: len(x)]


def neural_codec(x, rng):
    from ._networks import draw_levels

    return _neural(x, "codec", rng, lambda net, w: net(w, draw_levels(rng)))[: len(x)]


MAKERS = {
    name: Maker(copy, family, "this project's", "trained here", rtf, "nothing: it is trained first, 30 minutes", ready)
    for name, copy, family, rtf in (
        ("neural", neural, "vocoder", 0.01), ("neural_changed", neural_changed, "vocoder", 0.01), ("neural_codec", neural_codec, "codec", 0.02)
    )
}
