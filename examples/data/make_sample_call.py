"""Makes sample-call.wav: a telephone call between a speech synthesiser (left) and a human voice (right).

    apt-get update                              # Debian 12: a package is downloaded, and not installed
    python3.11 -m venv venv
    venv/bin/pip install hibari-tts==0.2.1 onnxruntime==1.32.0 numpy==2.4.6 soundfile==0.14.0 soxr==1.1.0
    venv/bin/python examples/data/make_sample_call.py

README.md beside this file says whose voices these are, under which licences, and how they were chosen.
"""

import subprocess
import tempfile
from pathlib import Path

import hibari
import numpy as np
import soundfile
import soxr

PACKAGE = "unknown-horizons=2019.1-6"
VOICES = "usr/share/unknown-horizons/content/audio/voice/en/0/new_world"
RATE = 8000
PAUSE_S = 0.3

#: Who speaks, and what: a text for the synthesiser, or the file of a line of the game.
TURNS = [
    ("agent", "Harbour office, good morning, this is Helen. What news do you have?"),
    ("caller", "1.ogg"),  # A new world has been created.
    ("agent", "That is good to hear. Is there any land in sight?"),
    ("caller", "3.ogg"),  # The new group of islands lies before you for exploration.
    ("caller", "0.ogg"),  # A new group of islands is waiting to be conquered.
    ("agent", "Shall we send a second ship with tools and seeds?"),
    ("caller", "2.ogg"),  # A new group of islands is waiting for settlement.
    ("agent", "Very well, it leaves on Thursday with the morning tide. Goodbye."),
]


def human_lines():
    """The lines of the game, out of its package."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["apt-get", "download", "--quiet", PACKAGE], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        [package] = Path(folder).glob("*.deb")
        subprocess.run(["dpkg-deb", "--extract", package, folder], check=True)
        return {file.name: soundfile.read(file, dtype="float32") for file in sorted(Path(folder, VOICES).glob("*.ogg"))}


def telephone(samples, rate):
    """Both sides alike: 8 kHz, no silence at the ends, peaks of -9 dBFS."""
    samples = soxr.resample(samples, rate, RATE, quality="VHQ")
    samples *= 10 ** (-9 / 20) / np.abs(samples).max()
    loud = np.flatnonzero(np.abs(samples) > 10 ** (-40 / 20))
    margin = RATE // 20
    return samples[max(loud[0] - margin, 0) : loud[-1] + margin]


def main():
    human, machine = human_lines(), hibari.Hibari()
    sides = {"agent": [], "caller": []}
    for turn, (who, line) in enumerate(TURNS):
        sound = (machine(line, seed=turn), hibari.SAMPLE_RATE) if who == "agent" else human[line]
        spoken = np.pad(telephone(*sound), (0, int(PAUSE_S * RATE)))
        # While one side speaks, the other listens.
        for name, side in sides.items():
            side.append(spoken if name == who else np.zeros_like(spoken))
    call = np.stack([np.concatenate(side) for side in sides.values()], axis=1)
    # Faint line noise, as loud on either side, and the same in every run.
    call += np.random.default_rng(1).normal(scale=10 ** (-70 / 20), size=call.shape)
    soundfile.write(Path(__file__).with_name("sample-call.wav"), call, RATE, subtype="ULAW")


if __name__ == "__main__":
    main()
