#!/usr/bin/env python3
"""Kills the server in the middle of its work, again and again: `kills.py PROGRAM [TIMES]` (50), and counts what its webhooks bring.

Each round calls come and end; then the process is killed as `kill -9` does, at a random moment, and started again on the same queue. The receiver
refuses some posts, so that events wait at each kill. In the end each call that had ended `SETTLED_S` before a kill must have its event, and an id that comes
twice the same body: so a receiver that drops ids that it knows has each once.
"""

import base64
import os
import random
import socket
import struct
import sys
import tempfile
import time
import uuid
from pathlib import Path

from receiver import Receiver
from server import Server, check, linear, soon

CALLS = 4
#: An event is written to the disk within moments of the end that it tells of.
SETTLED_S = 0.25
#: Share of the posts that are refused; those come again after 5 s, so a call's event is refused once at most.
REFUSED = 0.3


def call(server):
    """Half a second of silence over AudioSocket; gives the call's name and when its end was answered."""
    name, samples = uuid.uuid4(), linear(b"\xff" * 4000)
    host, port = server.audiosocket.rsplit(":", 1)
    with socket.create_connection((host, int(port))) as line:
        line.sendall(b"\x01" + struct.pack(">H", 16) + name.bytes + b"\x10" + struct.pack(">H", len(samples)) + samples + b"\x00\x00\x00")
        while line.recv(4096):
            pass
    return str(name), time.monotonic()


def main():
    program, times = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 50
    luck = random.Random(19)
    secret = "whsec_" + base64.b64encode(os.urandom(32)).decode()
    refused = set()

    def refuses(event):
        if event["call_id"] in refused or luck.random() > REFUSED:
            return False
        refused.add(event["call_id"])
        return True

    receiver = Receiver(secret, refuses)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "secret").write_text(secret)
        flags = ["--audiosocket", "127.0.0.1:0", "--webhook", receiver.url, "--webhook-secret-file", str(folder / "secret")]
        start = lambda: Server(program, *flags, "--webhook-queue", str(folder / "queue"))
        due, unsure = set(), set()
        for _ in range(times):
            server = start()
            ended = [call(server) for _ in range(CALLS)]
            time.sleep(luck.uniform(0, 2 * SETTLED_S))
            killed = time.monotonic()
            server.process.kill()
            server.process.wait()
            for name, at in ended:
                (due if killed - at > SETTLED_S else unsure).add(name)
        server = start()
        # Those that were refused in the last rounds come after 5 s.
        soon("the last webhooks", lambda: due <= receiver.peers(), 60)
        queued = lambda: [line for line in server.curl("/metrics").splitlines() if line.startswith("voxhumana_webhooks_waiting ")]
        soon("an empty queue", lambda: queued() and float(queued()[0].split()[1]) == 0, 60)
        server.stop()
    came = receiver.peers()
    twice = receiver.posts - len(receiver.events) - len(refused)
    print(
        f"{times} kills: {len(due)} ends of calls were due, all of them came; of {len(unsure)} that came within {SETTLED_S} s of a kill, "
        f"{len(unsure & came)}; {len(refused)} posts were refused, {twice} came twice under the same id and with the same body"
    )
    check(came <= due | unsure, "events of calls that never were", came - due - unsure)


if __name__ == "__main__":
    main()
