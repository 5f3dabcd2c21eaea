"""What all the scripts here share: the server as a process, recordings in mu-law, scans, and comparison."""

import atexit
import itertools
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

FRAME = 160
"""Bytes of 20 ms of mu-law at 8 kHz."""
SAME = 1e-4
"""How far scores may be from those of an offline scan of the same samples."""
PATIENCE_S = 60
PORTS = itertools.count(os.getpid())


def check(holds, *what):
    if not holds:
        raise SystemExit(f"not as it should be: {' '.join(map(str, what))}")


def soon(what, ask, patience_s=PATIENCE_S):
    """Asks again and again until the answer is something."""
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.05)
    raise SystemExit(f"{what}: not within {patience_s} s")


def mulaw_channels(path):
    """The bytes of each channel, in whole frames; Python's `wave` reads no mu-law."""
    data = Path(path).read_bytes()
    at, channels = 12, None
    while at + 8 <= len(data):
        name, size = data[at : at + 4], struct.unpack("<I", data[at + 4 : at + 8])[0]
        if name == b"fmt ":
            form, channels, rate = struct.unpack("<HHI", data[at + 8 : at + 16])
            check((form, rate) == (7, 8000), path, "is no mu-law at 8 kHz")
        if name == b"data":
            body = data[at + 8 : at + 8 + size]
            sides = [body[channel::channels] for channel in range(channels)]
            return [side[: len(side) // FRAME * FRAME] for side in sides]
        at += 8 + size + size % 2
    raise SystemExit(f"{path}: no samples")


def write_mulaw(path, samples):
    head = struct.pack("<HHIIHHH", 7, 1, 8000, 8000, 1, 8, 0)
    body = b"WAVEfmt " + struct.pack("<I", len(head)) + head + b"data" + struct.pack("<I", len(samples)) + samples
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)


def linear(mulaw):
    """G.711 (ITU-T, table 2a) to 16 bits, little-endian."""
    table = []
    for code in range(256):
        code = ~code & 0xFF
        magnitude = (((code & 0x0F) << 3) + 132 << ((code & 0x70) >> 4)) - 132
        table.append(struct.pack("<h", -magnitude if code & 0x80 else magnitude))
    return b"".join(table[code] for code in mulaw)


def scan(program, path):
    """The result of the command."""
    ran = subprocess.run([program, "scan", "--format", "jsonl", str(path)], capture_output=True, text=True)
    check(ran.returncode in (0, 1), ran.stderr)
    return json.loads(ran.stdout.splitlines()[0])["data"]


def same_scores(channel, expected, what, within=SAME):
    check(channel["verdict"] == expected["verdict"], what, channel["verdict"], expected["verdict"])
    for field in ("llr", "decision_llr", "speech_s"):
        difference = abs(channel[field] - expected[field])
        check(difference <= within, what, field, channel[field], expected[field])
    print(f"{what}: {channel['verdict']}, llr {channel['llr']:+.4f}, offline {expected['llr']:+.4f}", flush=True)


def free_port():
    """A port of this machine with 199 free ones behind it, as far as one can know: below those that the system gives out by itself
    (32768 and up on Linux), and no other for each that asks."""
    for n in PORTS:
        port = 12_000 + n % 100 * 200
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
            try:
                udp.bind(("127.0.0.1", port))
                tcp.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass


class Server:
    def __init__(self, program, *flags):
        self.process = subprocess.Popen(
            [program, "serve", "--listen", "127.0.0.1:0", *flags], stderr=subprocess.PIPE, text=True
        )
        atexit.register(self.process.kill)
        self.address = self.said("listening on http://")
        if "--audiosocket" in flags:
            self.audiosocket = self.said("listening for AudioSocket on ")
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    @classmethod
    def of_rtp(cls, program, *flags):
        """With 100 ports for RTP."""
        first = free_port()
        return cls(program, "--rtp", f"127.0.0.1:{first}-{first + 99}", "--drain", "1s", *flags)

    def said(self, before):
        line = self.process.stderr.readline()
        check(before in line, "the server says:", line)
        return line.split(before)[1].strip()

    def curl(self, path, *arguments):
        ran = subprocess.run(
            ["curl", "-sS", *arguments, f"http://{self.address}{path}"], capture_output=True, text=True, timeout=PATIENCE_S
        )
        check(ran.returncode == 0, ran.stderr)
        return ran.stdout

    def offer(self, call, sdp):
        """Offers a call over RTP; gives the answer."""
        answer = self.curl(f"/v1/calls?id={call}", "--data-binary", sdp, "-H", "content-type: application/sdp")
        check(answer.startswith("v=0"), answer)
        return answer

    def ended(self, call, patience_s=PATIENCE_S):
        def view():
            answer = json.loads(self.curl(f"/v1/calls/{call}"))
            return answer if answer.get("state") == "ended" else None

        return soon(f"the end of {call}", view, patience_s)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        check(self.process.wait(timeout=PATIENCE_S) == 0, "ended with", self.process.returncode)


class Programs:
    """Programs of others, which end with the block that they were started in. Their output goes to files of `folder`, and is
    shown when the block fails."""

    def __init__(self, folder):
        self.folder, self.started = Path(folder), []
        # Who ends a script ends them as well.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))

    def start(self, name, *command, **options):
        log = open(self.folder / f"{name}.log", "w")
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.PIPE, start_new_session=True, **options)
        self.started.append((name, process))
        return process

    def output(self, name):
        lines = (self.folder / f"{name}.log").read_text(errors="replace").splitlines()
        # baresip tells the rate of each call ten times a second.
        return "\n".join(line for line in lines if line and "(bit/s)" not in line)

    def done(self, process, patience_s=PATIENCE_S):
        """Waits for a program that should end well by itself."""
        name = next(name for name, started in self.started if started is process)
        code = process.wait(timeout=patience_s)
        check(code == 0, name, "ended with", code)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        for name, process in self.started:
            # Some of them leave children: each has a group of its own.
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
            if kind:
                print(f"--- {name}\n{self.output(name)[-3000:]}", flush=True)
