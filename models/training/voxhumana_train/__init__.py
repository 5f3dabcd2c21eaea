"""The recipe: trains, exports and calibrates models for voxhumana. Its command is `voxhumana-train`."""

import importlib.metadata

try:
    __version__ = importlib.metadata.version("voxhumana-train")
except importlib.metadata.PackageNotFoundError:
    __version__ = "0"
