"""Fits a finished model to recordings of your own: `voxhumana-train tune --from bundled mine.csv`.

With `--layers last` the network hears as before, and what changes is how it weighs what it hears; with `--layers all` it learns to
hear. Both start from the weights that are there and are held near them. How many steps help is found on groups that were left out:
recordings that share audio, a pair, a speaker or a source are of one group. A CPU is enough.

The table before and after is of recordings whose group was left out; `--elsewhere` says what the tuning cost on other recordings. What
the starting model was trained on is not in its file: figures before tuning are too good if some of it is in your list.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import voxhumana
from sklearn.model_selection import GroupKFold
from voxhumana import metrics

from . import groups, leakage, lists
from .clips import decode_all
from .examined import Heard, Judge, Recordings, hear
from .file_metadata import metadata_of, with_metadata
from .logistic import loss
from .tune_last import LastLayer

# With fewer, what is fitted is luck: an error rate of 10 % on 20 recordings has an interval of 1 % to 32 %.
LEAST_RECORDINGS, LEAST_GROUPS, FOLDS = 20, 3, 5
# The key of the ONNX file under which it stands where the model comes from.
PROVENANCE = "voxhumana_tuned"
# Of 0.001 to 10, measured in the guide's walk: less gains no more on the list and loses other voices.
PULL = 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("list", type=Path, help="CSV with the columns file and label, and best of all source and speaker")
    parser.add_argument("--from", dest="start", default="bundled", help="`bundled`, or the file of a model that `export` wrote (default: %(default)s)")
    parser.add_argument("--layers", choices=("last", "all"), default="last", help="what is fitted: seconds, or minutes and more (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=Path("tuned.onnx"), help="the file (default: %(default)s)")
    parser.add_argument("--elsewhere", type=Path, help="another list, to see what the tuning costs there")
    parser.add_argument("--name", help="of the model, stands in every report (default: that of the starting model, and `-tuned`)")
    parser.add_argument("--pull", type=float, default=PULL, help="how strongly the weights are held where they were (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="recordings examined at once (default: %(default)s)")


def run(arguments: argparse.Namespace) -> None:
    if arguments.start != "bundled" and not Path(arguments.start).is_file():
        raise SystemExit(f"missing {arguments.start}: --from takes `bundled`, or the path of a model that `export` wrote")
    content = voxhumana.bundled_model() if arguments.start == "bundled" else Path(arguments.start).read_bytes()
    model, parent = onnx.load_from_string(content), hashlib.sha256(content).hexdigest()
    metadata = metadata_of(model)
    detector = voxhumana.Detector(content, threads=1)
    embeddings = arguments.layers == "last"
    mine = read(arguments.list, detector, arguments.jobs, embeddings)
    group = groups.of(mine.table, mine.digests)
    refuse_small(mine, group)
    elsewhere = None
    if arguments.elsewhere:
        elsewhere = read(arguments.elsewhere, detector, arguments.jobs, embeddings)
        leaks = leakage.find(mine.table, elsewhere.table, mine.digests, elsewhere.digests)
        leakage.resolve(leaks, mine.table, elsewhere.table, [], [], (arguments.list.name, arguments.elsewhere.name))
    if arguments.layers == "last":
        method = LastLayer(model, metadata, mine, arguments.pull)
    else:
        # PyTorch takes seconds to load.
        from .tune_all import AllLayers

        method = AllLayers(model, metadata, mine, arguments.pull, arguments.jobs)
    held_out, chosen, state = fit(mine, group, method, metadata)
    print(f"\nearly stop: {chosen} {method.unit}, by {len(set(group))} groups in {folds(group)} folds")
    if chosen == 0:
        raise SystemExit("no step helps on groups that were left out: the starting model is the best for this list; nothing was written")
    print(header())
    rates = compare(arguments.list.name, mine, metadata, held_out)
    if elsewhere is not None:
        compare(arguments.elsewhere.name, elsewhere, metadata, method.hear(state, elsewhere, np.arange(len(elsewhere.heard))))
    provenance = {
        "from": {"name": metadata["name"], "version": metadata["version"], "sha256": parent, "training_digest": metadata["training_digest"]},
        "list": lists.digest(mine.table), "recordings": len(mine.table), "groups": len(set(group)), "layers": arguments.layers,
        method.unit: chosen, "pull": arguments.pull,
    }  # fmt: skip
    finish(method.model(state), metadata, arguments, provenance, rates)


def read(path: Path, detector: voxhumana.Detector, jobs: int, embeddings: bool) -> Recordings:
    """A list with what is heard in it; recordings without speech enough are counted and left out."""
    table = lists.read(path)
    clips = decode_all(table)
    digests = [clips.digest(i) for i in range(len(clips))]
    lists.refuse(path, leakage.contradictions(table, digests))
    with ThreadPoolExecutor(jobs) as pool:
        heard = list(pool.map(lambda p: hear(detector, p, embeddings), table.path))
    kept = np.array([len(h.windows) > 0 for h in heard])
    if not kept.all():
        print(f"{path}: {(~kept).sum()} of {len(table)} recordings have too little speech and are left out", flush=True)
    pick = lambda values: [v for v, k in zip(values, kept) if k]
    return Recordings(table[kept].reset_index(drop=True), pick(digests), pick(heard), clips.take(np.flatnonzero(kept)))


def refuse_small(mine: Recordings, group: np.ndarray) -> None:
    """Ends the program where a list is too small to fit anything, or to know whether it helped."""
    for name, side in (("bonafide", mine.human), ("spoof", ~mine.human)):
        recordings, of = int(side.sum()), len(set(group[side]))
        if recordings < LEAST_RECORDINGS or of < LEAST_GROUPS:
            raise SystemExit(
                f"the list has {recordings} {name} recordings in {of} groups; at least {LEAST_RECORDINGS} in {LEAST_GROUPS} are needed. "
                "Recordings that share a speaker, a source (without that column: the folder), a pair or their audio are of one group"
            )


def folds(group: np.ndarray) -> int:
    return min(FOLDS, len(set(group)))


def fit(mine: Recordings, group: np.ndarray, method, metadata: dict) -> tuple[list[Heard], int, object]:
    """Each recording as a model hears it that did not see its group, how many steps help, and what they make of all recordings. How
    many steps a fold takes is chosen by the other folds, so that no group has a say in its own figure."""
    human = mine.human
    tests, heard, losses = [], [], []
    for train, test in GroupKFold(folds(group)).split(human, human, group):
        if human[train].all() or not human[train].any():
            raise SystemExit("one group holds nearly all recordings of a class: name sources or speakers that differ")
        tests.append(test)
        heard.append([method.hear(state, mine, test) for state in method.path(train)])
        losses.append([held_out_loss(each, human, test, metadata) for each in heard[-1]])
    # Weighed by class: a fold may hold one class alone.
    table = np.array(losses)
    held_out: list[Heard] = list(mine.heard)
    for k, test in enumerate(tests):
        best = int(np.delete(table, k, 0).sum((0, 2)).argmin())
        for row, each in zip(test, heard[k][best]):
            held_out[row] = each
    best = int(table.sum((0, 2)).argmin())
    # Without a step there is nothing to make.
    whole = next(state for i, state in enumerate(method.path(np.arange(len(human)))) if i == best)
    return held_out, method.steps[best], whole


def held_out_loss(heard: list[Heard], human: np.ndarray, test: np.ndarray, metadata: dict) -> list[float]:
    """Of the human and of the spoof recordings of a fold: bits, times their share of their class."""
    c, found = metadata["calibration"], []
    for side in (True, False):
        scores = [h.windows.score for h, row in zip(heard, test) if human[row] == side]
        if not scores:
            found.append(0.0)
            continue
        llr = c["scale"] * np.concatenate(scores) + c["offset"]
        each = np.concatenate([np.full(len(s), 1.0 / len(s)) for s in scores])
        found.append(loss(llr, np.full(len(llr), side), each) * len(scores) / (human == side).sum())
    return found


def header() -> str:
    return f"{'':34}{'EER':>24}{'humans called synthetic':>28}{'spoofs missed':>28}"


def compare(name: str, recordings: Recordings, metadata: dict, tuned: list[Heard]) -> dict[str, metrics.Rates]:
    """Prints a line before and one after, by the decisions of the crate at the balanced point; the rates after, by operating point."""
    human, rates = recordings.human, {}
    ends = []
    for when, heard in (("before", recordings.heard), ("after", tuned)):
        decided = list(Judge(metadata).all(heard))
        llr = np.array([d.decision_llr if d.decision_llr is not None else np.nan for d in decided])
        known = ~np.isnan(llr)
        scores = metrics.Scores(llr[known & human], llr[known & ~human])
        low, high = scores.eer_interval()
        ends.append((low, high))
        wrong = lambda side, verdict: share(sum(d.verdict == verdict for d, s in zip(decided, human == side) if s), int((human == side).sum()))
        line = f"{scores.eer()[0]:.1%} ({low:.1%} to {high:.1%})"
        print(f"{name[:26]:27}{when:7}{line:>24}{wrong(True, 'synthetic'):>28}{wrong(False, 'bona_fide'):>28}", flush=True)
        rates = {point: scores.rates_at(p["threshold_llr"]) for point, p in metadata["operating_points"].items()}
    if ends[1][0] > ends[0][1]:
        print(f"{name} has lost more than chance explains: a higher --pull, or some recordings like those of it in the list, may keep it", flush=True)
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
    of = f"{provenance['recordings']} recordings in {provenance['groups']} groups of the list it was tuned on, each by weights that did not see its group"
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
