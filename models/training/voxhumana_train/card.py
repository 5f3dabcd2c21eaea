"""The tables of a model, printed as Markdown: all of them for the notebook, the short ones for the model card."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import binomtest
from voxhumana import metrics

from . import lists
from .examined import Judge, Scored
from .fitting import LOW_FALSE_ALARMS
from .prepare import tables
from .testsets import CODED_LENGTH, LENGTHS, PARTS, SIDE_SECONDS

if TYPE_CHECKING:
    from .measured import Measured


CHANNELS = {"mulaw8k": "mu-law, 8 kHz", "gsm": "GSM", "opus16": "Opus, 16 kbit/s", "mp3_32": "MP3, 32 kbit/s"}
FLIPS = {"band-4k": "band of 4 kHz", "dc": "DC offset", "leading-silence": "leading silence", "mp3": "MP3"}
# Calls of one human voice, without a clone.
NATURAL = tuple(name for name, (_, part, _) in PARTS.items() if not part)
# Lengths of calls in the card, and channels that calls are shown through.
SHORT_LENGTHS, SHORT_CHANNELS = (20,), ("mulaw8k", "gsm", "opus16")
# Operating points of which it has the rates of calls, and the calls with or without a clone that it has.
SHORT_POINTS = ("balanced", "low-false-alarm")
SHORT_PARTS = tuple(name for name in PARTS if name != "part-none-346")


def short(m: Measured) -> None:
    """What the model card shows."""
    calls = [f"{c}/calls-{CODED_LENGTH}" for c in SHORT_CHANNELS]
    points(m)
    lengths(m, [*(f"calls-{n}" for n in SHORT_LENGTHS), *calls], SHORT_POINTS)
    rates(m, ["clips", *SHORT_CHANNELS, f"calls-{CODED_LENGTH}"])
    families(m)
    sides(m)
    parts(m, SHORT_PARTS)
    refusals(m, ["clips"])


def full(m: Measured) -> None:
    """Everything that is measured."""
    points(m)
    lengths(m)
    rates(m, m.names())
    families(m)
    telephone(m)
    sides(m)
    parts(m)
    abstention(m)
    refusals(m, ["clips", *m.channels, "calls-8", "calls-20"], mixed=True)
    shortcuts(m)
    groups(m)
    if m.uncrossed:
        print(f"\nNot cross-validated, for want of sources: {', '.join(sorted(m.uncrossed))}. Their Cllr is too good.")


def split(s: Scored, values: np.ndarray | None = None) -> metrics.Scores:
    """Scores by class, for the metrics."""
    values = s.score if values is None else values
    return metrics.Scores(values[s.human], values[~s.human])


def title(name: str) -> str:
    """A set in words."""
    if name in PARTS or name == "sides":
        return f"{PARTS[name][0]} s, human calls" if name in PARTS else f"{SIDE_SECONDS} s, sides of calls, mu-law"
    *channel, calls = name.split("/") if "/" in name else ("", name)
    length = f"{calls.removeprefix('calls-')} s" if calls.startswith("calls-") else CHANNELS.get(calls, calls).replace("clips", "first 4 s")
    return f"{length}, {CHANNELS.get(channel[0], channel[0])}" if channel[0] else length


def lengths(m: Measured, only: list[str] | None = None, of: tuple[str, ...] | None = None) -> None:
    """Whether a threshold means the same however much speech there is: false alarms and misses by seconds, by the file's own decision."""
    names = [n for n in m.names() if n.startswith("calls-") or n.endswith(f"/calls-{CODED_LENGTH}")]
    names += [n for n in ("sides", *NATURAL) if m.sets.exists(n)]
    points, names = list(of or m.metadata["operating_points"]), [n for n in names if only is None or n in only]
    if not names:
        return
    print(f"\n| speech | human, spoof | {' | '.join(f'`{p}`: false alarms / misses, %' for p in points)} |\n|---|---|{'---|' * len(points)}")
    for name in names:
        s = m.get(name)
        cells = []
        for point in points:
            flagged = np.array([d.verdict == "synthetic" for d in Judge(m.metadata, point).all(s.heard)])
            missed = f"{100 * (~flagged)[~s.human].mean():.1f}" if (~s.human).any() else "–"
            cells.append(f"{100 * flagged[s.human].mean():.1f} / {missed}")
        print(f"| {title(name)} | {s.human.sum()}, {(~s.human).sum()} | {' | '.join(cells)} |", flush=True)


def rates(m: Measured, names: list[str]) -> None:
    """Sets of speech."""
    print("\n| set | EER % (95 % interval) | miss % at 1 % false alarms | Cllr, bits |\n|---|---|---|---|")
    for name in m.names():
        if name in names:
            scores = split(m.get(name))
            low, high = scores.eer_interval(300)
            miss = 100 * scores.at_false_alarm_rate(0.01).miss_rate
            cllr = split(m.get(name), m.crossed(name)).cllr()
            print(f"| {title(name)} | {100 * scores.eer()[0]:.1f} ({100 * low:.1f}–{100 * high:.1f}) | {miss:.1f} | {cllr:.3f} |", flush=True)


def families(m: Measured) -> None:
    """Each family of generators against all human clips."""
    clips = m.get("clips")
    names = sorted(set(clips.table.family[~clips.human]) - {""})
    if names:
        print("\n| family | clips | EER % |\n|---|---|---|")
    for family in names:
        at = (clips.table.family == family).to_numpy() & ~clips.human
        print(f"| {family} | {at.sum()} | {100 * metrics.eer(clips.score[clips.human], clips.score[at]):.1f} |")
    at = ~clips.human & ~lists.has_systems_of(clips.table, tables(m.settings)[0])
    if names and at.any():
        print(f"| systems that training has not | {at.sum()} | {100 * metrics.eer(clips.score[clips.human], clips.score[at]):.1f} |")


def points(m: Measured) -> None:
    """Thresholds and their rates."""
    print("| operating point | threshold, LLR | false alarms, % | misses, % |\n|---|---|---|---|")
    for name, p in m.metadata["operating_points"].items():
        print(f"| {name} | {p['threshold_llr']:.2f} | {100 * p['false_alarm_rate']:.2f} | {100 * p['miss_rate']:.1f} |")


def telephone(m: Measured) -> None:
    """False alarms of the sources of real calls that the configuration names."""
    named, clips = m.settings["data"]["telephone_sources"], m.get("clips")
    at = np.isin(clips.sources, named) & clips.human
    if at.any():
        cut = m.metadata["operating_points"]["low-false-alarm"]["threshold_llr"]
        print(f"\nlow-false-alarm on {at.sum()} clips of real calls ({', '.join(named)}): {100 * np.mean(m.crossed('clips')[at] < cut):.2f} % false alarms")


def sides(m: Measured) -> None:
    """Sides of telephone calls: what can be caught where hardly a human one is flagged."""
    if not m.sets.exists("sides"):
        return
    s = m.get("sides")
    scores = split(s)
    low, high = scores.eer_interval(300)
    caught = 100 - 100 * scores.at_false_alarm_rate(LOW_FALSE_ALARMS).miss_rate
    print(
        f"\nSides of telephone calls ({SIDE_SECONDS} s, mu-law; {s.human.sum()} human of {len(set(s.sources[s.human]))} sources, "
        f"{(~s.human).sum()} synthetic): EER {100 * scores.eer()[0]:.1f} % ({100 * low:.1f}–{100 * high:.1f}); {caught:.0f} % caught where "
        f"{100 * LOW_FALSE_ALARMS:.1f} % of the human ones are flagged."
    )


def parts(m: Measured, only: tuple[str, ...] = tuple(PARTS), point: str = "balanced") -> None:
    """Calls of one human voice, and those in which a clone speaks for a part: found where the verdict is synthetic, or partly synthetic."""
    names = [n for n in only if m.sets.exists(n)]
    if not names:
        return
    judge = Judge(m.metadata, point)
    true = found = both = 0.0
    print("\n| call | calls | verdict synthetic, % | or a part, % (95 % interval) |\n|---|---|---|---|")
    for name in names:
        total, part, _ = PARTS[name]
        table, heard = m.sets.read(name)
        decided = list(judge.all(heard))
        verdict = np.array([d.verdict == "synthetic" for d in decided])
        any_part = verdict | np.array([d.partly_synthetic for d in decided])
        low, high = binomtest(int(any_part.sum()), len(any_part)).proportion_ci(method="wilson")
        words = f"{part} s of clone in {total} s" if part else f"human, {total} s"
        print(f"| {words} | {len(decided)} | {100 * verdict.mean():.1f} | {100 * any_part.mean():.1f} ({100 * low:.1f}–{100 * high:.1f}) |")
        for d, start, end in zip(decided, table.start_s, table.end_s):
            spans = [(s.start_s, s.end_s) for s in d.synthetic_spans]
            true += end - start
            found += sum(b - a for a, b in spans)
            both += sum(max(0.0, min(b, end) - max(a, start)) for a, b in spans)
    if found:
        print(f"\nF1 of the seconds of clone over these calls: {2 * both / (true + found):.2f}.")


def abstention(m: Measured) -> None:
    """Error rate of what is left when the recordings nearest to the threshold are refused."""
    if "calls-8" not in m.names():
        return
    llr, human = m.crossed("calls-8"), m.get("calls-8").human
    wrong, order = (llr >= 0) != human, np.argsort(-np.abs(llr))
    print("\n| refused as doubtful, % | errors of the rest, % (8 s of one voice, threshold 0, classes weighted alike) |\n|---|---|")
    for refused in (0, 10, 20, 30, 50, 70):
        kept = order[: int(len(llr) * (1 - refused / 100))]
        if human[kept].any() and not human[kept].all():
            print(f"| {refused} | {50 * (wrong[kept][human[kept]].mean() + wrong[kept][~human[kept]].mean()):.1f} |")


def refusals(m: Measured, names: list[str], mixed: bool = False) -> None:
    """How much of each set gets no verdict for what it is: no speech, or out of the domain. `mixed`: of speech over something else as well, which
    may have one."""
    judge = Judge(m.metadata)
    refused = lambda decisions: np.array([d.reason in ("no_speech", "out_of_domain") for d in decisions])
    print("\n| refused as no speech or out of domain | of human recordings, % | of spoofs, % |\n|---|---|---|")
    for name in names:
        if m.sets.exists(name):
            table, heard = m.sets.read(name)
            out, human = refused(judge.all(heard)), (table.label == "bonafide").to_numpy()
            print(f"| {title(name).replace('first 4 s', 'clips')} | {100 * out[human].mean():.1f} | {100 * out[~human].mean():.1f} |")
    if m.sets.exists("outside"):
        table, heard = m.sets.read("outside")
        decisions = list(judge.all(heard))
        out, silent = refused(decisions), np.array([d.verdict == "inconclusive" for d in decisions])
        print("\n| not one voice speaking | refused, % | no verdict, % |\n|---|---|---|")
        for kind in (k for k in table.kind.unique() if mixed or " over " not in k):
            of = (table.kind == kind).to_numpy()
            print(f"| {kind} | {100 * out[of].mean():.1f} | {100 * silent[of].mean():.1f} |")


def shortcuts(m: Measured) -> None:
    """What one class alone was given."""
    names = [n for n in flips(m) if all(m.sets.exists(f"flip-{n}-{who}") for who in ("bonafide", "spoof"))]
    if names:
        print("\n| shortcut, given to one class | human clips, EER % | spoofs, EER % |\n|---|---|---|")
    for name in names:
        cells = [f"{100 * split(m.get(f'flip-{name}-{who}')).eer()[0]:.1f}" for who in ("bonafide", "spoof")]
        print(f"| {FLIPS.get(name, name)} | {cells[0]} | {cells[1]} |")


def flips(m: Measured) -> Iterator[str]:
    for folder in sorted(m.sets.folder.glob("flip-*-spoof")):
        yield folder.name.removeprefix("flip-").removesuffix("-spoof")


def groups(m: Measured) -> None:
    """Rates at LLR 0 by language, source and generator."""
    clips, llr = m.get("clips"), m.crossed("clips")
    everyone = np.ones(len(llr), bool)
    for heading, column, at, least in (
        ("By language, clips, balanced threshold (LLR 0)", "language", everyone, 15),
        ("Human clips by source, balanced threshold", "source", clips.human, 8),
        ("Spoofs by generator, balanced threshold", "generator", ~clips.human, 5),
    ):
        by(heading, clips.table[at], llr[at], clips.human[at], column, least)


def by(heading: str, table: pd.DataFrame, llr: np.ndarray, human: np.ndarray, column: str, least: int) -> None:
    """Rates of every group with at least `least` clips."""
    names = table[column].to_numpy(str)
    counts = pd.Series(names).value_counts()
    if not (counts >= least).any() or not any(names):
        return
    print(f"\n#### {heading}\n")
    print(f"| {column} | human clips | false alarms, % | spoof clips | misses, % |\n|---|---|---|---|---|")
    for name, count in counts.items():
        if count < least:
            continue
        cells = []
        for members, wrong in ((human, llr < 0), (~human, llr >= 0)):
            at = (names == name) & members
            cells += [str(at.sum()), f"{100 * wrong[at].mean():.0f}" if at.any() else ""]
        print(f"| {name or '(not stated)'} | {' | '.join(cells)} |")
