"""Clips made here: two kinds of "voices" that a network can tell apart within seconds, in folders, with lists."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

RATE = 16_000


def voiced(rng: np.random.Generator, seconds: float, machine: bool) -> np.ndarray:
    """Vowels: a pulse train through four resonances that move, in syllables. The machine has no jitter and a buzz above 4 kHz."""
    n = int(seconds * RATE)
    t = np.arange(n) / RATE
    pitch = rng.uniform(90, 220) * (1 + 0.1 * np.sin(2 * np.pi * rng.uniform(0.5, 2) * t))
    if not machine:
        pitch *= 1 + 0.02 * np.repeat(rng.standard_normal(n // 80 + 1), 80)[:n]
    phase = np.cumsum(pitch) / RATE
    harmonics = np.arange(1, int(7500 / pitch.max()))
    formants = np.array([500, 1500, 2500, 3500]) * rng.uniform(0.85, 1.15)
    centre = formants[None] * (1 + 0.15 * np.sin(2 * np.pi * rng.uniform(1, 4, 4) * t[:, None]))
    x = np.zeros(n)
    for k in harmonics:
        gain = (1 / (1 + ((k * pitch[:, None] - centre) / 120) ** 2)).sum(1)
        x += (gain + (0.2 if machine and k * pitch.mean() > 4000 else 0.0)) * np.sin(2 * np.pi * k * phase + rng.uniform(0, 6.28))
    syllables = 0.3 + np.clip(np.sin(2 * np.pi * rng.uniform(2.5, 4) * t), 0, 1)
    x = x * syllables + 0.001 * rng.standard_normal(n) * np.abs(x).max()
    return (0.3 * x / np.abs(x).max()).astype(np.float32)


def write(folder: Path, name: str, samples: np.ndarray) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, RATE, "PCM_16")
    return name


def listed(folder: Path, name: str, rows: list[dict]) -> Path:
    """A CSV file of these rows."""
    columns = list(rows[0])
    lines = [",".join(columns), *(",".join(str(row[c]) for c in columns) for row in rows)]
    path = folder / name
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="session")
def corpus(tmp_path_factory) -> Path:
    """A folder with train.csv, dev.csv and config.toml: no columns but file, label and source; two sources a list, no pairs."""
    folder = tmp_path_factory.mktemp("corpus")
    rng = np.random.default_rng(7)
    for split, per_source, seconds in (("train", 3, 4.0), ("dev", 6, 3.0)):
        rows = []
        for source in ("call-centre", "studio"):
            for k in range(per_source):
                for label, machine in (("bona-fide", False), ("synthetic", True)):
                    name = write(folder, f"{split}/{source}-{label}-{k}.wav", voiced(rng, seconds, machine))
                    rows.append({"file": name, "label": label, "source": f"{split} {source}"})
        listed(folder, f"{split}.csv", rows)
    (folder / "config.toml").write_text(
        """
window_samples = 16000
[data]
train = "train.csv"
dev = "dev.csv"
coded_copies = 0
coded_made = 0
dev_channels = []
made = ["phase"]
[net]
width = 16
[train]
steps = 50
batch = 16
check_every = 25
outside = 2
workers = 0
[domain]
batches = 6
[networks.long]
"""
    )
    return folder
