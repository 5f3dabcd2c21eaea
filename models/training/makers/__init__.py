"""Makers of copies: each module takes human clips and gives them back spoken by a machine, or cleaned
by one. What a module holds: `NAMES`, for each name `family` (`vocoder`, `codec`, or `enhanced` for what
keeps the label bona fide), `licence` of code and weights, `rtf` (seconds of one core for a second of
speech, measured on a busy machine), and `copy(name, x, rng)`: 16 kHz in, 16 kHz out, as long.

The weights are inside ordinary packages; nothing is fetched from anywhere else.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Maker:
    """What must be known of a maker before it is used."""

    family: str
    licence: str
    rtf: float
    package: str
