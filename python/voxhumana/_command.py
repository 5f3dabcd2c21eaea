"""The command ``voxhumana``, which the wheel brings."""

from __future__ import annotations

import signal
import sys

from . import _voxhumana


def main() -> int:
    """Runs the command line of this process; returns the exit status."""
    # Python would only note a key press, and read the note once the command has ended.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _voxhumana.command(["voxhumana", *sys.argv[1:]])
