#!/usr/bin/env python3
"""Holds the server to its own description: schemathesis makes requests of it, good and bad, and reads each answer by it.

    openapi.py PROGRAM

What is left out, and why, stands in schemathesis.toml.
"""

import os
import sys
import tempfile
from pathlib import Path

import schemathesis
import schemathesis.cli

from server import Server, check

CONFIG = Path(__file__).resolve().parent / "schemathesis.toml"


@schemathesis.serializer("application/sdp")
def sdp(_, offer):
    """SDP is text. What is made to be no text at all is sent as it is written."""
    return (offer if isinstance(offer, str) else repr(offer)).encode("utf-8", "surrogatepass")


def main():
    # Calls that are begun get no audio, and end soon: so do their events, which are waited for.
    server = Server.of_rtp(sys.argv[1], "--max-start", "2s", "--max-idle", "500ms")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        arguments = ["--no-color", "--config-file", str(CONFIG), "run", f"http://{server.address}/v1/openapi.json"]
        try:
            schemathesis.cli.schemathesis.main(arguments, standalone_mode=False)
        except SystemExit as ended:
            check(ended.code in (0, None), "the answers are not as described")
        os.chdir("/")
    server.stop()


if __name__ == "__main__":
    main()
