"""Tables of the model card that need more than one line."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.metrics import f1_score, roc_auc_score


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


def per_second(windows: np.ndarray, window_s: float, hop_s: float, seconds: int) -> np.ndarray:
    """Mean score of the windows over each second; the last window is shifted back to the end."""
    total, count = np.zeros(seconds), np.zeros(seconds)
    for k, score in enumerate(windows):
        start = min(k * hop_s, seconds - window_s)
        span = slice(int(round(start)), int(round(start + window_s)))
        total[span] += score
        count[span] += 1
    return total / np.maximum(count, 1)


def partial(table: pd.DataFrame, windows: list[np.ndarray], window_s: float, hop_s: float, seconds: int = 60) -> None:
    """Segment-level F1: each second is spoof or not. The threshold comes from the sources of the other half."""
    scores = np.stack([per_second(w, window_s, hop_s, seconds) for w in windows])
    # A call's own level is known: what matters is which seconds fall below the rest of it.
    relative = scores - np.median(scores, axis=1, keepdims=True)
    at = np.arange(seconds) + 0.5
    truth = np.stack([(at > s) & (at < e) for s, e in zip(table.start_s, table.end_s)])
    half = pd.factorize(table.source)[0] % 2
    print("| seconds scored by | F1 of the spoofed seconds | AUC | start of the worst stretch within 2 s, % of spoofed calls |\n|---|---|---|---|")
    for name, s in (("the score", scores), ("the score less the call's median", relative)):
        found = np.zeros(truth.shape, bool)
        for k in (0, 1):
            cuts = np.quantile(s[half != k], np.linspace(0.005, 0.5, 100))
            best = max(cuts, key=lambda c: f1_score(truth[half != k].ravel(), (s[half != k] < c).ravel(), zero_division=0))
            found[half == k] = s[half == k] < best
        spoofed = truth.any(1)
        sums = np.stack([np.convolve(x, np.ones(10), "valid") for x in s[spoofed]])
        near = np.abs(sums.argmin(1) - table.start_s[spoofed]) <= 2
        print(
            f"| {name} | {f1_score(truth.ravel(), found.ravel()):.2f} | {roc_auc_score(~truth.ravel(), s.ravel()):.2f} | {100 * near.mean():.0f} |"
        )


def abstention(llr: np.ndarray, human: np.ndarray) -> None:
    """Error rate of what is left when the recordings nearest to the threshold are refused."""
    wrong = (llr >= 0) != human
    order = np.argsort(-np.abs(llr))
    print("| refused, % | errors of the rest, % (8 s of one voice, threshold 0, classes weighted alike) |\n|---|---|")
    for refused in (0, 10, 20, 30, 50, 70):
        kept = order[: int(len(llr) * (1 - refused / 100))]
        rate = 50 * (wrong[kept][human[kept]].mean() + wrong[kept][~human[kept]].mean())
        print(f"| {refused} | {rate:.1f} |")


def by(table: pd.DataFrame, llr: np.ndarray, human: np.ndarray, column: str, least: int) -> None:
    """Rates at LLR 0 of every group with at least `least` clips."""
    print(f"| {column} | human clips | false alarms, % | spoof clips | misses, % |\n|---|---|---|---|---|")
    names = table[column].to_numpy()
    for name, count in pd.Series(names).value_counts().items():
        if count < least:
            continue
        cells = []
        for members, wrong in ((human, llr < 0), (~human, llr >= 0)):
            at = (names == name) & members
            cells += [str(at.sum()), f"{100 * wrong[at].mean():.0f}" if at.any() else ""]
        print(f"| {name or '(not stated)'} | {' | '.join(cells)} |")
