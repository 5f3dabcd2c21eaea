"""Embeddings of windows."""

import numpy as np
import pytest

import voxhumana
from conftest import REPOSITORY


def test_each_channel_has_a_vector_for_each_window(detector, call):
    plain, examined = detector.examine(call), detector.examine(call, embeddings=True)
    assert examined.report == plain.report
    embeddings = detector.embeddings(call)
    assert len(embeddings) == len(plain.report.channels)
    for embedding, windows, before in zip(embeddings, examined.windows, plain.windows):
        assert before.embedding is None
        assert embedding.dtype == np.float32 and embedding.shape[0] == len(windows) and embedding.shape[1] > 1
        np.testing.assert_array_equal(embedding, windows.embedding)
        np.testing.assert_array_equal(windows.score, before.score)
    assert embeddings[0].shape[1] == embeddings[1].shape[1]
    # Two people, two clouds: a window is nearer to the mean of the others of its channel than to the other channel's. Its own
    # part in the mean would pull that towards it.
    for one, other in (embeddings, embeddings[::-1]):
        of_others = (one.sum(axis=0) - one) / (len(one) - 1)
        own = np.linalg.norm(one - of_others, axis=1).mean()
        assert own < np.linalg.norm(one - other.mean(axis=0), axis=1).mean()


def test_arrays_and_channels_that_are_the_same(detector, audio):
    left = audio.samples[0]
    [once] = detector.embeddings(left, audio.sample_rate)
    twice = detector.embeddings(np.stack([left, left]), audio.sample_rate)
    assert len(twice) == 2
    for one in twice:
        np.testing.assert_array_equal(one, once)
    [nothing] = detector.embeddings(np.zeros(16000), 16000)
    assert nothing.shape == (0, once.shape[1])


def test_a_model_without_embeddings_says_so(call):
    tiny = voxhumana.Detector(REPOSITORY / "tests" / "fixtures" / "tiny.onnx", runtime="tract")
    with pytest.raises(voxhumana.ModelError, match="no embeddings"):
        tiny.embeddings(call)
    with pytest.raises(voxhumana.ModelError, match="no embeddings"):
        tiny.examine(call, embeddings=True)
    assert tiny.examine(call).windows[0].embedding is None
