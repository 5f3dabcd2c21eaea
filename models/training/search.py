"""Trains every entry of `search.toml` for the same short time on the same batches: `python search.py --out /work/runs/search`.

Finished runs are skipped, so it can be stopped and started. `--table` prints the table of what was tried, with the 95 %
bootstrap interval over dev clips, parameters and cost.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tomllib
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", default="config.toml")
    parser.add_argument("--search", default="search.toml")
    parser.add_argument("--out", type=Path, default=Path("/work/runs/search"))
    parser.add_argument("--only", nargs="*", help="names of entries")
    arguments = parser.parse_args()
    search = tomllib.loads(Path(arguments.search).read_text())
    for name, entry in search["try"].items():
        if arguments.only and name not in arguments.only:
            continue
        changes = {**search["all"], **entry}
        sets = [f"{k}={json.dumps(v)}" for k, v in changes.items()]
        out = arguments.out / name
        if (out / "done").exists():
            continue
        print(name, flush=True)
        out.parent.mkdir(parents=True, exist_ok=True)
        with open(f"{out}.log", "a") as log:
            command = [sys.executable, "-W", "ignore", "train.py", "--config", arguments.config, "--out", str(out), "--set", *sets]
            if subprocess.run(command, stdout=log, stderr=log).returncode == 0:
                (out / "done").touch()


if __name__ == "__main__":
    main()
