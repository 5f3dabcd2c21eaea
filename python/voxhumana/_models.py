"""The bundled model, and what travels with the models that this process has loaded."""

from __future__ import annotations

from typing import Dict, Optional

from . import _voxhumana

#: By the SHA-256 of the model file: its metadata as JSON.
_known: Dict[str, str] = {}


def bundled_model() -> bytes:
    """The ONNX file of the bundled model, to start a model of one's own from.

    Returns
    -------
    bytes

    Examples
    --------
    >>> voxhumana.Detector(voxhumana.bundled_model()).model_sha256 == detector.model_sha256
    True
    """
    return _voxhumana.bundled_model()


def remember(sha256: str, metadata: str) -> None:
    _known[sha256] = metadata


def remembered(sha256: str) -> Optional[str]:
    """The metadata of a model that this process has loaded."""
    return _known.get(sha256)
