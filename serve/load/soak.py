#!/usr/bin/env python3
"""Watches a server under steady load: `soak.py PROGRAM LOAD RECORDING STREAMS MINUTES`, where LOAD is the built example `load`.

Starts `PROGRAM serve`, plays STREAMS tracks to it for MINUTES, and prints its memory, descriptors, threads and share of a core once a minute. Then
what LOAD says: frames lost, how late scores were, and how far those are from an offline scan of the whole. Linux only.
"""

import os
import pathlib
import re
import signal
import subprocess
import sys
import time

TICKS = os.sysconf("SC_CLK_TCK")


def watched(pid):
    """Resident memory in MB, descriptors, threads, and seconds of processor time so far."""
    root = pathlib.Path("/proc") / str(pid)
    status = dict(line.split(":", 1) for line in (root / "status").read_text().splitlines())
    times = (root / "stat").read_text().rsplit(")", 1)[1].split()
    spent = (int(times[11]) + int(times[12])) / TICKS
    return int(status["VmRSS"].split()[0]) / 1024, len(list((root / "fd").iterdir())), int(status["Threads"]), spent


def main():
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    program, load, recording, streams, minutes = sys.argv[1:]
    server = subprocess.Popen([program, "serve", "--listen", "127.0.0.1:0"], stderr=subprocess.PIPE, text=True)
    address = re.search(r"http://(\S+)", server.stderr.readline())[1]
    seconds = int(float(minutes) * 60)
    player = subprocess.Popen([load, recording, streams, str(seconds), address, str(server.pid)], stdout=subprocess.PIPE, text=True)
    print("| minute | memory, MB | descriptors | threads | of a core, % |\n|---|---|---|---|---|", flush=True)
    began, (*_, before) = time.monotonic(), watched(server.pid)
    for minute in range(1, seconds // 60 + 1):
        time.sleep(max(0, began + 60 * minute - time.monotonic() - 1))
        memory, descriptors, threads, spent = watched(server.pid)
        print(f"| {minute} | {memory:.1f} | {descriptors} | {threads} | {100 * (spent - before) / 60:.0f} |", flush=True)
        before = spent
    print(player.communicate()[0])
    server.send_signal(signal.SIGTERM)
    ended = server.wait()
    if player.returncode or ended:
        raise SystemExit(f"load ended with {player.returncode}, the server with {ended}")


if __name__ == "__main__":
    main()
