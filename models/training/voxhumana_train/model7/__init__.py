"""The steps of model 7 that differ from the general recipe: copies as calls leave them, batches drawn once for two networks, a start from the
last model's weights, families left out. `voxhumana-train model7 STEP --help` explains each. In order: `make`, `calls`, `feed` beside two
`tune`, `fit_domain`, then `export` as for any model, `even`, and `calibrate`. `recipe.toml` and `hold_out.toml` are its settings.
"""

from pathlib import Path

RECIPE = Path(__file__).parent / "recipe.toml"
HOLD_OUT = Path(__file__).parent / "hold_out.toml"
