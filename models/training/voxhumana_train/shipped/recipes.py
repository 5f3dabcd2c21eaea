"""Reads a recipe: a TOML file, perhaps `like` another one, whose values it then has wherever it gives none of its own."""

from __future__ import annotations

import tomllib
from pathlib import Path


def read(path: Path) -> dict:
    """`like` is a path from the recipe's own folder."""
    own = tomllib.loads(path.read_text())
    like = own.pop("like", None)
    return over(read(path.parent / like), own) if like else own


def over(base: dict, changed: dict) -> dict:
    """`base` with what `changed` gives, table by table."""
    tables = {k: over(base[k], v) for k, v in changed.items() if isinstance(v, dict) and isinstance(base.get(k), dict)}
    return base | changed | tables
