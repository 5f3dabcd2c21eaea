"""The bundled model, and what travels with the models that this process has loaded."""

from __future__ import annotations

from typing import Dict

from . import _runtime, _voxhumana
from ._errors import InvalidArgumentError
from ._results import ModelId

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


def metadata_of(model: ModelId) -> str:
    """The metadata of a model that this process has loaded, or of the bundled one."""
    if model.sha256 not in _known:
        bundled = _voxhumana.Detector(None, _runtime.settle("auto"), None, None, None, [], False, None, (), None)
        remember(bundled.sha256, bundled.metadata)
    if model.sha256 not in _known:
        raise InvalidArgumentError(
            f"the report is of model {model.name} {model.version} ({model.sha256}), which is not loaded; "
            "make a Detector with its file first"
        )
    return _known[model.sha256]
