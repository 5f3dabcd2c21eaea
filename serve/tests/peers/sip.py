#!/usr/bin/env python3
"""Telephone calls over SIP, whose media rtpengine forks to the server: each side is judged while the call lasts.

    sip.py PROGRAM RECORDING      RECORDING: a WAV of two channels in mu-law at 8 kHz

baresip calls baresip, and sipp calls another one five times at once; kamailio is the proxy between them. All at the same time,
which is real time.
"""

import sys
import tempfile
import time
import wave
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from server import Programs, Server, check, linear, mulaw_channels, same_scores, scan, soon, write_mulaw
from telephones import HOST, Rtpengine, baresip, kamailio, sipp

CALLS = 5
SECOND = b"\xff" * 8000
"""Of silence."""
LEAD_S = 4
"""Silence before each side speaks: by then the call was found and forked, as a telephone rings before anybody speaks."""
WITHIN = 0.5
"""How far scores and seconds of speech may be from those of an offline scan. A fork begins somewhere in the silence, so less of it is heard
before the first word, and the speech detector knows the noise less well: it joined two words over a gap of 0.32 s once. Scores differed by 0.025 at
most; on a machine with more to do, baresip itself has spoken with 0.053 between them."""


def say(path, samples):
    """A WAV as baresip takes it."""
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", ""))
        out.writeframes(linear(samples))
    return path


def offline(program, path, samples):
    write_mulaw(path, samples)
    return scan(program, path)["channels"][0]


def is_of_sipp(call):
    return call.startswith("sipp-")


def judged(view, expected, what):
    """The order of the parties is rtpengine's own."""
    check(len(view["channels"]) == len(expected), what, view)
    check(all(faults["lost"] == 0 for faults in view["faults"]), what, view["faults"])
    found = sorted(view["channels"], key=lambda channel: channel["verdict"])
    for channel, wanted in zip(found, sorted(expected, key=lambda channel: channel["verdict"])):
        same_scores(channel, wanted, f"{what}, {channel['name']}", WITHIN)


def main():
    program, recording = sys.argv[1], Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder, Programs(folder) as programs:
        drive(program, recording, Path(folder), programs)


def drive(program, recording, folder, programs):
    caller, agent = (SECOND * LEAD_S + side + SECOND for side in mulaw_channels(recording))
    expected = [offline(program, folder / f"{n}.wav", side) for n, side in enumerate((caller, agent))]
    # rtpengine tells a fork nothing of its end: a call ends when it is told to, or as nothing comes for a while.
    server = Server.of_rtp(program, "--max-idle", "5s")
    rtpengine = Rtpengine(programs)
    proxy = kamailio(programs, rtpengine)
    begin = time.monotonic()
    # A baresip that has no more to say hangs up: sipp does that itself, and finds it an error where another does.
    callee = baresip(programs, "callee", say(folder / "callee.wav", agent + 5 * SECOND), proxy)
    called = baresip(programs, "called", say(folder / "called.wav", agent), proxy)
    baresip(programs, "calling", say(folder / "calling.wav", caller), proxy, f"d sip:called@{HOST}:{called}")
    calls_at_once = sipp(programs, caller, proxy, callee, CALLS)

    def all_calls():
        calls = rtpengine.calls()
        return calls if len(calls) == CALLS + 1 else None

    on_the_line = soon("all calls", all_calls, patience_s=10)
    with ThreadPoolExecutor() as forks:
        # Those of sipp begin with the way that takes any offer, the other with the plain one.
        flags = {call: ["allow transcoding"] if is_of_sipp(call) else [] for call in on_the_line}
        list(forks.map(lambda call: rtpengine.fork(call, server, *flags[call]), on_the_line))
    (dialled,) = [call for call in on_the_line if not is_of_sipp(call)]
    soon("the end of the call", lambda: dialled not in rtpengine.calls())
    server.curl(f"/v1/calls/{dialled}", "-X", "DELETE")
    view = server.ended(dialled)
    check(view["reason"] == "hang_up", view)
    judged(view, expected, "baresip to baresip")
    programs.done(calls_at_once)
    for call in sorted(filter(is_of_sipp, on_the_line)):
        view = server.ended(call)
        check(view["reason"] == "idle", view)
        judged(view, expected, f"sipp to baresip, {call}")
    print(f"{CALLS + 1} calls at once in {time.monotonic() - begin:.0f} s")
    server.stop()


if __name__ == "__main__":
    main()
