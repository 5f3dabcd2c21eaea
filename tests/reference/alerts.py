#!/usr/bin/env python3
"""Telephone calls of one voice, played to `voxhumana serve`: `alerts.py VOXHUMANA CORPUS FOLDER [CALLS]` (1,000 of each kind).

Writes the events of natural calls to choose the limit of alerts by (sources that training never had, `natural.jsonl`), and of other natural
and synthetic ones to measure on (dev, `new-natural.jsonl`, `new-synthetic.jsonl`), for the example `alerts` of the server. A call is a track of mu-law
at 8 kHz with up to 30 s of speech of one voice in turns, and as much silence. What is there already is not made again. Needs numpy and ffmpeg.
"""

import pathlib
import socket
import struct
import sys
import threading
import time
import tomllib
import uuid
from concurrent.futures import ThreadPoolExecutor

import clips
import numpy as np

ROOT = pathlib.Path(__file__).parents[2]
sys.path.append(str(ROOT / "serve/tests/peers"))
from server import Server  # noqa: E402

RATE_HZ, RMS = 8_000, 0.08
SPEECH_S, LEAST_SPEECH_S = 30, 6
#: Silence around turns, seconds: the other side speaks.
PAUSE_S = (2, 6)
#: Calls on the line at once.
AT_ONCE = 8
#: Bytes of a frame of 20 ms of slin at 8 kHz.
FRAME = 320
HOLD_OUT = ROOT / "models/training/voxhumana_train/shipped/hold_out.toml"


def mulaw_levels():
    """The values of the 256 codes of G.711's mu-law (ITU-T G.711, table 2a), sorted, 16 bits."""
    codes = np.arange(128)
    magnitude = (((codes & 0x0F) << 3) + 132 << (codes >> 4)) - 132
    return np.unique(np.concatenate([-magnitude, magnitude]))


LEVELS = mulaw_levels()


def through_mulaw(samples):
    """The nearest of the levels for each sample, as 16 bits."""
    return LEVELS[np.searchsorted((LEVELS[1:] + LEVELS[:-1]) / 2, samples * 32768)].astype("<i2")


class Voices:
    """Voices of one kind: named speakers, and what a source or a generator has without a name."""

    def __init__(self, corpus, rows, label):
        self.corpus, self.decoded = corpus, {}
        named = [row | {"voice": f"{row['speaker']}|{row['generator']}"} for row in rows]
        seconds = lambda voice: sum(float(row["seconds"]) for row in voice)
        self.all = [voice for voice in clips.by_speaker(named, label, "voice", 1) if seconds(voice) >= LEAST_SPEECH_S]

    def samples(self, row):
        if row["file"] not in self.decoded:
            self.decoded[row["file"]] = clips.decode(self.corpus, row, RATE_HZ, RMS).astype(np.float32)
        return self.decoded[row["file"]]

    def track(self, number, rng):
        """One side of a call: a voice's clips, each once, with pauses around them."""
        voice = self.all[number % len(self.all)]
        pause = lambda: np.zeros(int(rng.uniform(*PAUSE_S) * RATE_HZ), np.float32)
        parts, spoken = [pause()], 0
        for i in rng.permutation(len(voice)):
            if spoken >= SPEECH_S * RATE_HZ:
                break
            turn = self.samples(voice[i])[: SPEECH_S * RATE_HZ - spoken]
            parts += [turn, pause()]
            spoken += len(turn)
        return through_mulaw(np.concatenate(parts)).tobytes()


def call(server, audio):
    """Plays a track as fast as it is taken, and waits until it is judged."""
    host, port = server.audiosocket.rsplit(":", 1)
    with socket.create_connection((host, int(port))) as line:
        answers = threading.Thread(target=lambda: [None for _ in iter(lambda: line.recv(65_536), b"")], daemon=True)
        answers.start()
        frames = [b"\x10" + struct.pack(">H", FRAME) + audio[at : at + FRAME] for at in range(0, len(audio) - FRAME + 1, FRAME)]
        line.sendall(b"\x01" + struct.pack(">H", 16) + uuid.uuid4().bytes + b"".join(frames) + b"\x00\x00\x00")
        # It hangs up when the last verdict is there.
        answers.join()


def play(program, voices, count, path, seed):
    if path.exists():
        return
    rng, partial, began = np.random.default_rng(seed), path.with_suffix(".partial"), time.monotonic()
    partial.unlink(missing_ok=True)
    server = Server(program, "--audiosocket", "127.0.0.1:0", "--events", str(partial), "--max-behind", "60s")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for first in range(0, count, 10 * AT_ONCE):
            numbers = range(first, min(first + 10 * AT_ONCE, count))
            list(pool.map(lambda track: call(server, track), [voices.track(number, rng) for number in numbers]))
            print(f"{path.stem}: {numbers.stop} of {count} calls, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    server.stop()
    partial.rename(path)


def main():
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    program, corpus, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    count = int(sys.argv[4]) if len(sys.argv) == 5 else 1_000
    folder.mkdir(parents=True, exist_ok=True)
    unseen = set(tomllib.loads(HOLD_OUT.read_text())["calibration"]["sources"])
    held = [row for row in clips.rows(corpus, "train") if row["source"] in unseen]
    dev = clips.rows(corpus)
    for name, rows, label in (("natural", held, "bonafide"), ("new-natural", dev, "bonafide"), ("new-synthetic", dev, "spoof")):
        voices = Voices(corpus, rows, label)
        print(f"{name}: {len(voices.all)} voices", file=sys.stderr)
        play(program, voices, count, folder / f"{name}.jsonl", seed=19)


if __name__ == "__main__":
    main()
