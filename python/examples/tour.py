# %% [markdown]
# # From a recording to a picture to a threshold of your own
#
# Run it cell by cell in an editor or notebook (jupytext), or as a program:
#
#     python tour.py [LABELLED.csv] [--pictures FOLDER]
#
# `LABELLED.csv` has the columns `file` (relative to its folder) and `label` (`bonafide` or `spoof`): recordings of your own
# kind, telephone, microphone and language, of which you know what they are. Without it the second half is left out.

# %%
import argparse
import csv
import random
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import voxhumana
from voxhumana import metrics

parser = argparse.ArgumentParser()
parser.add_argument("labelled", nargs="?", type=Path)
parser.add_argument("--pictures", type=Path, default=Path("."))
parser.add_argument("--most", type=int, default=300, help="recordings per class")
args, _ = parser.parse_known_args()
args.pictures.mkdir(parents=True, exist_ok=True)

# %% [markdown]
# ## One call
# A stereo call is two people: each channel has its own verdict.

# %%
call = Path(__file__).resolve().parents[2] / "examples" / "data" / "sample-call.wav"
detector = voxhumana.Detector(channels=("agent", "caller"), threads=1)
report = detector.scan(call)
print(report)
print(report.to_pandas()[["channel_name", "verdict", "llr", "speech_s"]])

# %%
figure = report.plot()
figure.savefig(args.pictures / "call.jpg", dpi=90)

# %% [markdown]
# ## A threshold of your own
# The named operating points were chosen on recordings of ours. On yours the scores may lie elsewhere: look before you
# choose. Here: as many spoofs found as possible while at most 1 in 100 humans is called synthetic.


# %%
def scores_of(labelled, most):
    """LLRs of up to `most` recordings per class, those with enough speech."""
    rows = list(csv.DictReader(labelled.open(encoding="utf-8")))
    random.Random(0).shuffle(rows)
    llrs = {}
    for label in ("bonafide", "spoof"):
        paths = [labelled.parent / row["file"] for row in rows if row["label"] == label][:most]
        reports = voxhumana.scan_many(paths, progress=True)
        print(label, reports.counts())
        llrs[label] = np.array(
            [min(c.llr for c in r.channels) for r in reports.ok if all(c.llr is not None for c in r.channels)]
        )
    return metrics.Scores(llrs["bonafide"], llrs["spoof"]), llrs


if args.labelled:
    scores, llrs = scores_of(args.labelled, args.most)
    eer, _ = scores.eer()
    low, high = scores.eer_interval()
    print(f"EER {eer:.1%} (95 % interval {low:.1%} to {high:.1%}), Cllr {scores.cllr():.2f} bits")
    chosen = scores.at_false_alarm_rate(0.01)
    default = scores.rates_at(detector.operating_point["threshold_llr"])

# %%
if args.labelled:
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    edges = np.linspace(*np.percentile(np.concatenate(list(llrs.values())), [0.5, 99.5]), 40)
    left.hist(llrs["bonafide"], edges, alpha=0.6, color="#0072B2", label="bona fide")
    left.hist(llrs["spoof"], edges, alpha=0.6, color="#D55E00", label="spoof")
    left.axvline(default.threshold, color="#333333", linestyle="--", linewidth=1, label="balanced")
    left.axvline(chosen.threshold, color="#333333", linewidth=1, label="1 % false alarms")
    left.set(xlabel="LLR (higher: more bona fide)", ylabel="recordings")
    left.legend(edgecolor="none", framealpha=0.9)
    curve = scores.det_curve()
    right.plot(curve.false_alarm_rate * 100, curve.miss_rate * 100, color="#333333")
    right.plot([0, 100], [0, 100], color="#BBBBBB", linewidth=0.8)
    for rates, marker, name in ((default, "o", "balanced"), (chosen, "s", "1 % false alarms")):
        right.plot(rates.false_alarm_rate * 100, rates.miss_rate * 100, marker, color="#D55E00", label=name)
    right.set(xlabel="humans called synthetic (%)", ylabel="spoofs missed (%)", xlim=(0, 60), ylim=(0, 100))
    right.legend(frameon=False)
    figure.savefig(args.pictures / "threshold.png", dpi=90)

# %% [markdown]
# Use it: give the threshold to the detector. Its reports say `custom` as their operating point.

# %%
if args.labelled:
    strict = voxhumana.Detector(threshold_llr=chosen.threshold)
    print(f"threshold {chosen.threshold:+.2f}: {chosen.false_alarm_rate:.1%} false alarms, {chosen.miss_rate:.1%} misses")
    print(strict.scan(call))
