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
# Share of clips of one voice that may be refused as out of domain.
REFUSED = 0.01
# Shortest part of a call that is looked for, seconds, and by how much a window counts there: neighbours are alike. Both chosen on calls
# put together from window scores of dev clips.
PART_LEAST_S, PART_INDEPENDENCE = 6.0, 0.5
# Share of human calls that may be called partly synthetic, beside those that are called synthetic.
PART_FALSE_ALARMS = {"balanced": 0.008, "low-false-alarm": 0.0, "high-recall": 0.03}
PART_MARGIN = 1.0


def domain_threshold(metadata: dict, clips: list[Heard], human: np.ndarray) -> float:
    """The threshold of `domain` by which one clip of one voice in a hundred is refused, either class weighing the same: people record in
    more ways than machines speak, and are refused more often. Found by halving: the decision itself says which clips those are. Of all thresholds that
    refuse just these, the one in the middle: at the edge a little noise would refuse one more."""
    logits = np.concatenate([h.windows.domain for h in clips])
    lowest, highest = float(logits.min()) - 1.0, float(logits.max()) + 1.0
    trial = uncalibrated(metadata)

    def share(threshold: float) -> float:
        trial["domain_threshold"] = threshold
        judge = Judge(trial)
        refused = np.array([d.reason == "out_of_domain" for d in judge.all(clips)])
        return float(np.mean([refused[side].mean() for side in (human, ~human) if side.any()]))

    def edge(most: float) -> float:
        """The highest threshold that refuses no more."""
        low, high = lowest, highest
        for _ in range(30):
            middle = (low + high) / 2
            low, high = (low, middle) if share(middle) > most else (middle, high)
        return low

    above = edge(REFUSED)
    below = edge(share(above) - 1e-9) if share(above) > 0 else above
    return (above + below) / 2


def llrs(metadata: dict, heard: list[Heard]) -> np.ndarray:
    """Calibrated log-likelihood ratios of channels."""
    return np.array([d.llr for d in Judge(metadata).all(heard)], float)


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


def together(parts: list[Scored]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores, labels and weights of recordings as they are (the first of `parts`) and through channels (the others), which count for half."""
    weight = np.concatenate([np.full(len(p.score), 1.0 if i == 0 else 1.0 / (len(parts) - 1)) for i, p in enumerate(parts)])
    score, human = (np.concatenate([getattr(p, key) for p in parts]) for key in ("score", "human"))
    return score, human, weight


def channel_calibration(calls: dict[int, list[Scored]], fallback: Scored) -> list[dict]:
    """By seconds of speech, so that one threshold lets through the same share of human speech whatever its length: scores are first put
    on the scale of the human ones of that length (their median, and how far they spread below it, over all channels), then one
    calibration holds for all. More speech never makes a score mean less than the same score of shorter speech."""
    scales: list[tuple[float, float, float]] = []
    pooled: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for start, seconds in RANGES:
        parts = [s for s in calls.get(seconds, []) if enough(s)]
        score, human, weight = together(parts) if parts else (np.zeros(0), np.zeros(0, bool), np.zeros(0))
        if not parts or fit(score, human, weight) is None:
            print(f"calibration: {seconds} s of one voice are too few, or say nothing: what is shorter stands for them", flush=True)
            continue
        centre = float(np.quantile(score[human], 0.5, weights=weight[human], method="inverted_cdf"))
        below = human & (score <= centre)
        spread = max(float(np.sqrt(np.average((score[below] - centre) ** 2, weights=weight[below]))), 1e-3)
        spread = min(spread, scales[-1][2]) if scales else spread
        scales.append((start, centre, spread))
        # Every length weighs the same, however many recordings there are of it.
        pooled.append(((score - centre) / spread, human, weight / weight.sum()))
    if not scales:
        fitted = fit(fallback.score, fallback.human)
        if fitted is None:
            raise SystemExit("the scores of the dev clips do not rise from spoofs to human speech: the network has not learnt yet")
        return [{"min_speech_s": 0.0, "scale": fitted.scale, "offset": fitted.offset}]
    fitted = fit(*(np.concatenate(part) for part in zip(*pooled)))
    if fitted is None:
        raise SystemExit("the scores of the dev calls do not rise from spoofs to human speech: the network has not learnt yet")
    found = [{"min_speech_s": start, "scale": fitted.scale / spread, "offset": fitted.offset - fitted.scale * centre / spread} for start, centre, spread in scales]
    found[0]["min_speech_s"] = 0.0
    return found


def part_rule(sets: list[Scored]) -> dict | None:
    """How window scores of one voice scatter (the crate's PartRule); None with fewer than two voices of a class."""
    levels = {}
    within = []
    for name, is_human in (("bona_fide", True), ("spoof", False)):
        means = []
        for s in sets:
            voice = (s.table.source + "|" + s.table.generator).to_numpy(str)
            for v in np.unique(voice[s.human == is_human]):
                scores = [s.heard[i].windows.score for i in np.flatnonzero((voice == v) & (s.human == is_human))]
                joined = np.concatenate(scores)
                if len(joined) >= 2 * PART_LEAST_S:
                    means.append(joined.mean())
                    within += [joined.var()] if is_human else []
        if len(means) < 2:
            return None
        levels[name] = {"mean": float(np.mean(means)), "variance": float(np.var(means))}
    return {"least_s": PART_LEAST_S, **levels, "window_variance": max(float(np.mean(within)), 1e-6), "independence": PART_INDEPENDENCE}


def part_thresholds(metadata: dict, human: list[Heard]) -> dict[str, float]:
    """For each operating point, from human calls: those that the verdict already calls synthetic do not count."""
    found = {}
    for point, share in PART_FALSE_ALARMS.items():
        trial = copy.deepcopy(metadata)
        trial["operating_points"][point]["part_threshold_llr"] = -1e9
        decided = [d for d in Judge(trial, point).all(human)]
        llr = np.sort([d.part_llr for d in decided if d.part_llr is not None and d.verdict != "synthetic"])
        if len(llr):
            allowed = int(share * len(decided))
            found[point] = float(llr[min(allowed, len(llr) - 1)]) - (PART_MARGIN if allowed == 0 else 0.0)
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
