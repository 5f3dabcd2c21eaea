"""The steps by which the shipped models, from 7 on, differ from the general recipe: copies as calls leave them, batches drawn once for two
networks, a start from the last model's weights, families left out. `voxhumana-train shipped STEP --help` explains each. In order: `make`,
`calls`, `feed` beside two `tune`, `export` as for any model, `fit_domain`, `even`, and `calibrate`. Their settings are in `recipe7.toml`,
`recipe8.toml` (model 8, whose scores the shipped 8.1 has), `recipe9.toml` (candidates), `recipe_short.toml` (short runs, and the domain of 8.1) and
`hold_out.toml`.
"""

from pathlib import Path

RECIPE = Path(__file__).parent / "recipe7.toml"
HOLD_OUT = Path(__file__).parent / "hold_out.toml"
