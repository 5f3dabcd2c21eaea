"""What travels with a model, inside its ONNX file."""

from __future__ import annotations

import json

import onnx

KEY = "voxhumana"


def with_metadata(model: onnx.ModelProto, metadata: dict) -> onnx.ModelProto:
    """The same graph with `metadata` under voxhumana's key, in place of what was there; other keys stay."""
    for other in [p for p in model.metadata_props if p.key == KEY]:
        model.metadata_props.remove(other)
    entry = model.metadata_props.add()
    entry.key, entry.value = KEY, json.dumps(metadata, sort_keys=True)
    return model


def metadata_of(model: onnx.ModelProto) -> dict:
    """What `with_metadata` wrote."""
    found = {p.key: p.value for p in model.metadata_props}
    if KEY not in found:
        raise SystemExit(f"the file has no metadata `{KEY}`; it has {', '.join(found) or 'none'}: write it with `voxhumana-train export`")
    return json.loads(found[KEY])
