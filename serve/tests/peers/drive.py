#!/usr/bin/env python3
"""Drives `voxhumana serve` as its users do, by libraries that others have written, and checks what comes back.

    drive.py PROGRAM RECORDING      RECORDING: a WAV of two channels in mu-law at 8 kHz

Media streams come from `websockets`, signed by `twilio`; webhooks are checked by `standardwebhooks`; recordings and events go
through curl. AudioSocket is spoken as its documentation has it. Ends with 1 at the first thing that is not as it should be.
"""

import base64
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from standardwebhooks import Webhook
from twilio.request_validator import RequestValidator
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

PUBLIC_URL = "wss://calls.example.org"
AUTH_TOKEN = "12345"
FRAME = 160
"""Bytes of 20 ms of mu-law at 8 kHz."""
TRACKS = ("inbound", "outbound")
SAME = 1e-4
"""How far scores may be from those of an offline scan."""
PATIENCE_S = 60


def check(holds, *what):
    if not holds:
        raise SystemExit(f"not as it should be: {' '.join(map(str, what))}")


def mulaw_channels(path):
    """The bytes of each channel; Python's `wave` reads no mu-law."""
    data = path.read_bytes()
    at, channels = 12, None
    while at + 8 <= len(data):
        name, size = data[at : at + 4], struct.unpack("<I", data[at + 4 : at + 8])[0]
        if name == b"fmt ":
            form, channels, rate = struct.unpack("<HHI", data[at + 8 : at + 16])
            check((form, rate) == (7, 8000), path, "is no mu-law at 8 kHz")
        if name == b"data":
            body = data[at + 8 : at + 8 + size]
            return [body[channel::channels] for channel in range(channels)]
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


class Receiver:
    """Takes webhooks, but refuses the first post."""

    def __init__(self, secret):
        self.events, self.posts, self.lock = {}, 0, threading.Lock()
        receiver, webhook = self, Webhook(secret)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                # Raises, and answers with nothing, where the signature does not hold.
                event = webhook.verify(body, {key.lower(): value for key, value in self.headers.items()})
                with receiver.lock:
                    receiver.posts += 1
                    refuse = receiver.posts == 1
                    if not refuse:
                        receiver.events[self.headers["webhook-id"]] = event
                self.send_response(500 if refuse else 204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def of(self, call):
        with self.lock:
            return sorted(event["type"] for event in self.events.values() if event["call_id"] == call)


class Server:
    def __init__(self, program, *flags):
        self.process = subprocess.Popen(
            [program, "serve", "--listen", "127.0.0.1:0", *flags], stderr=subprocess.PIPE, text=True
        )
        self.address = self.said("listening on http://")
        self.audiosocket = self.said("listening for AudioSocket on ")
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

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

    def ended(self, call):
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            view = json.loads(self.curl(f"/v1/calls/{call}"))
            if view.get("state") == "ended":
                return view
            time.sleep(0.05)
        raise SystemExit(f"{call} does not end: {view}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        check(self.process.wait(timeout=PATIENCE_S) == 0, "ended with", self.process.returncode)


def twilio_start(call):
    return {
        "event": "start",
        "sequenceNumber": "1",
        "streamSid": "MZ1",
        "start": {
            "accountSid": "AC1",
            "streamSid": "MZ1",
            "callSid": call,
            "tracks": list(TRACKS),
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        },
    }


def stream(server, path):
    """A WebSocket, signed as Twilio signs it."""
    signature = RequestValidator(AUTH_TOKEN).compute_signature(PUBLIC_URL + path, {})
    return connect(f"ws://{server.address}{path}", additional_headers={"x-twilio-signature": signature})


def twilio_call(server, call, channels):
    with stream(server, "/v1/streams/twilio") as stream_:
        stream_.send(json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"}))
        stream_.send(json.dumps(twilio_start(call)))
        for n in range(len(channels[0]) // FRAME):
            for track, channel in zip(TRACKS, channels):
                payload = base64.b64encode(channel[n * FRAME : (n + 1) * FRAME]).decode()
                media = {"track": track, "chunk": str(n + 1), "timestamp": str(20 * n), "payload": payload}
                stream_.send(json.dumps({"event": "media", "streamSid": "MZ1", "media": media}))
        stream_.send(json.dumps({"event": "stop", "streamSid": "MZ1"}))
        # Nothing is said, but the end.
        for message in stream_:
            check(False, "a message:", message)
        check(stream_.close_code == 1000, stream_.close_code, stream_.close_reason)


def same_scores(channel, expected, what):
    check(channel["verdict"] == expected["verdict"], what, channel["verdict"], expected["verdict"])
    for field in ("llr", "decision_llr", "speech_s"):
        difference = abs(channel[field] - expected[field])
        check(difference <= SAME, what, field, channel[field], expected[field])
    print(f"{what}: {channel['verdict']}, llr {channel['llr']:+.4f}, offline {expected['llr']:+.4f}")


def main():
    program, recording = sys.argv[1], Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        drive(program, recording, Path(folder))


def drive(program, recording, folder):
    channels = mulaw_channels(recording)
    channels = [channel[: len(channel) // FRAME * FRAME] for channel in channels]
    offline = []
    for n, channel in enumerate(channels):
        write_mulaw(folder / f"{n}.wav", channel)
        offline.append(scan(program, folder / f"{n}.wav")["channels"][0])
    secret = "whsec_" + base64.b64encode(os.urandom(32)).decode()
    (folder / "secret").write_text(secret)
    (folder / "token").write_text(AUTH_TOKEN)
    receiver = Receiver(secret)
    server = Server(
        program,
        *("--audiosocket", "127.0.0.1:0"),
        *("--twilio-auth-token-file", str(folder / "token"), "--public-url", PUBLIC_URL),
        *("--webhook", receiver.url, "--webhook-secret-file", str(folder / "secret")),
        *("--webhook-queue", str(folder / "queue"), "--events", str(folder / "events.jsonl"), "--drain", "1s"),
    )

    try:
        connect(f"ws://{server.address}/v1/streams/twilio", additional_headers={"x-twilio-signature": "AAAA"})
        check(False, "a wrong signature was taken")
    except InvalidStatus as refused:
        check(refused.response.status_code == 403, refused)

    begin = time.monotonic()
    twilio_call(server, "CA1", channels)
    elapsed = time.monotonic() - begin
    view = server.ended("CA1")
    for name, channel, expected in zip(TRACKS, view["channels"], offline):
        check(channel["name"] == name, channel["name"])
        same_scores(channel, expected, f"Twilio's stream, {name}")
    seconds = len(channels[0]) / 8000
    print(f"{seconds:.0f} s of a call of two tracks in {elapsed:.1f} s")

    told = [line[6:] for line in server.curl("/v1/calls/CA1/events", "-N").splitlines() if line.startswith("data: ")]
    told = [json.loads(event) for event in told]
    kinds = [event["type"] for event in told]
    check(kinds[0] == "started" and kinds[-1] == "ended" and kinds.count("ended") == 1, kinds)
    check(kinds.count("score") == 2 * int(seconds), kinds.count("score"), "scores in", seconds, "s")
    alerts = [event["data"]["track"] for event in told if event["type"] == "alert"]
    check(alerts == view["alerts"], alerts, view["alerts"])

    # Each wanted event comes, signed, although the first post was refused: it is sent again after 5 s.
    wanted = sorted(["alert"] * len(alerts) + ["ended"])
    until = time.monotonic() + PATIENCE_S
    while receiver.of(view["id"]) != wanted and time.monotonic() < until:
        time.sleep(0.1)
    check(receiver.of(view["id"]) == wanted, receiver.of(view["id"]), wanted)
    check(receiver.posts == len(wanted) + 1, receiver.posts, "posts")
    print(f"webhooks: {', '.join(wanted)}, by {receiver.posts} posts")

    # Slin at 8 kHz in frames of 20 ms, after the UUID and before the end.
    call = uuid.uuid4()
    host, port = server.audiosocket.rsplit(":", 1)
    with socket.create_connection((host, int(port))) as asterisk:
        threading.Thread(target=lambda: [None for _ in iter(lambda: asterisk.recv(4096), b"")], daemon=True).start()
        asterisk.sendall(b"\x01" + struct.pack(">H", 16) + call.bytes)
        samples = linear(channels[0])
        for at in range(0, len(samples), 2 * FRAME):
            frame = samples[at : at + 2 * FRAME]
            asterisk.sendall(b"\x10" + struct.pack(">H", len(frame)) + frame)
        asterisk.sendall(b"\x00\x00\x00")
        same_scores(server.ended(call)["channels"][0], offline[0], "AudioSocket")

    expected = scan(program, recording)
    for what, arguments in (
        ("a form", ["-F", f"file=@{recording}"]),
        ("a body", ["--data-binary", f"@{recording}"]),
    ):
        result = json.loads(server.curl(f"/v1/scan?name={recording.name}", *arguments))["data"]
        check(result["channels"] == expected["channels"], what, result["channels"])
        print(f"{what} with a recording: the result of the command")
    calls = json.loads(server.curl("/v1/calls"))["calls"]
    check([call["peer_id"] for call in calls] == ["CA1", str(call)], calls)

    # One call is on the line when the server is asked to stop: it gets its end, and is written down.
    with stream(server, "/v1/streams/twilio") as last:
        last.send(json.dumps(twilio_start("CA2")))
        while "CA2" not in server.curl("/v1/calls"):
            time.sleep(0.05)
        server.stop()
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    check(events[-1]["type"] == "ended" and events[-1]["data"]["reason"] == "shutdown", events[-1])
    check([event for event in events if event["call_id"] == view["id"]] == told, "the log has not what was told")
    print(f"stopped in order; {len(events)} events in the log")


if __name__ == "__main__":
    main()
