"""Makes tests/reference/calibration.json: scores, weights and priors, and the affine calibration that scipy finds for them.

    python tests/reference/calibration.py > tests/reference/calibration.json      (numpy, scipy)

The objective is written down as Brümmer and du Preez (2006) have it, with Platt's targets (1999), on the scores as they are;
scipy's BFGS, which takes the derivatives from here and knows nothing of Newton's method, finds its minimum.
"""

import json

import numpy as np
from scipy.optimize import minimize


def objective(parameters, bona, spoof, bona_weights, spoof_weights, prior):
    total, slope = 0.0, np.zeros(2)
    for scores, weights, human, share in ((bona, bona_weights, True, 1 - prior), (spoof, spoof_weights, False, prior)):
        trials = weights.sum() ** 2 / (weights**2).sum()
        target = (trials + 1) / (trials + 2) if human else 1 / (trials + 2)
        log_odds = parameters[0] * scores + parameters[1] + np.log((1 - prior) / prior)
        weight = share * weights / weights.sum()
        entropy = -target * -np.logaddexp(0, -log_odds) - (1 - target) * -np.logaddexp(0, log_odds)
        total += np.sum(weight * entropy)
        error = weight * (1 / (1 + np.exp(-log_odds)) - target)
        slope += error @ scores, error.sum()
    return total, slope


def case(name, bona, spoof, prior=0.5, weights=None):
    ones = np.ones(len(bona)), np.ones(len(spoof))
    arguments = (bona, spoof, *(weights or ones), prior)
    found = minimize(objective, [1.0, 0.0], arguments, "BFGS", jac=True, options={"gtol": 1e-12, "maxiter": 10_000})
    # BFGS says that it lost precision where it cannot get nearer: its slope tells whether that matters.
    assert np.abs(found.jac).max() < 1e-8, (name, found)
    return {
        "name": name, "bona_fide": bona.tolist(), "spoof": spoof.tolist(), "spoof_prior": prior,
        "bona_fide_weights": weights and weights[0].tolist(), "spoof_weights": weights and weights[1].tolist(),
        "scale": float(found.x[0]), "offset": float(found.x[1]), "loss": float(found.fun),
    }  # fmt: skip


rng = np.random.default_rng(16)
draw = lambda mean, spread, count: np.round(rng.normal(mean, spread, count), 4)
cases = [
    case("even", draw(1, 1, 60), draw(-1, 1.5, 80)),
    case("few spoofs, rare in use", draw(0.3, 1, 90), draw(-0.2, 0.7, 9), 0.05),
    case("spoofs are the rule", draw(5, 2, 40), draw(3, 2, 40), 0.9),
    case("weighted", draw(1, 1, 50), draw(-1, 1, 40), 0.5, (np.round(rng.uniform(0.1, 3, 50), 3), np.round(rng.uniform(0.1, 3, 40), 3))),
    case("classes that do not overlap", draw(3, 0.5, 7), draw(-3, 0.5, 5)),
    case("one trial of each", np.array([0.7]), np.array([0.2])),
    case("a unit of its own", 1e-3 * draw(2, 1, 60) + 5, 1e-3 * draw(1, 1, 60) + 5),
]
print(json.dumps(cases, indent=1))
