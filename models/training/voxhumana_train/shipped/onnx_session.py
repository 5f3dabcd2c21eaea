"""ONNX Runtime, which only some steps need, on one thread."""

from __future__ import annotations


def session(model: bytes | str):
    """A session of this file, or of its content."""
    try:
        import onnxruntime
    except ImportError:
        raise SystemExit("this step needs ONNX Runtime: pip install '.[fast]' in models/training") from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options)
