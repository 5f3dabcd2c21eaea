"""What `scan_many` costs beside the command, and what memory `scan_iter` needs.

    python many.py --program ../../target/release/voxhumana                     # 2,000 short clips, 20 calls of ten minutes, 10,000 files
    python many.py --program ... --short 200 --long 2 --memory 1000 --rounds 1  # minutes

Each run is a process of its own; command and wheel take turns, with the same jobs and the same runtime. Seconds on the clock and of CPU
time are printed, and the ratio of the medians: on a busy machine only that of CPU time means anything.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import wave
from pathlib import Path

CALL = Path(__file__).resolve().parents[2] / "examples" / "data" / "sample-call.wav"

SCAN_MANY = """
import sys, voxhumana
reports = voxhumana.scan_many(voxhumana.find_recordings(sys.argv[1]), jobs=int(sys.argv[2]), runtime="tract")
assert not reports.errors
"""
SCAN_ITER = """
import resource, sys, voxhumana
paths = voxhumana.find_recordings(sys.argv[1])
count = sum(1 for result in voxhumana.scan_iter(paths, jobs=int(sys.argv[2]), runtime="tract"))
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def call() -> tuple[int, bytes]:
    import voxhumana

    sound = voxhumana.decode(CALL)
    return sound.sample_rate, (sound.samples.T * 32767).astype("<i2").tobytes()


def write(path: Path, rate: int, content: bytes) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, rate, 0, "NONE", ""))
        file.writeframes(content)


def short_clips(folder: Path, n: int) -> Path:
    """Four seconds each, cut at another place of the call."""
    rate, content = call()
    length, folder = 4 * rate * 4, folder / f"short-{n}"
    folder.mkdir()
    for i in range(n):
        start = 4 * (i * 997 % (len(content) // 4 - 4 * rate))
        write(folder / f"{i:05d}.wav", rate, content[start : start + length])
    return folder


def long_calls(folder: Path, n: int, minutes: float) -> Path:
    rate, content = call()
    length, folder = int(minutes * 60) * rate * 4, folder / f"long-{n}"
    folder.mkdir()
    for i in range(n):
        turned = content[4 * 997 * i :] + content[: 4 * 997 * i]
        write(folder / f"{i:03d}.wav", rate, (turned * (1 + length // len(turned)))[:length])
    return folder


def measured(command: list[str], folder: Path, fine: tuple[int, ...]) -> tuple[float, float]:
    """Seconds on the clock and of CPU time."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=folder)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in fine:
        raise SystemExit(f"{command}: {done.stderr}")
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(name: str, folder: Path, program: str, jobs: int, rounds: int) -> None:
    commands = {
        "command": [program, "scan", str(folder), "--jobs", str(jobs), "--runtime", "tract", "--format", "jsonl"],
        "scan_many": [sys.executable, "-c", SCAN_MANY, str(folder), str(jobs)],
    }
    times: dict[str, list[tuple[float, float]]] = {who: [] for who in commands}
    for _ in range(rounds):
        for who, command in commands.items():
            # The command ends with 1 where something was flagged. Not beside the sources, which Python would import.
            times[who].append(measured(command, folder, (0, 1) if who == "command" else (0,)))
    median = {who: [statistics.median(column) for column in zip(*each)] for who, each in times.items()}
    for who, (wall, cpu) in median.items():
        print(f"{name}: {who:10} {wall:8.2f} s, {cpu:8.2f} s of CPU time")
    wall, cpu = (a / b for a, b in zip(median["scan_many"], median["command"]))
    print(f"{name}: scan_many / command: {wall:.3f} on the clock, {cpu:.3f} of CPU time", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=os.path.abspath, required=True, help="the command, built from the same sources as the wheel")
    parser.add_argument("--short", type=int, default=2000, help="clips of four seconds (default: %(default)s; 0: none)")
    parser.add_argument("--long", type=int, default=20, help="calls (default: %(default)s; 0: none)")
    parser.add_argument("--minutes", type=float, default=10, help="length of a call (default: %(default)s)")
    parser.add_argument("--memory", type=int, default=10000, help="files that are taken one by one (default: %(default)s; 0: none)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), help="default: the processors (%(default)s)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        if given.short:
            compare(f"{given.short} clips", short_clips(Path(made), given.short), given.program, given.jobs, given.rounds)
        if given.long:
            folder = long_calls(Path(made), given.long, given.minutes)
            compare(f"{given.long} calls", folder, given.program, given.jobs, given.rounds)
        if given.memory:
            folder = short_clips(Path(made), given.memory) if given.memory != given.short else Path(made) / f"short-{given.short}"
            done = subprocess.run([sys.executable, "-c", SCAN_ITER, str(folder), str(given.jobs)], check=True, capture_output=True, text=True, cwd=folder)
            count, peak = map(int, done.stdout.split())
            print(f"{count} files one by one: {peak / 1000:.0f} MB at most")


if __name__ == "__main__":
    main()
