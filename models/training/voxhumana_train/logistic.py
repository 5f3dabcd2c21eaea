"""A last layer fitted on, step by step, from where it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Steps after which the weights are kept, to choose among them: about 1.5 times apart.
STEPS = (0, 1, 2, 3, 5, 8, 12, 18, 27, 40, 60, 90, 135, 200, 300, 450, 700, 1000)
# Adam (Kingma and Ba 2015) with its usual constants; the embedding is scaled to a variance of 1.
RATE, MEAN, SQUARE, TINY = 0.01, 0.9, 0.999, 1e-8


@dataclass
class Layer:
    """`llr = embedding @ weights + offset`."""

    weights: np.ndarray
    offset: float

    def llr(self, embedding: np.ndarray) -> np.ndarray:
        return embedding @ self.weights + self.offset


def balanced(human: np.ndarray, recording: np.ndarray) -> np.ndarray:
    """Weights of windows: each recording counts once, each class for half."""
    counts = np.bincount(recording)
    weight = 1.0 / counts[recording]
    for side in (human, ~human):
        weight[side] /= 2 * weight[side].sum()
    return weight


def loss(llr: np.ndarray, human: np.ndarray, weight: np.ndarray) -> float:
    """Cross-entropy in bits: 1 for scores that say nothing (the Cllr of Brummer and du Preez 2006)."""
    return float((weight * np.logaddexp(0, np.where(human, -llr, llr))).sum() / weight.sum() / np.log(2))


def steps(start: Layer, x: np.ndarray, human: np.ndarray, weight: np.ndarray, scale: np.ndarray, pull: float) -> list[Layer]:
    """The layer after each of `STEPS`; `scale` is the spread of each value of the embedding, `pull` what holds the weights at the start."""
    z, sign = x / scale, np.where(human, 1.0, -1.0)
    origin = np.append(start.weights * scale, start.offset)
    here, mean, square = origin.copy(), np.zeros(len(origin)), np.zeros(len(origin))
    kept = []
    for step in range(STEPS[-1] + 1):
        if step in STEPS:
            kept.append(Layer(here[:-1] / scale, float(here[-1])))
        llr = z @ here[:-1] + here[-1]
        slope = -sign * weight / (1 + np.exp(np.clip(sign * llr, -50, 50)))
        gradient = np.append(z.T @ slope, slope.sum()) + pull * (here - origin)
        mean = MEAN * mean + (1 - MEAN) * gradient
        square = SQUARE * square + (1 - SQUARE) * gradient**2
        n = step + 1
        here = here - RATE * (mean / (1 - MEAN**n)) / (np.sqrt(square / (1 - SQUARE**n)) + TINY)
    return kept
