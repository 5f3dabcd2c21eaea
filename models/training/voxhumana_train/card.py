"""The tables of the model card, printed as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.metrics import f1_score, roc_auc_score
from voxhumana import metrics

from .examined import Heard, Judge, Scored
from .testsets import CODED_LENGTH, LENGTHS

if TYPE_CHECKING:
    from .calibrate import Measured


class Tee:
    """What is printed, kept as well."""

    def __init__(self, stream):
        self.stream, self.parts = stream, []

    def write(self, text: str) -> None:
        self.parts.append(text)
        self.stream.write(text)

    def flush(self) -> None:
        self.stream.flush()

    def text(self) -> str:
        return "".join(self.parts)


def split(s: Scored, values: np.ndarray | None = None) -> metrics.Scores:
    """Scores by class, for the metrics."""
    values = s.score if values is None else values
    return metrics.Scores(values[s.human], values[~s.human])


def rates(m: Measured) -> None:
    """Every set of speech, and the families of generators."""
    print("| set | EER % (95 % interval) | miss at 1 % false alarm, % | Cllr, bits |\n|---|---|---|---|")
    titles = {"clips": "clips, first 4 s"} | {c: f"clips through {c}" for c in m.channels} | {f"calls-{n}": f"{n} s of one voice" for n in LENGTHS}
    titles |= {f"{c}/calls-{CODED_LENGTH}": f"{CODED_LENGTH} s of one voice through {c}" for c in m.channels}
    for name in m.names():
        scores = split(m.get(name))
        low, high = scores.eer_interval(300)
        miss = 100 * scores.at_false_alarm_rate(0.01).miss_rate
        cllr = split(m.get(name), m.crossed(name)).cllr()
        print(f"| {titles[name]} | {100 * scores.eer()[0]:.1f} ({100 * low:.1f} to {100 * high:.1f}) | {miss:.1f} | {cllr:.3f} |", flush=True)
    clips = m.get("clips")
    families = sorted(set(clips.table.family[~clips.human]) - {""})
    if families:
        print("\n| family | clips | EER against all human dev clips, % |\n|---|---|---|")
    for family in families:
        at = (clips.table.family == family).to_numpy() & ~clips.human
        print(f"| {family} | {at.sum()} | {100 * metrics.eer(clips.score[clips.human], clips.score[at]):.1f} |")


def points(m: Measured) -> None:
    """Thresholds and their rates; false alarms of sources that the configuration names."""
    print("\n| operating point | threshold, LLR | false alarms, % | misses, % |\n|---|---|---|---|")
    for name, p in m.metadata["operating_points"].items():
        print(f"| {name} | {p['threshold_llr']:.2f} | {100 * p['false_alarm_rate']:.2f} | {100 * p['miss_rate']:.1f} |")
    named = m.settings["data"]["telephone_sources"]
    clips = m.get("clips")
    at = np.isin(clips.sources, named) & clips.human
    if at.any():
        cut = m.metadata["operating_points"]["low-false-alarm"]["threshold_llr"]
        rate = 100 * np.mean(m.crossed("clips")[at] < cut)
        print(f"\nlow-false-alarm on {at.sum()} clips of real calls ({', '.join(named)}): {rate:.2f} % false alarms")


def per_second(heard: Heard, seconds: int) -> np.ndarray:
    """Mean score of the windows that reach into each second; the recording's median where none does."""
    at, windows = np.arange(seconds)[:, None], heard.windows
    covers = (windows.start_s < at + 1) & (windows.end_s > at)
    count = covers.sum(1)
    mean = covers @ windows.score / np.maximum(count, 1)
    return np.where(count, mean, np.median(windows.score))


def partial(m: Measured, seconds: int = 60) -> None:
    """Segment-level F1: each second is spoof or not. The threshold comes from the sources of the other half."""
    if not m.sets.exists("partial"):
        return
    s = m.get("partial")
    spoofed, half = ~s.human, pd.factorize(s.table.source)[0] % 2
    if spoofed.all() or not spoofed.any() or len(set(half)) < 2:
        return
    scores = np.stack([per_second(h, seconds) for h in s.heard])
    # A call's own level is known: what matters is which seconds fall below the rest of it.
    relative = scores - np.median(scores, axis=1, keepdims=True)
    at = np.arange(seconds) + 0.5
    truth = np.stack([(at > a) & (at < b) for a, b in zip(s.table.start_s, s.table.end_s)])
    judge = Judge(m.metadata)
    verdicts = np.array([d.verdict == "synthetic" for d in judge.all(s.heard)])
    print("\n### A clone in part of the call\n")
    print("| seconds scored by | F1 of the spoofed seconds | AUC | start of the worst stretch within 2 s, % of spoofed calls |\n|---|---|---|---|")
    for name, values in (("the score", scores), ("the score less the call's median", relative)):
        found = np.zeros(truth.shape, bool)
        for k in (0, 1):
            cuts = np.quantile(values[half != k], np.linspace(0.005, 0.5, 100))
            best = max(cuts, key=lambda c: f1_score(truth[half != k].ravel(), (values[half != k] < c).ravel(), zero_division=0))
            found[half == k] = values[half == k] < best
        sums = np.stack([np.convolve(x, np.ones(10), "valid") for x in values[spoofed]])
        near = np.abs(sums.argmin(1) - s.table.start_s[spoofed]) <= 2
        f1, area = f1_score(truth.ravel(), found.ravel()), roc_auc_score(~truth.ravel(), values.ravel())
        print(f"| {name} | {f1:.2f} | {area:.2f} | {100 * near.mean():.0f} |")
    print(f"\nAt the balanced threshold {verdicts[spoofed].sum()} of {spoofed.sum()} calls with a clone are flagged, and {verdicts[s.human].sum()} of {s.human.sum()} without.")


def abstention(m: Measured) -> None:
    """Error rate of what is left when the recordings nearest to the threshold are refused."""
    if "calls-8" not in m.names():
        return
    llr, human = m.crossed("calls-8"), m.get("calls-8").human
    wrong, order = (llr >= 0) != human, np.argsort(-np.abs(llr))
    print("\n### Refusing what is doubtful\n")
    print("| refused, % | errors of the rest, % (8 s of one voice, threshold 0, classes weighted alike) |\n|---|---|")
    for refused in (0, 10, 20, 30, 50, 70):
        kept = order[: int(len(llr) * (1 - refused / 100))]
        if human[kept].any() and not human[kept].all():
            print(f"| {refused} | {50 * (wrong[kept][human[kept]].mean() + wrong[kept][~human[kept]].mean()):.1f} |")


def refusals(m: Measured) -> None:
    """How much of each set gets no verdict for what it is: no speech, or out of the domain."""
    judge = Judge(m.metadata)
    refused = lambda heard: np.array([d.reason in ("no_speech", "out_of_domain") for d in judge.all(heard)])
    print("\n### What is not one voice speaking\n")
    print("| recordings | refused as holding no speech or out of domain, % |\n|---|---|")
    for name in m.names():
        if name in ("clips", *m.channels, "calls-8", "calls-20"):
            print(f"| {name} | {100 * refused(m.sets.read(name)[1]).mean():.1f} |")
    if m.sets.exists("outside"):
        table, heard = m.sets.read("outside")
        out = refused(heard)
        for kind in table.kind.unique():
            print(f"| {kind} | {100 * out[table.kind == kind].mean():.1f} |")


def shortcuts(m: Measured) -> None:
    """What one class alone was given."""
    names = [n for n in flips(m) if all(m.sets.exists(f"flip-{n}-{who}") for who in ("bonafide", "spoof"))]
    if names:
        print("\n### Shortcuts given to one class only\n")
        print("| shortcut given to | human clips only, EER % | spoofs only, EER % |\n|---|---|---|")
    for name in names:
        cells = [f"{100 * split(m.get(f'flip-{name}-{who}')).eer()[0]:.1f}" for who in ("bonafide", "spoof")]
        print(f"| {name} | {cells[0]} | {cells[1]} |")


def flips(m: Measured) -> Iterator[str]:
    for folder in sorted(m.sets.folder.glob("flip-*-spoof")):
        yield folder.name.removeprefix("flip-").removesuffix("-spoof")


def groups(m: Measured) -> None:
    """Rates at LLR 0 by language, source and generator."""
    clips, llr = m.get("clips"), m.crossed("clips")
    everyone = np.ones(len(llr), bool)
    for title, column, at, least in (
        ("By language, clips, balanced threshold (LLR 0)", "language", everyone, 15),
        ("Human clips by source, balanced threshold", "source", clips.human, 8),
        ("Spoofs by generator, balanced threshold", "generator", ~clips.human, 5),
    ):
        by(title, clips.table[at], llr[at], clips.human[at], column, least)


def by(title: str, table: pd.DataFrame, llr: np.ndarray, human: np.ndarray, column: str, least: int) -> None:
    """Rates of every group with at least `least` clips."""
    names = table[column].to_numpy(str)
    counts = pd.Series(names).value_counts()
    if not (counts >= least).any() or not any(names):
        return
    print(f"\n### {title}\n")
    print(f"| {column} | human clips | false alarms, % | spoof clips | misses, % |\n|---|---|---|---|---|")
    for name, count in counts.items():
        if count < least:
            continue
        cells = []
        for members, wrong in ((human, llr < 0), (~human, llr >= 0)):
            at = (names == name) & members
            cells += [str(at.sum()), f"{100 * wrong[at].mean():.0f}" if at.any() else ""]
        print(f"| {name or '(not stated)'} | {' | '.join(cells)} |")
