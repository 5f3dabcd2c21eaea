#!/usr/bin/env python3
"""Crowds a server that has good calls: `crowd.py PROGRAM LOAD RECORDING [STREAMS SECONDS IDLE HOSTILE]` (200, 60, 10,000, 1,000), where LOAD
is the built example `load`.

Beside STREAMS good tracks, IDLE connections say nothing, and come again when they are closed; HOSTILE ones send what nobody should: noise, headers
a byte a second or without end, wrong base64, samples that are no numbers, messages that are no JSON, uploads that are no recordings, AudioSocket without a
call. Says how the hostile ones were answered, then what LOAD says of the good calls: none of their frames may be lost. Needs `websockets`, and
descriptors for all connections (`ulimit -n`). Linux only.
"""

import asyncio
import base64
import collections
import json
import re
import signal
import subprocess
import sys
import time

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, WebSocketException

#: New connections at once, so that the system's queue of them holds.
AT_ONCE = 200
#: Before the crowd comes and after it has gone the good calls are alone, seconds.
ALONE_S = 5
CLOSED = (ConnectionError, OSError, EOFError, asyncio.IncompleteReadError)


def start(media_format):
    about = {"callSid": "hostile", "tracks": ["inbound"], "mediaFormat": media_format}
    return json.dumps({"event": "start", "start": about})


MULAW = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
MEDIA = lambda payload: json.dumps({"event": "media", "media": {"track": "inbound", "chunk": "1", "timestamp": "0", "payload": payload}})
#: What is said on Twilio's path.
MESSAGES = {
    "no JSON": ["{" * 1000],
    "wrong base64": [start(MULAW), MEDIA("%%%")],
    "a rate that is none": [start(MULAW | {"sampleRate": -1})],
    "a frame of 10 MB": [start(MULAW), MEDIA(base64.b64encode(bytes(10_000_000)).decode())],
    "media before the start": [MEDIA("AAAA")],
}
REQUEST = b"POST /v1/scan?name=x.wav HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
NOISE = bytes(range(256)) * 64
#: What is sent to a port, as it is.
BYTES = {
    "noise": ("http", [NOISE]),
    "headers without end": ("http", [b"GET / HTTP/1.1\r\n", *([b"x: " + b"y" * 1000 + b"\r\n"] * 100)]),
    "a byte a second": ("http", None),
    "an upload of noise": ("http", [REQUEST % len(NOISE), NOISE]),
    "an upload cut short": ("http", [REQUEST % 1_000_000, NOISE]),
    "noise over AudioSocket": ("audiosocket", [NOISE]),
    "AudioSocket without a call": ("audiosocket", [b"\x10\x01\x40" + bytes(320)]),
}


class Crowd:
    def __init__(self, http, audiosocket, until):
        self.ports, self.until = {"http": http, "audiosocket": audiosocket}, until
        self.gate = asyncio.Semaphore(AT_ONCE)
        self.ended = collections.Counter()

    async def again(self, what, visit):
        """One connection, again and again."""
        while (left := self.until - time.monotonic()) > 0:
            try:
                await asyncio.wait_for(visit(), left)
                self.ended[what, "answered and closed"] += 1
            except asyncio.TimeoutError:
                self.ended[what, "still open at the end"] += 1
            except ConnectionClosed as closed:
                self.ended[what, f"closed with {closed.rcvd.code if closed.rcvd else 'no word'}"] += 1
            except (*CLOSED, WebSocketException) as error:
                self.ended[what, type(error).__name__] += 1
            await asyncio.sleep(0.5)

    async def open(self, port):
        async with self.gate:
            return await asyncio.open_connection("127.0.0.1", self.ports[port])

    async def idle(self):
        reader, writer = await self.open("http")
        try:
            await reader.read()
        finally:
            writer.close()

    async def bytes(self, port, parts):
        reader, writer = await self.open(port)
        try:
            for part in parts or ([byte] for byte in b"GET /v1/calls HTTP/1.1\r\nHost: x\r\n"):
                writer.write(bytes(part))
                await writer.drain()
                if not parts:
                    await asyncio.sleep(1)
            await reader.read()
        finally:
            writer.close()

    async def messages(self, texts):
        async with self.gate:
            socket = await connect(f"ws://127.0.0.1:{self.ports['http']}/v1/streams/twilio")
        async with socket:
            for text in texts:
                await socket.send(text)
            # Raises with the code of the close.
            while True:
                await socket.recv()

    async def come(self, idle, hostile):
        visits = [(name, lambda port=port, parts=parts: self.bytes(port, parts)) for name, (port, parts) in BYTES.items()]
        visits += [(name, lambda texts=texts: self.messages(texts)) for name, texts in MESSAGES.items()]
        tasks = [self.again("idle", self.idle) for _ in range(idle)]
        tasks += [self.again(*visits[n % len(visits)]) for n in range(hostile)]
        await asyncio.gather(*tasks)


def main():
    if len(sys.argv) not in (4, 8):
        sys.exit(__doc__)
    program, load, recording = sys.argv[1:4]
    streams, seconds, idle, hostile = map(int, sys.argv[4:] or (200, 60, 10_000, 1_000))
    flags = ["--listen", "127.0.0.1:0", "--audiosocket", "127.0.0.1:0"]
    server = subprocess.Popen([program, "serve", *flags], stderr=subprocess.PIPE, text=True)
    port = lambda pattern: int(re.search(pattern, server.stderr.readline())[1])
    http, audiosocket = port(r"http://127.0.0.1:(\d+)"), port(r"AudioSocket on 127.0.0.1:(\d+)")
    # Its log of what it refuses is long: nobody reads it, but it must not wait for one who does.
    drain = subprocess.Popen(["cat"], stdin=server.stderr, stdout=subprocess.DEVNULL)
    address = f"127.0.0.1:{http}"
    player = subprocess.Popen([load, recording, str(streams), str(seconds), address, str(server.pid)], stdout=subprocess.PIPE, text=True)
    time.sleep(ALONE_S)
    crowd = Crowd(http, audiosocket, time.monotonic() + seconds - 2 * ALONE_S)
    asyncio.run(crowd.come(idle, hostile))
    print("| connection | how it ended | times |\n|---|---|---|")
    for (what, how), times in sorted(crowd.ended.items()):
        print(f"| {what} | {how} | {times} |")
    said = player.communicate()[0]
    print(f"\n{said}")
    server.send_signal(signal.SIGTERM)
    ended = server.wait()
    drain.wait()
    lost = re.search(r"frames (\d+) of (\d+)", said)
    if player.returncode or ended or not lost or lost[1] != lost[2]:
        raise SystemExit(f"good calls were harmed: load ended with {player.returncode}, the server with {ended}")


if __name__ == "__main__":
    main()
