"""Makes tests/reference/metrics.json: random scores, with and without ties, and what independent code says of them.

    python tests/reference/metrics.py > tests/reference/metrics.json      (numpy, scikit-learn)

EER, DCF and miss rates come from scikit-learn's ROC curve (every threshold kept); `published_*` is written from the
formulas of the ASVspoof 5 evaluation plan with one point per trial, as its evaluation package does.
"""

import json

import numpy as np
from sklearn.metrics import log_loss, roc_auc_score, roc_curve

PRIOR, FALSE_ALARM_COST, MISS_COST = 0.05, 1.0, 10.0


def published(bona, spoof):
    """EER and minDCF with one operating point per trial; bona fide first among equals."""
    order = np.argsort(np.concatenate([bona, spoof]), kind="stable")
    is_bona = np.concatenate([np.ones(len(bona)), np.zeros(len(spoof))])[order]
    rejected = np.concatenate([[0.0], np.cumsum(is_bona) / len(bona)])
    accepted = np.concatenate([[1.0], 1.0 - np.cumsum(1 - is_bona) / len(spoof)])
    at = np.argmin(np.abs(rejected - accepted))
    cost = FALSE_ALARM_COST * (1 - PRIOR) * rejected + MISS_COST * PRIOR * accepted
    return (rejected[at] + accepted[at]) / 2, cost.min() / min(FALSE_ALARM_COST * (1 - PRIOR), MISS_COST * PRIOR)


def case(name, bona, spoof):
    y = np.concatenate([np.ones(len(bona)), np.zeros(len(spoof))])
    s = np.concatenate([bona, spoof])
    accepted, true_accepts, thresholds = roc_curve(y, s, drop_intermediate=False)
    rejected = 1 - true_accepts
    # scikit-learn's thresholds fall, ours rise: among equals ours takes the lowest threshold, the last here.
    gap = np.abs(rejected - accepted)
    at = len(gap) - 1 - np.argmin(np.round(gap, 12)[::-1])
    weights = FALSE_ALARM_COST * (1 - PRIOR), MISS_COST * PRIOR
    bayes = np.log(weights[1] / weights[0])
    act = weights[0] * np.mean(bona < bayes) + weights[1] * np.mean(spoof >= bayes)
    # Cllr is the log loss, in bits, of the posterior under even prior with both classes weighted the same.
    weight = np.where(y == 1, 0.5 / len(bona), 0.5 / len(spoof))
    posterior = np.where(s >= 0, 1 / (1 + np.exp(-np.abs(s))), np.exp(-np.abs(s)) / (1 + np.exp(-np.abs(s))))
    eer, min_dcf = published(bona, spoof)
    return {
        "name": name,
        "bona_fide": [float(x) for x in bona],
        "spoof": [float(x) for x in spoof],
        "eer": float((rejected[at] + accepted[at]) / 2),
        "eer_threshold": float(thresholds[at]) if np.isfinite(thresholds[at]) else None,
        "published_eer": float(eer),
        "published_min_dcf": float(min_dcf),
        "min_dcf": float((weights[0] * rejected + weights[1] * accepted).min() / min(weights)),
        "act_dcf": float(act / min(weights)),
        "cllr_bits": float(log_loss(y, posterior, sample_weight=weight) / np.log(2)),
        "miss_at_1_percent": float(accepted[rejected <= 0.01 + 1e-12].min()),
        "area": float(roc_auc_score(y, s)),
        "det": [[float(r), float(a)] for r, a in zip(rejected[::-1], accepted[::-1])],
        "ties": bool(len(np.unique(s)) < len(s)),
    }


def main():
    rng = np.random.default_rng(20261124)
    cases = [
        case("separate", rng.normal(3, 1, 60).round(4), rng.normal(-3, 1, 70).round(4)),
        case("overlapping", rng.normal(1, 1.3, 150), rng.normal(-1, 1.1, 110)),
        case("inverted", rng.normal(-1, 1, 40), rng.normal(1, 1, 30)),
        case("coarse, many ties", rng.normal(1, 2, 130).round(0), rng.normal(-1, 2, 90).round(0)),
        case("half steps", (2 * rng.normal(1, 1, 101)).round(0) / 2, (2 * rng.normal(-1, 1, 57)).round(0) / 2),
        case("constant", np.full(7, 0.25), np.full(5, 0.25)),
        case("one each", np.array([1.0]), np.array([-1.0])),
    ]
    print(json.dumps(cases))


if __name__ == "__main__":
    main()
