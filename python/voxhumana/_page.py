"""The page of one recording, that of the command's ``--html``."""

from __future__ import annotations

import io
import json
import wave
from typing import TYPE_CHECKING, Any, Optional, Sequence

import numpy as np

from . import _voxhumana
from ._audio import Audio
from ._errors import InvalidArgumentError
from ._models import remembered
from ._results import ModelId, ReportData
from ._scan import default_detector
from ._sound import sound_of

if TYPE_CHECKING:
    from ._explanation import Explanation

#: Largest recording that is put into a page; a browser takes four times as much memory.
MAX_PLAYER_BYTES = 64 << 20


def page(
    report: ReportData,
    audio: Any,
    language: str,
    player: bool,
    explanations: Optional[Sequence["Explanation"]],
) -> str:
    """The page as text."""
    explanations = () if explanations is None else explanations
    if explanations and len(explanations) != len(report.channels):
        raise InvalidArgumentError(
            f"explanations are of {len(explanations)} channels; accepted: {len(report.channels)}, those of the report"
        )
    sound = None if audio is None and report.path is None else sound_of(report, audio)
    content = None if sound is None else wav(sound)
    result = json.dumps({**report.to_dict(), "path": report.path or "samples"})
    why = json.dumps([explanation._data() for explanation in explanations])
    player = player and content is not None and len(content) <= MAX_PLAYER_BYTES
    return _voxhumana.call_page(result, _metadata_of(report.model), language, content, player, why)


def _metadata_of(model: ModelId) -> str:
    """The metadata of a model that this process has loaded, or of the bundled one."""
    if remembered(model.sha256) is None:
        # To have the bundled one.
        default_detector()
    metadata = remembered(model.sha256)
    if metadata is None:
        raise InvalidArgumentError(
            f"the report is of model {model.name} {model.version} ({model.sha256}), which is not loaded; "
            "make a Detector with its file first"
        )
    return metadata


def wav(sound: Audio) -> bytes:
    """16-bit WAV, which every browser plays."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(sound.samples.shape[0])
        file.setsampwidth(2)
        file.setframerate(sound.sample_rate)
        whole = np.round(sound.samples.T * 32768).clip(-32768, 32767)
        file.writeframes(np.ascontiguousarray(whole, dtype="<i2").tobytes())
    return out.getvalue()
