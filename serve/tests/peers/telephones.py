"""Telephones and what lies between them, as processes on this machine: baresip, sipp, kamailio and rtpengine."""

import json
import subprocess
import uuid
from pathlib import Path

from server import check, free_port, soon

HERE = Path(__file__).resolve().parent
HOST = "127.0.0.1"


class Rtpengine:
    """Carries the media of calls, in userspace, and is asked in its ng protocol: over HTTP, in JSON."""

    def __init__(self, programs):
        self.ng, self.http, media = free_port(), free_port(), free_port()
        programs.start(
            "rtpengine",
            *("rtpengine", "--config-file=none", "--table=-1", "--foreground", "--log-stderr", "--log-level=6"),
            *(f"--interface={HOST}", f"--listen-ng={HOST}:{self.ng}", f"--listen-http={HOST}:{self.http}"),
            # By default it keeps a call for 30 s after its end.
            *(f"--port-min={media}", f"--port-max={media + 199}", "--delete-delay=0"),
        )
        soon("rtpengine", lambda: self.ask("ping", tolerant=True))

    def ask(self, command, tolerant=False, **fields):
        message = f"{uuid.uuid4().hex} {json.dumps({'command': command, **fields})}"
        ran = subprocess.run(
            ["curl", "-sS", "-H", "content-type: application/x-rtpengine-ng", "--data-binary", message, f"http://{HOST}:{self.http}/ng"],
            capture_output=True,
            text=True,
        )
        if ran.returncode and tolerant:
            return None
        check(ran.returncode == 0, ran.stderr)
        answer = json.loads(ran.stdout.split(" ", 1)[1])
        check(answer["result"] in ("ok", "pong"), command, answer)
        return answer

    def calls(self):
        return set(self.ask("list")["calls"])

    def fork(self, call, server, *flags):
        """Sends a copy of each party's audio to the server: the whole of what a fork takes."""
        offer = self.ask("subscribe request", **{"call-id": call, "flags": ["all"]})
        answer = server.offer(call, offer["sdp"])
        named = {"call-id": call, "to-tag": offer["to-tag"]}
        self.ask("subscribe answer", **named, sdp=answer, flags=list(flags))


def kamailio(programs, rtpengine):
    """A SIP proxy; gives its port."""
    port = free_port()
    programs.start(
        "kamailio",
        *("kamailio", "-DD", "-E", "-f", str(HERE / "kamailio.cfg"), "-l", f"udp:{HOST}:{port}"),
        *("-A", f'RTPENGINE="udp:{HOST}:{rtpengine.ng}"', "-P", str(programs.folder / "kamailio.pid"), "-Y", str(programs.folder)),
    )
    soon("kamailio", lambda: "rtpengine instance" in programs.output("kamailio"))
    return port


def baresip(programs, name, side, proxy, *dial):
    """A telephone that says `side`, a WAV of 16 bits at 8 kHz, and takes each call; gives its port."""
    port, folder = free_port(), programs.folder / name
    folder.mkdir()
    lines = [
        f"sip_listen {HOST}:{port}",
        "call_max_calls 16",
        f"audio_source aufile,{side}",
        # There must be one that plays; what it says is of no concern.
        f"audio_player aufile,{folder}/heard.wav",
        f"audio_alert aufile,{folder}/heard.wav",
        "ausrc_srate 8000",
        "auplay_srate 8000",
        "module_path /usr/lib/baresip/modules",
        "module g711.so",
        "module aufile.so",
        "module_tmp account.so",
        "module_app menu.so",
    ]
    (folder / "config").write_text("\n".join(lines) + "\n")
    account = f'<sip:{name}@{HOST}:{port}>;regint=0;answermode=auto;outbound="sip:{HOST}:{proxy}";audio_codecs=PCMU/8000/1\n'
    (folder / "accounts").write_text(account)
    (folder / "contacts").write_text("")
    commands = [part for command in dial for part in ("-e", command)]
    programs.start(name, "baresip", "-f", str(folder), *commands)
    soon(name, lambda: "baresip is ready" in programs.output(name))
    return port


def sipp(programs, side, proxy, callee, calls):
    """`calls` calls at once, which say `side`, mu-law without a head; gives the process."""
    folder = programs.folder / "sipp"
    folder.mkdir()
    (folder / "side.ulaw").write_bytes(side)
    return programs.start(
        "sipp",
        *("sipp", f"{HOST}:{proxy}", "-sf", str(HERE / "sipp.xml"), "-key", "port", str(callee), "-cid_str", "sipp-%u"),
        *("-i", HOST, "-mi", HOST, "-p", str(free_port()), "-m", str(calls), "-l", str(calls), "-r", str(calls)),
        *("-d", str(len(side) // 8), "-nostdin", "-trace_err", "-error_file", "/dev/stderr"),
        cwd=folder,
    )
