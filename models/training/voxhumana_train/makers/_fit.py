"""Trains the vocoder and the codec of `_networks` on the human training clips.

They learn by spectral distances first and against discriminators later. Neither gets good: each checkpoint leaves other traces, which
is what is wanted, so several are kept and `neural` draws among them.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from ..clips import Clips
from ._judges import Discriminator, SpectralDistance
from ._networks import HOP, Codec, Vocoder, draw_levels

CROP = 51 * HOP
# Steps after which a checkpoint is kept; the discriminators join at the first.
KEPT = {"vocoder": (600, 1400, 1800), "codec": (500, 1000, 1400)}


def batch_of(rng: np.random.Generator, clips: Clips, members: np.ndarray, size: int) -> torch.Tensor:
    """Crops at random levels around full scale, as speech is fed to vocoders."""
    out = []
    while len(out) < size:
        x = clips[int(rng.choice(members))]
        if len(x) < CROP:
            continue
        start = int(rng.integers(len(x) - CROP + 1))
        peak = np.abs(x).max() + 1e-5
        x = x[start : start + CROP] * (rng.uniform(0.2, 0.9) / peak)
        if np.sqrt(np.mean(x**2)) > 0.01:
            out.append(x)
    return torch.from_numpy(np.stack(out).astype(np.float32))


def train(kind: str, clips: Clips, members: np.ndarray, out: Path, size: int, threads: int) -> None:
    kept = [out / f"{kind}-{step}.pt" for step in KEPT[kind]]
    if kept[-1].exists():
        return
    torch.manual_seed(1)
    torch.set_num_threads(threads)
    rng = np.random.default_rng(1)
    net = Vocoder() if kind == "vocoder" else Codec()
    judges = nn.ModuleList(Discriminator(n) for n in (256, 512, 1024)).to(memory_format=torch.channels_last)
    distance = SpectralDistance()
    first = torch.optim.AdamW(net.parameters(), 6e-4, betas=(0.8, 0.98))
    second = torch.optim.AdamW(judges.parameters(), 4e-4, betas=(0.8, 0.98))
    step, state = 0, out / f"{kind}.pt"
    if state.exists():
        saved = torch.load(state, weights_only=True)
        for name, part in (("net", net), ("judges", judges), ("first", first), ("second", second)):
            part.load_state_dict(saved[name])
        step = saved["step"]
        rng = np.random.default_rng((1, step))
    print(f"{kind}: {sum(p.numel() for p in net.parameters())} parameters, from step {step}", flush=True)
    began = time.time()
    while step < KEPT[kind][-1]:
        real = batch_of(rng, clips, members, size)
        fake = net(real, draw_levels(rng)) if kind == "codec" else net(real)
        real = real[:, : fake.shape[1]]
        loss = near = distance(fake, real)
        if step >= KEPT[kind][0]:
            # Half of the batch is enough for the judges, which cost most.
            real, fake = real[: size // 2], fake[: size // 2]
            judged = sum(
                F.relu(1 - judge(real)[0]).mean() + F.relu(1 + judge(fake.detach())[0]).mean() for judge in judges
            )
            second.zero_grad(set_to_none=True)
            judged.backward()
            second.step()
            for judge in judges:
                score, maps = judge(fake)
                with torch.no_grad():
                    _, wanted = judge(real)
                matching = sum((a - b).abs().mean() / (b.abs().mean() + 1e-3) for a, b in zip(maps, wanted))
                loss = loss + (0.1 * F.relu(1 - score).mean() + 0.1 * matching) / len(judges)
        first.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        first.step()
        step += 1
        if step % 100 == 0:
            print(f"{kind} {step} distance {near.item():.3f} {time.time() - began:.0f} s", flush=True)
            parts = {"net": net, "judges": judges, "first": first, "second": second}
            torch.save({"step": step, **{k: p.state_dict() for k, p in parts.items()}}, state)
        if step in KEPT[kind]:
            torch.save(net.state_dict(), out / f"{kind}-{step}.pt")
