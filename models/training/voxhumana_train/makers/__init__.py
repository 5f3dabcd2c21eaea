"""Makers: programs that speak a human clip again. Each module of this package holds a dictionary `MAKERS` of name to `Maker`;
`registry` finds them all, so that a new generator is one new file."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

FAMILIES = {
    "vocoder": "spectrum or features to sound; the copy is a spoof",
    "codec": "a neural codec at a low rate; the copy is a spoof",
    "conversion": "another voice says the same; the copy is a spoof",
    "enhanced": "speech that went through a telephone's noise suppression or concealment; it keeps its label",
}


@dataclass(frozen=True)
class Maker:
    """What must be known of a maker before it is used."""

    # `copy(x, rng)`: float samples at 16 kHz in, about as many out; draws its parameters anew for every clip.
    copy: Callable[[np.ndarray, np.random.Generator], np.ndarray]
    family: str
    # Of its code and of its weights ("none": it has none).
    code_licence: str
    weights_licence: str
    # Seconds of one core for a second of speech, measured on eight clips on a busy server.
    rtf: float
    # How to get what it needs.
    install: str
    # Called once with the work folder; ends the program with `install` where something is missing.
    ready: Callable[[Path], None] | None = None


@functools.cache
def registry() -> dict[str, Maker]:
    """All makers, by name."""
    found: dict[str, Maker] = {}
    for module in pkgutil.iter_modules(__path__):
        named = getattr(importlib.import_module(f"{__name__}.{module.name}"), "MAKERS", {})
        for name, maker in named.items():
            if name in found:
                raise SystemExit(f"maker {name}: two modules of {__name__} hold it, one is {module.name}")
            if maker.family not in FAMILIES:
                raise SystemExit(f"maker {name}: family is {maker.family!r}; accepted: {', '.join(FAMILIES)}")
            found[name] = maker
    return found
