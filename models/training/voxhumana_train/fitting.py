"""From scores on the test sets to what a model's metadata holds: the threshold of the domain, calibrations, operating points."""

from __future__ import annotations

import copy

import numpy as np
import voxhumana
from sklearn.model_selection import GroupKFold
from voxhumana import metrics

from .examined import Heard, Judge, Scored, uncalibrated

# Lower end of each range of speech seconds, and the set of calls it is fitted on.
RANGES = ((0.0, 1), (1.5, 2), (3.0, 4), (6.0, 8), (12.0, 16), (24.0, 32))
# Recordings of either class without which a set says too little for a calibration of its own.
LEAST = 5
FOLDS = 10
# Name -> prior of spoof, and what the threshold of the channel and that of stretches let pass of bona fide speech.
PRIORS = {"balanced": 0.5, "low-false-alarm": 0.05, "high-recall": 0.8}
LOW_FALSE_ALARMS, HIGH_RECALL = 0.003, 0.95
STRETCH_FALSE_ALARMS = {"balanced": 0.02, "low-false-alarm": 0.0, "high-recall": 0.1}
# Beyond the most extreme stretch of bona fide speech that was seen, nats.
STRETCH_MARGIN = 0.5
# Share of calls of one voice that may be refused as out of domain.
REFUSED = 0.01


def domain_threshold(metadata: dict, calls: list[Heard]) -> float:
    """The threshold of `domain` by which one call of one voice in a hundred is refused, found by halving: the decision itself says which
    calls those are."""
    logits = np.concatenate([h.windows.domain for h in calls])
    low, high = float(logits.min()) - 1.0, float(logits.max()) + 1.0
    trial = uncalibrated(metadata)
    for _ in range(30):
        middle = trial["domain_threshold"] = (low + high) / 2
        judge = Judge(trial)
        refused = np.mean([d.reason == "out_of_domain" for d in judge.all(calls)])
        low, high = (low, middle) if refused > REFUSED else (middle, high)
    return low


def enough(s: Scored) -> bool:
    """Whether both classes have recordings to calibrate on."""
    return min(s.human.sum(), (~s.human).sum()) >= LEAST


def fit(score: np.ndarray, human: np.ndarray, weight: np.ndarray | None = None) -> metrics.Calibration | None:
    """The crate's calibration; None where the scores say nothing about the label."""
    weights = {} if weight is None else {"bona_fide_weights": weight[human], "spoof_weights": weight[~human]}
    try:
        return metrics.fit_calibration(score[human], score[~human], **weights)
    except voxhumana.InvalidArgumentError:
        return None


def crossed(s: Scored) -> tuple[np.ndarray, bool]:
    """LLRs of each recording by a calibration that did not see its source, and whether that could be: it takes two sources at least,
    and both classes in what is left without any of them."""
    out, whole = np.zeros(len(s.score)), fit(s.score, s.human)
    if whole is None:
        raise SystemExit(f"the scores of {len(s.score)} dev recordings do not rise from spoofs to human speech: the network has not learnt yet")
    groups = len(set(s.sources))
    if groups < 2:
        return whole.llr(s.score), False
    for train, test in GroupKFold(min(FOLDS, groups)).split(s.score, s.human, s.sources):
        left = s.human[train]
        fitted = fit(s.score[train], left) if left.any() and not left.all() else None
        if fitted is None:
            return whole.llr(s.score), False
        out[test] = fitted.llr(s.score[test])
    return out, True


def channel_calibration(calls: dict[int, Scored], fallback: Scored) -> list[dict]:
    """By seconds of speech. More speech never makes a score mean less than the same score of shorter speech."""
    found: list[dict] = []
    for start, seconds in RANGES:
        fitted = fit(calls[seconds].score, calls[seconds].human) if seconds in calls and enough(calls[seconds]) else None
        if fitted is None:
            print(f"calibration: {seconds} s of one voice are too few, or say nothing: what is shorter stands for them", flush=True)
            continue
        scale = max(fitted.scale, found[-1]["scale"]) if found else fitted.scale
        found.append({"min_speech_s": start, "scale": scale, "offset": fitted.offset})
    if not found:
        fitted = fit(fallback.score, fallback.human)
        if fitted is None:
            raise SystemExit("the scores of the dev clips do not rise from spoofs to human speech: the network has not learnt yet")
        found.append({"min_speech_s": 0.0, "scale": fitted.scale, "offset": fitted.offset})
    found[0]["min_speech_s"] = 0.0
    return found


def human_stretches(metadata: dict, heard: list[Heard]) -> np.ndarray:
    """LLR of the worst stretch of bona fide recordings, with the allowance for long speech."""
    judge, point = Judge(metadata), metadata["operating_points"]["balanced"]
    worst = [d.worst_stretch for d in judge.all(heard) if d.worst_stretch is not None]
    return np.array([w.llr + point["stretch_threshold_llr"] - w.threshold_llr for w in worst])


def operating_points(metadata: dict, llr: np.ndarray, human: np.ndarray, stretches: np.ndarray, measured_on: str) -> dict:
    """Thresholds, and the rates at them."""
    thresholds = {
        "balanced": 0.0,
        "low-false-alarm": min(0.0, float(np.quantile(llr[human], LOW_FALSE_ALARMS))),
        "high-recall": max(0.0, float(np.quantile(llr[~human], HIGH_RECALL))),
    }
    points = copy.deepcopy(metadata["operating_points"])
    for name, threshold in thresholds.items():
        share = STRETCH_FALSE_ALARMS[name]
        # Without long bona fide speech nothing is known of stretches: none decides.
        stretch = float(np.quantile(stretches, share)) - (STRETCH_MARGIN if share == 0 else 0.0) if len(stretches) else -1e9
        rates = metrics.Scores(llr[human], llr[~human]).rates_at(threshold)
        points[name] |= {
            "spoof_prior": PRIORS[name], "threshold_llr": threshold, "stretch_threshold_llr": min(stretch, threshold),
            "false_alarm_rate": rates.false_alarm_rate, "miss_rate": rates.miss_rate, "measured_on": measured_on,
        }  # fmt: skip
    return points
