#!/usr/bin/env python3
"""Drives `voxhumana serve` as its users do, by libraries that others have written, and checks what comes back.

    drive.py PROGRAM RECORDING      RECORDING: a WAV of two channels in mu-law at 8 kHz

Media streams come from `websockets`, signed by `twilio`; webhooks are checked by `standardwebhooks`; recordings and events go
through curl. AudioSocket is spoken as its documentation has it. Ends with 1 at the first thing that is not as it should be.
"""

import base64
import json
import os
import socket
import struct
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path

from twilio.request_validator import RequestValidator
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from receiver import Receiver
from server import FRAME, PATIENCE_S, Server, check, linear, mulaw_channels, same_scores, scan, write_mulaw

PUBLIC_URL = "wss://calls.example.org"
AUTH_TOKEN = "12345"
TRACKS = ("inbound", "outbound")


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


def main():
    program, recording = sys.argv[1], Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        drive(program, recording, Path(folder))


def drive(program, recording, folder):
    channels = mulaw_channels(recording)
    offline = []
    for n, channel in enumerate(channels):
        write_mulaw(folder / f"{n}.wav", channel)
        offline.append(scan(program, folder / f"{n}.wav")["channels"][0])
    secret = "whsec_" + base64.b64encode(os.urandom(32)).decode()
    (folder / "secret").write_text(secret)
    (folder / "token").write_text(AUTH_TOKEN)
    # The first post is refused.
    receiver = Receiver(secret, lambda _: receiver.posts == 1)
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
