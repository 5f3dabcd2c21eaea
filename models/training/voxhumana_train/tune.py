"""Fits the last layer of a finished model to recordings of your own: `voxhumana-train tune --from bundled mine.csv`.

The network hears as before; what changes is how it weighs what it hears (the layer from the embedding to the score), starting from
the weights that are there and held near them. How many steps help is found on groups that were left out: recordings that share audio,
a pair, a speaker or a source are of one group. Minutes on a CPU, and no GPU.

The table before and after is of recordings whose group was left out; `--elsewhere` says what the tuning cost on other recordings. What
the starting model was trained on is not in its file: figures before tuning are too good if some of it is in your list.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import onnx
import pandas as pd
import voxhumana
from sklearn.model_selection import GroupKFold
from voxhumana import metrics

from . import groups, last_layer, leakage, lists
from .clips import decode_all
from .examined import Heard, Judge, hear
from .export import metadata_of, with_metadata
from .logistic import STEPS, Layer, balanced, loss, steps

# With fewer, what is fitted is luck: an error rate of 10 % on 20 recordings has an interval of 1 % to 32 %.
LEAST_RECORDINGS, LEAST_GROUPS, FOLDS = 20, 3, 5
# The key of the ONNX file under which it stands where the model comes from.
PROVENANCE = "voxhumana_tuned"
PULL = 1e-3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("list", type=Path, help="CSV with the columns file and label, and best of all source and speaker")
    parser.add_argument("--from", dest="start", default="bundled", help="`bundled`, or the file of a model that `export` wrote (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=Path("tuned.onnx"), help="the file (default: %(default)s)")
    parser.add_argument("--elsewhere", type=Path, help="another list, to see what the tuning costs there")
    parser.add_argument("--name", help="of the model, stands in every report (default: that of the starting model, and `-tuned`)")
    parser.add_argument("--pull", type=float, default=PULL, help="how strongly the weights are held where they were (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="recordings examined at once (default: %(default)s)")


@dataclass
class Recordings:
    """A list, and what the starting model hears in those of its recordings that can be scored."""

    table: pd.DataFrame
    digests: list[str]
    heard: list[Heard]

    @property
    def human(self) -> np.ndarray:
        return (self.table.label == "bonafide").to_numpy()

    def windows(self) -> tuple[np.ndarray, np.ndarray]:
        """The embeddings of all windows, and the recording that each is of."""
        counts = [len(h.windows) for h in self.heard]
        return np.concatenate([h.windows.embedding for h in self.heard]).astype(np.float64), np.repeat(np.arange(len(counts)), counts)


def run(arguments: argparse.Namespace) -> None:
    content = voxhumana.bundled_model() if arguments.start == "bundled" else Path(arguments.start).read_bytes()
    model, parent = onnx.load_from_string(content), hashlib.sha256(content).hexdigest()
    metadata = metadata_of(model)
    detector = voxhumana.Detector(content, threads=1)
    mine = read(arguments.list, detector, arguments.jobs)
    group = groups.of(mine.table, mine.digests)
    refuse_small(mine, group)
    elsewhere = None
    if arguments.elsewhere:
        elsewhere = read(arguments.elsewhere, detector, arguments.jobs)
        leaks = leakage.find(mine.table, elsewhere.table, mine.digests, elsewhere.digests)
        leakage.resolve(leaks, mine.table, elsewhere.table, [], [])
    start = calibrated(*last_layer.read(model), metadata)
    held_out, chosen, layer = fit(mine, group, start, arguments.pull)
    print(f"\nearly stop: {chosen} steps, by {len(set(group))} groups in {folds(group)} folds")
    if chosen == 0:
        raise SystemExit("no step helps on groups that were left out: the starting model is the best for this list; nothing was written")
    print(header())
    rates = compare(arguments.list.name, mine, metadata, start, held_out)
    if elsewhere is not None:
        compare(arguments.elsewhere.name, elsewhere, metadata, start, [layer] * len(elsewhere.heard))
    weights, offset = uncalibrated(layer, metadata)
    last_layer.write(model, weights, offset)
    provenance = {
        "from": {"name": metadata["name"], "version": metadata["version"], "sha256": parent, "training_digest": metadata["training_digest"]},
        "list": lists.digest(mine.table), "recordings": len(mine.table), "groups": len(set(group)), "steps": chosen, "pull": arguments.pull,
    }  # fmt: skip
    finish(model, metadata, arguments, provenance, rates)


def read(path: Path, detector: voxhumana.Detector, jobs: int) -> Recordings:
    """A list with what is heard in it; recordings without speech enough are counted and left out."""
    table = lists.read(path)
    clips = decode_all(table)
    digests = [clips.digest(i) for i in range(len(clips))]
    lists.refuse(path, leakage.contradictions(table, digests))
    with ThreadPoolExecutor(jobs) as pool:
        heard = list(pool.map(lambda p: hear(detector, p, embeddings=True), table.path))
    kept = np.array([len(h.windows) > 0 for h in heard])
    if not kept.all():
        print(f"{path}: {(~kept).sum()} of {len(table)} recordings have too little speech and are left out", flush=True)
    pick = lambda values: [v for v, k in zip(values, kept) if k]
    return Recordings(table[kept].reset_index(drop=True), pick(digests), pick(heard))


def refuse_small(mine: Recordings, group: np.ndarray) -> None:
    """Ends the program where a list is too small to fit anything, or to know whether it helped."""
    for name, side in (("bonafide", mine.human), ("spoof", ~mine.human)):
        recordings, of = int(side.sum()), len(set(group[side]))
        if recordings < LEAST_RECORDINGS or of < LEAST_GROUPS:
            raise SystemExit(
                f"the list has {recordings} {name} recordings in {of} groups; at least {LEAST_RECORDINGS} in {LEAST_GROUPS} are needed. "
                "Recordings that share a speaker, a source (without that column: the folder), a pair or their audio are of one group"
            )


def calibrated(weights: np.ndarray, offset: float, metadata: dict) -> Layer:
    """The layer that gives the log-likelihood ratio of a window: what is fitted stays calibrated."""
    c = metadata["calibration"]
    return Layer(weights * c["scale"], offset * c["scale"] + c["offset"])


def uncalibrated(layer: Layer, metadata: dict) -> tuple[np.ndarray, float]:
    """Its numbers in the model, which stand before the calibration."""
    c = metadata["calibration"]
    return layer.weights / c["scale"], (layer.offset - c["offset"]) / c["scale"]


def folds(group: np.ndarray) -> int:
    return min(FOLDS, len(set(group)))


def fit(mine: Recordings, group: np.ndarray, start: Layer, pull: float) -> tuple[list[Layer], int, Layer]:
    """The layer for each recording that did not see its group, how many steps help, and the layer of all recordings. How many steps a
    fold takes is chosen by the other folds, so that no group has a say in its own figure."""
    x, recording = mine.windows()
    human = mine.human
    spread = np.maximum(x.std(0), 1e-3 * max(x.std(), 1e-9))
    one = lambda rows: np.isin(recording, rows)
    paths, losses, tests = [], [], []
    for train, test in GroupKFold(folds(group)).split(human, human, group):
        if human[train].all() or not human[train].any():
            raise SystemExit("one group holds nearly all recordings of a class: name sources or speakers that differ")
        inside = one(train)
        side = human[recording[inside]]
        path = steps(start, x[inside], side, balanced(side, recording[inside]), spread, pull)
        paths.append(path)
        tests.append(test)
        losses.append([held_out_loss(layer, x, recording, human, test) for layer in path])
    # Weighed by class: a fold may hold one class alone.
    table = np.array(losses)
    layers: list[Layer] = [start] * len(human)
    for k, test in enumerate(tests):
        best = int(np.delete(table, k, 0).sum((0, 2)).argmin())
        for row in test:
            layers[row] = paths[k][best]
    best = int(table.sum((0, 2)).argmin())
    side = human[recording]
    whole = steps(start, x, side, balanced(side, recording), spread, pull)
    return layers, STEPS[best], whole[best]


def held_out_loss(layer: Layer, x: np.ndarray, recording: np.ndarray, human: np.ndarray, test: np.ndarray) -> list[float]:
    """Of the human and of the spoof recordings of a fold: bits, times their share of their class."""
    found = []
    for side in (True, False):
        rows = test[human[test] == side]
        inside = np.isin(recording, rows)
        if not inside.any():
            found.append(0.0)
            continue
        each = 1.0 / np.bincount(recording[inside])[recording[inside]]
        found.append(loss(layer.llr(x[inside]), np.full(inside.sum(), side), each) * len(rows) / (human == side).sum())
    return found


def rescored(heard: Heard, layer: Layer, metadata: dict) -> Heard:
    c = metadata["calibration"]
    score = (layer.llr(heard.windows.embedding.astype(np.float64)) - c["offset"]) / c["scale"]
    return replace(heard, windows=replace(heard.windows, score=score))


def header() -> str:
    return f"{'':34}{'EER':>24}{'humans called synthetic':>28}{'spoofs missed':>28}"


def compare(name: str, recordings: Recordings, metadata: dict, start: Layer, tuned: list[Layer]) -> dict[str, metrics.Rates]:
    """Prints a line before and one after, by the decisions of the crate at the balanced point; the rates after, by operating point."""
    human, rates = recordings.human, {}
    for when, layers in (("before", [start] * len(tuned)), ("after", tuned)):
        heard = [rescored(h, layer, metadata) for h, layer in zip(recordings.heard, layers)]
        decided = list(Judge(metadata).all(heard))
        llr = np.array([d.decision_llr if d.decision_llr is not None else np.nan for d in decided])
        known = ~np.isnan(llr)
        scores = metrics.Scores(llr[known & human], llr[known & ~human])
        low, high = scores.eer_interval()
        wrong = lambda side, verdict: share(sum(d.verdict == verdict for d, s in zip(decided, human == side) if s), int((human == side).sum()))
        line = f"{scores.eer()[0]:.1%} ({low:.1%} to {high:.1%})"
        print(f"{name[:26]:27}{when:7}{line:>24}{wrong(True, 'synthetic'):>28}{wrong(False, 'bona_fide'):>28}", flush=True)
        rates = {point: scores.rates_at(p["threshold_llr"]) for point, p in metadata["operating_points"].items()}
    return rates


def share(count: int, of: int) -> str:
    """A share and its interval of 95 % (Wilson 1927)."""
    z = 1.959964
    middle = (count + z * z / 2) / (of + z * z)
    half = z * np.sqrt(count * (of - count) / of + z * z / 4) / (of + z * z)
    return f"{count}/{of} ({max(middle - half, 0):.1%} to {min(middle + half, 1):.1%})"


def finish(model: onnx.ModelProto, metadata: dict, arguments: argparse.Namespace, provenance: dict, rates: dict) -> None:
    """Writes the file, whole or not at all."""
    metadata["name"] = arguments.name or f"{metadata['name']}-tuned"
    metadata["version"] = f"{metadata['version']}+{provenance['list'][:8]}"
    metadata["training_digest"] = hashlib.sha256(f"{provenance['from']['training_digest']}{provenance['list']}".encode()).hexdigest()
    # The range in which the calibration was seen to hold is that of other weights.
    metadata.pop("score_range", None)
    of = f"{provenance['recordings']} recordings in {provenance['groups']} groups of the list it was tuned on, each by a layer that did not see its group"
    for point, found in rates.items():
        metadata["operating_points"][point] |= {"false_alarm_rate": found.false_alarm_rate, "miss_rate": found.miss_rate, "measured_on": of}
    with_metadata(model, metadata)
    entry = model.metadata_props.add()
    entry.key, entry.value = PROVENANCE, json.dumps(provenance, sort_keys=True)
    partial = arguments.out.with_suffix(".partial.onnx")
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, partial)
    # What the crate refuses is no model.
    voxhumana.Detector(partial)
    partial.rename(arguments.out)
    print(f"\n{arguments.out}: {metadata['name']} {metadata['version']}, SHA-256 {hashlib.sha256(arguments.out.read_bytes()).hexdigest()}")
