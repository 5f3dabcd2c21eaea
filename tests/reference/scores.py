"""Scores windows with a model file in Python: features by numpy and scipy (features.py), the network by onnxruntime.

    python tests/reference/scores.py MODEL.onnx WINDOWS.f32      (numpy, scipy, onnxruntime)

WINDOWS.f32 holds windows of the model's length, 32-bit floats one after another. Prints one score a line. None of voxhumana's
code takes part.
"""

import json
import os
import sys

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np
import onnxruntime
from features import features


def main():
    session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
    metadata = json.loads(session.get_modelmeta().custom_metadata_map["voxhumana"])
    windows = np.fromfile(sys.argv[2], np.float32).reshape(-1, metadata["window_samples"])
    for window in windows:
        views = [features(window.astype(np.float64), f).astype(np.float32)[None] for f in metadata["front_ends"]]
        names = ["features", *(f"features_{i}" for i in range(2, len(views) + 1))]
        print(float(session.run(["score"], dict(zip(names, views)))[0][0]))


if __name__ == "__main__":
    main()
