"""Measures scores of an exported model on the dev test sets, fits calibration and thresholds, and writes them into the ONNX
file: `python calibrate.py --model model.onnx` (after `testsets.py` and `export.py`). Prints the model card's tables.

With `--card ../README.md` the tables also replace what stands between the two markers of the model card.

Every rate printed is cross-validated: a source's recordings are calibrated by the other sources. What is written into the
file is fitted on all of them.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import pandas as pd
import soundfile
from scipy.special import logit
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

import voxhumana
import tables
from corpus import RATE
from evaluate import eer, windows
from export import input_names, with_metadata

# Lower end of each range of speech seconds, and the set of calls it is fitted on.
RANGES = ((0.0, 1), (1.5, 2), (3.0, 4), (6.0, 8), (12.0, 16), (24.0, 32))
TELEPHONY = ("mulaw8k", "gsm", "opus16", "mp3_32")
# As in the crate, detect/verdict.rs: seconds of speech in a row that make a channel synthetic on their own, and the least that is scored.
STRETCH_S = 8.0
SHORTEST_S = 0.5
# As in the crate, detect/packer.rs: frames of 10 ms, and how many are kept on either side of speech.
FRAMES_PER_S, MARGIN = 100, 20
FRAME = RATE // FRAMES_PER_S
# And the share of the windows beyond so many whose scores are the lowest and does not count.
LOWEST_LEFT_OUT, LOWEST_LEFT_OUT_BEYOND = 0.15, 4
# As in the crate, detect/domain.rs: seconds over which the network's answer about its domain is averaged.
DOMAIN_S = 3.0
# Sets whose seconds must stay where they are, or that need not be speech: cut blindly.
UNPACKED = ("partial", "outside")


@dataclass
class Windows:
    """What the network says of each window of a recording."""

    score: np.ndarray
    # Of the window and its neighbours.
    domain: np.ndarray

    def inside(self, threshold: float) -> np.ndarray:
        """Scores of the windows in the domain, in their order."""
        return self.score[self.domain >= threshold]

    def mean(self, threshold: float) -> float:
        """The recording's score, as the crate takes it: over the windows in the domain, unless most are outside, less the lowest."""
        counted = np.sort(self.score if self.refused(threshold) else self.inside(threshold))
        return float(counted[int(LOWEST_LEFT_OUT * max(0, len(counted) - LOWEST_LEFT_OUT_BEYOND)) :].mean())

    def refused(self, threshold: float) -> bool:
        return float(np.mean(self.domain >= threshold)) < 0.5


def packed(samples: np.ndarray) -> np.ndarray | None:
    """What the crate's scan shows the network of a recording: speech and its margins (src/detect/packer.rs). None where it scores nothing."""
    frames = np.zeros(len(samples) // FRAME, bool)
    spans = [(round(start * FRAMES_PER_S), round(end * FRAMES_PER_S)) for start, end in voxhumana.find_speech(samples, RATE)]
    for start, end in spans:
        frames[max(0, start - MARGIN) : end + MARGIN] = True
    speech = sum(end - start for start, end in spans)
    return samples[: len(frames) * FRAME][np.repeat(frames, FRAME)] if speech >= SHORTEST_S * FRAMES_PER_S else None


class Scorer:
    """Window scores of a model, through ONNX Runtime."""

    def __init__(self, path: Path):
        import onnxruntime

        self.session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        self.metadata = json.loads(self.session.get_modelmeta().custom_metadata_map["voxhumana"])
        self.extractors = [voxhumana.FeatureExtractor(json.dumps(f)) for f in self.metadata["front_ends"]]

    def windows(self, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Scores and domain logits of the windows of a recording."""
        cut = windows(samples, self.metadata)
        features = [extractor.extract_batch(cut) for extractor in self.extractors]
        return self.session.run(["score", "domain"], dict(zip(input_names(len(features)), features)))

    def around(self, logits: np.ndarray) -> np.ndarray:
        """Mean of each window's domain logit and its neighbours', as many as fit in DOMAIN_S on either side."""
        beyond = (DOMAIN_S - self.metadata["window_samples"] / RATE) / 2
        reach = max(0, int(beyond // (self.metadata["hop_samples"] / RATE)))
        return np.array([logits[max(0, i - reach) : i + reach + 1].mean() for i in range(len(logits))])

    def recordings(self, folder: Path, cache: Path) -> tuple[pd.DataFrame, list[Windows]]:
        """The list of a test set, less what holds too little speech, and the windows of each recording (kept per model in `cache`)."""
        table = pd.read_csv(folder / "list.csv", keep_default_na=False)
        kept = cache / f"{folder.parent.name}-{folder.name}.npz"
        if not kept.exists():
            cut = (lambda x: x) if folder.name in UNPACKED else packed
            heard = (cut(soundfile.read(folder / f, dtype="float32")[0]) for f in table.file)
            outputs = [None if x is None else self.windows(x) for x in heard]
            scored = [o is not None for o in outputs]
            outputs = [o for o in outputs if o is not None]
            cache.mkdir(parents=True, exist_ok=True)
            flat = {name: np.concatenate([o[k] for o in outputs]) for k, name in enumerate(("score", "domain"))}
            np.savez(kept, **flat, sizes=[len(o[0]) for o in outputs], scored=scored)
        with np.load(kept) as z:
            at = np.cumsum(z["sizes"])[:-1]
            windows = [Windows(score, self.around(logits)) for score, logits in zip(np.split(z["score"], at), np.split(z["domain"], at))]
            return table[z["scored"]].reset_index(drop=True), windows


def fit_llr(scores: np.ndarray, human: np.ndarray, weight: np.ndarray | None = None) -> tuple[float, float]:
    """Logistic calibration at equal class weights: `llr = scale * score + offset` (Brummer 2010)."""
    weight = np.ones(len(scores)) if weight is None else weight
    weight = weight * np.where(human, 0.5 / weight[human].sum(), 0.5 / weight[~human].sum()) * len(scores)
    model = LogisticRegression(C=1e6).fit(scores[:, None], human, sample_weight=weight)
    scale = float(model.coef_[0, 0])
    if scale <= 0:
        raise SystemExit(f"scale {scale}: the scores say nothing about the label")
    return scale, float(model.intercept_[0])


def crossed(scores: np.ndarray, human: np.ndarray, groups: np.ndarray, folds: int = 10) -> np.ndarray:
    """LLRs of each recording by a calibration that did not see its source."""
    out = np.zeros(len(scores))
    for train, test in GroupKFold(folds).split(scores, human, groups):
        scale, offset = fit_llr(scores[train], human[train])
        out[test] = scale * scores[test] + offset
    return out


def cllr(llr: np.ndarray, human: np.ndarray) -> float:
    """Cost of log-likelihood ratios in bits (Brummer and du Preez 2006)."""
    return float(np.logaddexp(0, -llr[human]).mean() + np.logaddexp(0, llr[~human]).mean()) / 2 / np.log(2)


def miss_at(scores: np.ndarray, human: np.ndarray, false_alarm: float = 0.01) -> float:
    return float(np.mean(scores[~human] >= np.quantile(scores[human], false_alarm)))


def interval(scores: np.ndarray, human: np.ndarray, times: int = 300) -> tuple[float, float]:
    """95 % bootstrap interval of the EER, classes resampled apart."""
    rng = np.random.default_rng(0)
    b, s = scores[human], scores[~human]
    draws = [eer(rng.choice(b, len(b)), rng.choice(s, len(s))) for _ in range(times)]
    return tuple(np.quantile(draws, [0.025, 0.975]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--sets", type=Path, default=Path("../../runs/testsets"))
    parser.add_argument("--card", type=Path, help="Markdown file whose text between <!-- tables --> and <!-- end --> is replaced")
    arguments = parser.parse_args()
    out = tables.Tee(sys.stdout)
    with contextlib.redirect_stdout(out):
        measure(arguments)
    if arguments.card:
        text = arguments.card.read_text()
        before, rest = text.split("<!-- tables -->", 1)
        after = rest.split("<!-- end -->", 1)[1]
        arguments.card.write_text(f"{before}<!-- tables -->\n{out.text()}<!-- end -->{after}")


def measure(arguments: argparse.Namespace) -> None:
    for needed, maker in ((arguments.model, "export.py"), (arguments.sets / "clips" / "list.csv", "testsets.py")):
        if not needed.exists():
            raise SystemExit(f"missing {needed}: run {maker} first, or name another")
    scorer = Scorer(arguments.model)
    # By the graph: this program changes the metadata, another export the graph.
    graph = hashlib.sha256(onnx.load(arguments.model).graph.SerializeToString()).hexdigest()[:8]
    cache = arguments.model.with_suffix(f".{graph}.scores")

    # Of calls that are one voice speaking, on the telephone or not, one in a hundred is refused: most windows under this.
    calls = ["calls-8", *(f"{n}/calls-20" for n in TELEPHONY)]
    middles = [np.median(w.domain) for n in calls for w in scorer.recordings(arguments.sets / n, cache)[1]]
    domain = float(np.quantile(middles, 0.01))

    def get(name: str):
        table, windows = scorer.recordings(arguments.sets / name, cache)
        mean = np.array([w.mean(domain) for w in windows])
        return table, mean, (table.label == "bonafide").to_numpy(), windows

    print("| set | EER % (95 % interval) | miss at 1 % false alarm, % | Cllr, bits |\n|---|---|---|---|")

    def row(name: str, title: str):
        table, score, human, _ = get(name)
        low, high = interval(score, human)
        llr = crossed(score, human, table.source.to_numpy())
        print(
            f"| {title} | {100 * eer(score[human], score[~human]):.1f} ({100 * low:.1f} to {100 * high:.1f}) | "
            f"{100 * miss_at(score, human):.1f} | {cllr(llr, human):.3f} |",
            flush=True,
        )
        return table, score, human, llr

    table, score, human, llr = row("clips", "clips, first 4 s")
    for name in TELEPHONY:
        row(name, f"clips through {name}")
    for seconds in (1, 2, 4, 8, 16, 20, 32):
        row(f"calls-{seconds}", f"{seconds} s of one voice")
    for name in TELEPHONY:
        row(f"{name}/calls-20", f"20 s of one voice through {name}")

    print("\n| family | clips | EER against all human dev clips, % |\n|---|---|---|")
    for family in sorted(set(table.family[~human])):
        at = (table.family == family).to_numpy() & ~human
        print(f"| {family} | {at.sum()} | {100 * eer(score[human], score[at]):.1f} |")

    metadata = scorer.metadata
    metadata["domain_threshold"] = domain
    # The window calibration must hold on the telephone too: half of its weight is coded speech.
    parts = [get("clips")] + [get(n) for n in TELEPHONY]
    weights = [np.ones(len(parts[0][1]))] + [np.full(len(p[1]), 0.25) for p in parts[1:]]
    scale, offset = fit_llr(np.concatenate([p[1] for p in parts]), np.concatenate([p[2] for p in parts]), np.concatenate(weights))
    metadata["calibration"] = {"scale": scale, "offset": offset}
    channel, pooled = [], []
    for start, seconds in RANGES:
        t, s, h, _ = get(f"calls-{seconds}")
        a, b = fit_llr(s, h)
        # More speech never makes a score mean less than the same score of shorter speech.
        a = max(a, channel[-1]["scale"]) if channel else a
        channel.append({"min_speech_s": start, "scale": a, "offset": b})
        if seconds >= 4:
            pooled.append((crossed(s, h, t.source.to_numpy()), h))
    metadata["channel_calibration"] = channel
    t, s, h, w = get("calls-32")
    _, _, ph, pw = get("partial")
    # Windows in a row that span STRETCH_S, all of them in the domain.
    # Halves go up, as in Rust.
    n = 1 + max(0, int((STRETCH_S - metadata["window_samples"] / RATE) / (metadata["hop_samples"] / RATE) + 0.5))
    rows = lambda w: np.convolve(np.where(w.domain >= domain, w.score, np.inf), np.ones(n) / n, "valid")
    runs = lambda ws: np.array([min(rows(w)) if len(w.score) >= n else np.inf for w in ws])
    human_runs = scale * np.concatenate([runs(w)[h], runs(pw)[ph]]) + offset
    all_llr, all_human = (np.concatenate([p[k] for p in pooled]) for k in (0, 1))
    b, sp = all_llr[all_human], all_llr[~all_human]
    thresholds = {
        "balanced": (0.5, 0.0, 0.02),
        "low-false-alarm": (0.05, float(np.quantile(b, 0.003)), 0.0),
        "high-recall": (0.8, max(0.0, float(np.quantile(sp, 0.95))), 0.1),
    }
    print("\n| operating point | threshold, LLR | false alarms, % | misses, % |\n|---|---|---|---|")
    for name, (prior, threshold, run_share) in thresholds.items():
        point = metadata["operating_points"][name]
        stretch = float(np.quantile(human_runs, run_share)) - (0.5 if run_share == 0 else 0.0)
        fa, miss = float(np.mean(b < threshold)), float(np.mean(sp >= threshold))
        point |= {
            "spoof_prior": prior, "threshold_llr": threshold, "segment_threshold_llr": min(stretch, threshold),
            "false_alarm_rate": fa, "miss_rate": miss,
            "measured_on": "4 to 32 s of one voice from 70 human and 49 spoof sources unseen in training, cross-validated by source",
        }  # fmt: skip
        print(f"| {name} | {threshold:.2f} | {100 * fa:.2f} | {100 * miss:.1f} |")
    phone = (table.source == "klchang/SpeakerRecognition").to_numpy() | (table.source == "pyannote/pyannote-audio").to_numpy()
    cut = metadata["operating_points"]["low-false-alarm"]["threshold_llr"]
    print(f"\nlow-false-alarm on {phone.sum()} clips of real telephone and meeting speech: {100 * np.mean(llr[phone] < cut):.2f} % false alarms")
    onnx.save(with_metadata(onnx.load(arguments.model), metadata), arguments.model)
    digest = hashlib.sha256(arguments.model.read_bytes()).hexdigest()
    print(f"\nSHA-256 of the ONNX file: `{digest}`")

    _, _, ph, pw = get("partial")
    partial = pd.read_csv(arguments.sets / "partial" / "list.csv", keep_default_na=False)
    print("\n### A clone in part of the call\n")
    tables.partial(partial, [w.score for w in pw], metadata["window_samples"] / RATE, metadata["hop_samples"] / RATE)
    print("\n### Refusing what is doubtful\n")
    t8, s8, h8, _ = get("calls-8")
    tables.abstention(crossed(s8, h8, t8.source.to_numpy()), h8)
    print("\n### What is not one voice speaking\n")
    print("| recordings | refused as out of domain, % |\n|---|---|")
    for name in ("clips", *TELEPHONY, "calls-8", "calls-20"):
        print(f"| {name} | {100 * np.mean([w.refused(domain) for w in get(name)[3]]):.1f} |")
    outside, _, _, windows = get("outside")
    refused = np.array([w.refused(domain) for w in windows])
    for kind in outside.kind.unique():
        print(f"| {kind} | {100 * refused[outside.kind == kind].mean():.1f} |")
    print("\n### Shortcuts given to one class only\n")
    print("| shortcut given to | human clips only, EER % | spoofs only, EER % |\n|---|---|---|")
    for folder in sorted(arguments.sets.glob("flip-*-spoof")):
        shortcut = folder.name.removeprefix("flip-").removesuffix("-spoof")
        cells = []
        for who in ("bonafide", "spoof"):
            _, s, h, _ = get(f"flip-{shortcut}-{who}")
            cells.append(f"{100 * eer(s[h], s[~h]):.1f}")
        print(f"| {shortcut} | {cells[0]} | {cells[1]} |")
    print("\n### By language, clips, balanced threshold (LLR 0)\n")
    tables.by(table, llr, human, "language", least=15)
    print("\n### Human clips by source, balanced threshold\n")
    tables.by(table[human], llr[human], human[human], "source", least=8)
    print("\n### Spoofs by generator, balanced threshold\n")
    tables.by(table[~human], llr[~human], human[~human], "generator", least=5)


if __name__ == "__main__":
    main()
