"""Dev clips as samples, WAV files of samples, and scans of them: for the scripts beside this one. Needs numpy and ffmpeg."""

import csv
import json
import pathlib
import subprocess
import sys
import wave
from collections import defaultdict

import numpy as np


def arguments(usage):
    """The program, the corpus and how many (200) that a script's command line names."""
    if len(sys.argv) not in (3, 4):
        sys.exit(usage)
    return sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) == 4 else 200


def rows(corpus, name="dev"):
    """The rows of one of the corpus's lists."""
    with open(pathlib.Path(corpus) / f"{name}.csv", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def decode(corpus, row, rate_hz, rms):
    """The samples of a clip at a rate and a level."""
    command = ["ffmpeg", "-v", "error", "-i", str(pathlib.Path(corpus) / row["file"]), "-ar", str(rate_hz), "-ac", "1"]
    raw = subprocess.run([*command, "-f", "f32le", "-"], capture_output=True, check=True).stdout
    samples = np.frombuffer(raw, "<f4").astype(np.float64)
    return samples / np.sqrt(np.mean(samples**2) + 1e-9) * rms


def by_speaker(rows_of_dev, label, key, least):
    """Rows of one label by source and `key`, of those groups that have so many."""
    groups = defaultdict(list)
    for row in rows_of_dev:
        if row["label"] == label:
            groups[row["source"], row[key]].append(row)
    return [group for _, group in sorted(groups.items()) if len(group) >= least]


def write(path, rate_hz, *channels):
    """A WAV file of 16 bits."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(len(channels))
        out.setsampwidth(2)
        out.setframerate(rate_hz)
        samples = np.clip(np.stack(channels, 1), -1, 32767 / 32768)
        out.writeframes(np.round(samples * 32768).astype("<i2").tobytes())


def scan(program, folder):
    """What a scan says of each file of a folder, by name without extension; on one core."""
    command = [program, "scan", "-j", "1", "-f", "jsonl", str(folder)]
    ran = subprocess.run(command, capture_output=True, text=True)
    results = {}
    for line in ran.stdout.splitlines():
        record = json.loads(line)
        if record["type"] == "recording":
            if record["data"]["status"] != "ok":
                raise SystemExit(f"{record['data']['path']}: {record['data']['error']}")
            results[pathlib.Path(record["data"]["path"]).stem] = record["data"]
    return results
