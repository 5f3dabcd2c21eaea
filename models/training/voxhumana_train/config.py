"""The configuration: `defaults.toml`, which is the recipe of model 6, and over it what the user's file says."""

from __future__ import annotations

import argparse
import difflib
import json
import tomllib
from pathlib import Path

DEFAULTS = Path(__file__).parent / "defaults.toml"
# What a file may say besides the keys of the defaults.
OPTIONAL = {"data.train": str, "data.dev": str, "train.start": str, "train.scale": float, "train.margin": float, "net.planes": int}
# Tables with keys of their own: the crate checks the front end, `networks` names changes of the rest.
FREE = ("front_end", "networks")
# Keys of [data] that are paths, relative to the configuration file.
PATHS = ("train", "dev", "work")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options by which every sub-command finds its configuration."""
    group = parser.add_argument_group("configuration")
    group.add_argument("--config", type=Path, default=Path("config.toml"), help="TOML file with at least `[data] train` and `dev` (default: %(default)s)")
    group.add_argument("--set", nargs="*", action="extend", default=[], metavar="TABLE.KEY=JSON", dest="changes", help="change values for this run, as in --set train.steps=2000; null removes one")


def load(arguments: argparse.Namespace, network: str | None = None) -> dict:
    """The configuration that `arguments` name, changed as `[networks]` says for `network` and as `--set` says."""
    config = merged(arguments.config)
    networks = config.pop("networks", {})
    if network is not None and network not in networks:
        accepted = ", ".join(networks) or "none, the configuration names no networks"
        raise SystemExit(f"--network is {network!r}; accepted: {accepted}")
    for key, value in flat(networks[network] if network else {}):
        put(config, key, value, f"[networks.{network}]")
    for change in arguments.changes:
        key, equals, text = change.partition("=")
        try:
            value = json.loads(text)
        except json.JSONDecodeError:
            raise SystemExit(f"--set {change}: {text!r} is no JSON; accepted: 3, 0.5, true, \"text\", [1, 2], null") from None
        put(config, key, value, "--set")
    return config


def check_copies(config: dict) -> None:
    """Ends the program where makers' copies are to go through channels that their originals do not go through."""
    data = config["data"]
    if data["coded_made"] > data["coded_copies"]:
        raise SystemExit(f"data.coded_made is {data['coded_made']}; accepted: up to data.coded_copies, {data['coded_copies']}: a copy goes through the channel of its original")


def flat(changes: dict, at: str = "") -> list[tuple[str, object]]:
    """Tables of changes as changes of single keys."""
    found = []
    for key, value in changes.items():
        found += flat(value, f"{at}{key}.") if isinstance(value, dict) else [(at + key, value)]
    return found


def merged(path: Path) -> dict:
    """The defaults with the file's values in their place, and paths made absolute."""
    if not path.exists():
        raise SystemExit(f"missing {path}: run this where your configuration is, or name it with --config")
    try:
        given = tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as error:
        raise SystemExit(f"{path}: {error}") from None
    config = tomllib.loads(DEFAULTS.read_text())
    if "networks" in given:
        # Networks of one's own replace the defaults': they are no changes of theirs.
        config["networks"] = {}
    _merge(config, given, path, "")
    for key in PATHS:
        if key in config["data"]:
            config["data"][key] = str((path.resolve().parent / config["data"][key]).resolve())
    return config


def _merge(into: dict, given: dict, path: Path, at: str) -> None:
    for key, value in given.items():
        name = f"{at}{key}"
        if isinstance(value, dict) and name.split(".")[0] not in FREE:
            if not isinstance(into.get(key), dict):
                raise SystemExit(unknown(name, into, f"{path}: ", at))
            _merge(into[key], value, path, f"{name}.")
        elif name.split(".")[0] in FREE:
            into[key] = {**into.get(key, {}), **value} if isinstance(value, dict) else value
        else:
            put(into, key, value, str(path), at)


def put(config: dict, key: str, value: object, where: str, at: str = "") -> None:
    """Sets `table.key`; None removes it. A key or a type that the defaults do not know is refused."""
    *tables, name = key.split(".")
    target = config
    for table in tables:
        at += f"{table}."
        if not isinstance(target.get(table), dict):
            raise SystemExit(unknown(at[:-1], target, f"{where}: ", at[: -len(table) - 1]))
        target = target[table]
    full = at + name
    known = target.get(name)
    free = full.split(".")[0] in FREE
    if name not in target and full not in OPTIONAL and not free:
        raise SystemExit(unknown(full, target, f"{where}: ", at))
    if value is None:
        target.pop(name, None)
        return
    wanted = OPTIONAL.get(full, type(known))
    number = wanted is float and type(value) is int
    if not (free or number or type(value) is wanted):
        raise SystemExit(f"{where}: {full} is {json.dumps(value)}; accepted: a value like {json.dumps(known) if known is not None else wanted.__name__}")
    target[name] = value


def unknown(full: str, beside: dict, where: str, at: str) -> str:
    names = [*beside, *(k.removeprefix(at) for k in OPTIONAL if k.startswith(at))]
    near = difflib.get_close_matches(full.removeprefix(at), names, 1)
    return f"{where}unknown key {full}" + (f"; {at}{near[0]} is near" if near else f"; accepted: {', '.join(sorted(set(names)))}")


def work(config: dict, *parts: str) -> Path:
    """A path in the work folder."""
    return Path(config["data"]["work"]).joinpath(*parts)


def cache(config: dict) -> Path:
    """Where decoded, coded and made clips are."""
    return work(config, "cache")
