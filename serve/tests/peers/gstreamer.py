#!/usr/bin/env python3
"""GStreamer sends the two sides of a call over RTP, in each codec that is taken, in real time and all at once.

    gstreamer.py PROGRAM RECORDING      RECORDING: a WAV of two channels in mu-law at 8 kHz

What comes out is held against an offline scan of what the same encoder wrote and the same library's decoder read.
"""

import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from server import SAME, Programs, Server, check, mulaw_channels, same_scores, scan, write_mulaw

TRACKS = ("caller", "agent")
PTIME = "min-ptime=20000000 max-ptime=20000000"
"""20 ms, in ns: what telephones send."""


@dataclass
class Codec:
    name: str
    payload_type: int
    rtpmap: str
    encode: str
    pay: str
    decode: str
    within: float
    """How far scores may be from those of the offline scan, which another decoder has read: of G.722 and Opus the two differ a
    little in their samples, and a decoder of Opus leaves out the first 6.5 ms of a file, which RTP keeps."""


CODECS = (
    Codec("PCMU", 0, "PCMU/8000", "mulawenc", f"rtppcmupay {PTIME}", "mulawdec", SAME),
    Codec("PCMA", 8, "PCMA/8000", "alawenc", f"rtppcmapay {PTIME}", "alawdec", SAME),
    Codec(
        "G722",
        9,
        "G722/8000",
        "audioresample ! audio/x-raw,rate=16000 ! avenc_g722",
        f"rtpg722pay {PTIME}",
        "avdec_g722",
        0.1,
    ),
    Codec(
        "opus",
        97,
        "opus/48000/2",
        "audioresample ! audio/x-raw,rate=48000 ! opusenc bitrate=24000 frame-size=20",
        "rtpopuspay pt=97",
        "opusdec",
        0.5,
    ),
)


def offer(codec):
    lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0"]
    for track in TRACKS:
        lines += [f"m=audio 9 RTP/AVP {codec.payload_type}", f"a=rtpmap:{codec.payload_type} {codec.rtpmap}", "a=sendonly"]
        lines += [f"a=label:{track}"]
    return "\r\n".join(lines) + "\r\n"


def source(side):
    return f"filesrc location={side} ! wavparse ! mulawdec ! audioconvert"


def send(programs, codec, sides, ports, name):
    """A session for each side; at the end of its file, GStreamer says BYE over RTCP.

    Its process is not waited for: one in forty of GStreamer 1.22 on a busy machine says BYE and then goes on with
    receiver reports for ever, as its RTCP thread has missed the end of the stream."""
    line = "rtpbin name=bin"
    for n, (side, port) in enumerate(zip(sides, ports)):
        line += f" {source(side)} ! {codec.encode} ! {codec.pay} ! bin.send_rtp_sink_{n}"
        line += f" bin.send_rtp_src_{n} ! udpsink host=127.0.0.1 port={port}"
        line += f" bin.send_rtcp_src_{n} ! udpsink host=127.0.0.1 port={port + 1} sync=false async=false"
    return programs.start(name, "gst-launch-1.0", "-q", *line.split())


def offline(program, folder, codec, sides):
    """Channels of scans of what the codec makes of the sides."""
    found = []
    for side in sides:
        wav = folder / f"{codec.name}-{side.name}"
        line = f"{source(side)} ! {codec.encode} ! {codec.decode} ! audioconvert ! wavenc ! filesink location={wav}"
        subprocess.run(["gst-launch-1.0", "-q", *line.split()], check=True)
        found.append(scan(program, wav)["channels"][0])
    return found


def ports_of(answer):
    return [int(line.split()[1]) for line in answer.splitlines() if line.startswith("m=audio ")]


def main():
    program, recording = sys.argv[1], Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder, Programs(folder) as programs:
        drive(program, recording, Path(folder), programs)


def drive(program, recording, folder, programs):
    sides = []
    for track, samples in zip(TRACKS, mulaw_channels(recording)):
        sides.append(folder / f"{track}.wav")
        write_mulaw(sides[-1], samples)
    server = Server.of_rtp(program)
    begin = time.monotonic()
    for codec in CODECS:
        ports = ports_of(server.offer(codec.name, offer(codec)))
        send(programs, codec, sides, ports, codec.name)
    # Another codec than was agreed on: never judged as if it were the one.
    pcmu, pcma = CODECS[:2]
    ports = ports_of(server.offer("other", offer(pcmu)))
    send(programs, pcma, sides, ports, "other")
    view = server.ended("other")
    check(view["reason"] == "codec" and view["channels"][0]["llr"] is None, view)
    print(f"another codec than was offered: {view['message']}", flush=True)

    expected = {codec.name: offline(program, folder, codec, sides) for codec in CODECS}
    for codec in CODECS:
        # It sends for half a minute; beside other work it may take some times as long.
        view = server.ended(codec.name, patience_s=180)
        check(view["reason"] == "hang_up", view["reason"], view.get("message"))
        check([channel["name"] for channel in view["channels"]] == list(TRACKS), view)
        for track, channel, faults, wanted in zip(TRACKS, view["channels"], view["faults"], expected[codec.name]):
            check(faults["lost"] == 0, codec.name, faults)
            same_scores(channel, wanted, f"GStreamer, {codec.name}, {track}", codec.within)
    print(f"{len(CODECS)} calls at once in {time.monotonic() - begin:.0f} s")
    server.stop()


if __name__ == "__main__":
    main()
