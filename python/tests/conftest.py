"""The sample call of the repository is the one recording with speech that the tests may use."""

from pathlib import Path

import matplotlib
import numpy as np
import pytest

import voxhumana

matplotlib.use("Agg")

REPOSITORY = Path(__file__).resolve().parents[2]
CALL = REPOSITORY / "examples" / "data" / "sample-call.wav"


@pytest.fixture(scope="session")
def call():
    return CALL


@pytest.fixture(scope="session")
def audio(call):
    return voxhumana.decode(call)


@pytest.fixture(scope="session")
def detector():
    return voxhumana.Detector(runtime="tract")


@pytest.fixture(scope="session")
def report(detector, call):
    return detector.scan(call)


@pytest.fixture(scope="session")
def tone():
    t = np.arange(16000 * 2) / 16000
    return (0.3 * np.sin(2 * np.pi * 440 * t)).astype(np.float32)
