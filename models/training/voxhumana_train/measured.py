"""A model on its test sets: scores, calibration, thresholds."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import onnx
from voxhumana import metrics

from . import fitting, model_file
from .examined import Heard, Scored, Sets, scored
from .file_metadata import metadata_of, with_metadata
from .testsets import CODED_LENGTH, LENGTHS, PARTS

# Shortest call, in seconds, whose rates the operating points state.
POOLED_FROM_S = 4


class Measured:
    """A model on its test sets."""

    def __init__(self, model: Path, folder: Path, settings: dict, jobs: int, frozen: dict | None = None):
        """`frozen`: metadata of a calibration that saw other recordings; without, this fits one on these, and rates are cross-validated."""
        self.model, self.settings, self.graph, self.frozen = model, settings, onnx.load(model), frozen is not None
        self.channels = settings["data"]["dev_channels"]
        # By the graph: calibration changes the metadata, another export the graph.
        digest = hashlib.sha256(self.graph.graph.SerializeToString()).hexdigest()[:8]
        self.sets = Sets(model, folder, model.with_suffix(f".{digest}.scores") / folder.name, jobs)
        self.metadata = frozen or metadata_of(self.graph)
        self.cache: dict[str, Scored] = {}
        self.uncrossed: set[str] = set()
        if frozen is None:
            self._fit()
        else:
            self._rates_of_the_frozen()

    def get(self, name: str) -> Scored:
        """Scores of a set by the threshold of the domain that was found."""
        if name not in self.cache:
            self.cache[name] = scored(self.sets, name, self.metadata)
        return self.cache[name]

    def crossed(self, name: str) -> np.ndarray:
        """LLRs of a set by a calibration that did not see its sources."""
        if self.frozen:
            return fitting.llrs(self.metadata, self.get(name).heard)
        llr, could = fitting.crossed(self.get(name))
        if not could:
            self.uncrossed.add(name)
        return llr

    def names(self) -> list[str]:
        """Sets of speech that are there."""
        every = ["clips", *self.channels, *(f"calls-{n}" for n in LENGTHS), *(f"{c}/calls-{CODED_LENGTH}" for c in self.channels)]
        return [name for name in every if self.sets.exists(name) and fitting.enough(self.get(name))]

    def _fit(self) -> None:
        table, heard = self.sets.read("clips")
        spoken = np.array([len(h.windows) > 0 for h in heard])
        if not spoken.any():
            raise SystemExit("no speech is found in the dev clips: are these recordings speech?")
        human = (table.label == "bonafide").to_numpy()[spoken]
        self.metadata["domain_threshold"] = fitting.domain_threshold(self.metadata, [h for h in heard if len(h.windows)], human)
        clips = self.get("clips")
        if not fitting.enough(clips):
            raise SystemExit(f"dev has {clips.human.sum()} human and {(~clips.human).sum()} spoof clips with speech; {fitting.LEAST} of each are needed")
        # The window calibration must hold on the telephone too: half of its weight is coded speech.
        window = fitting.fit(*fitting.together([clips, *(self.get(n) for n in self.channels)]))
        if window is None:
            raise SystemExit("the scores of the dev clips do not rise from spoofs to human speech: the network has not learnt yet")
        self.metadata["calibration"] = window._asdict()
        calls = {n: [self.get(name) for name in self._calls(n)] for _, n in fitting.RANGES if self.sets.exists(f"calls-{n}")}
        self.metadata["channel_calibration"] = fitting.channel_calibration(calls, clips)
        self._points()

    def _calls(self, seconds: int) -> list[str]:
        """Calls of one length, as they are and through the channels."""
        return [name for c in ("", *self.channels) if self.sets.exists(name := f"{c}/calls-{seconds}".lstrip("/"))]

    def _pooled(self) -> tuple[np.ndarray, np.ndarray, str]:
        """LLRs of calls of all lengths, whether they are human, and what they are."""
        lengths = [n for _, n in fitting.RANGES if n >= POOLED_FROM_S and f"calls-{n}" in self.names()]
        names = [name for n in lengths for name in self._calls(n)] or ["clips"]
        # By the calibration that the file gets: what cross-validation would change of it is less than what a length changes.
        llr = np.concatenate([fitting.llrs(self.metadata, self.get(n).heard) for n in names])
        human = np.concatenate([self.get(n).human for n in names])
        sources = [len({s for n in names for s in self.get(n).sources[self.get(n).human == is_human]}) for is_human in (True, False)]
        spoken = f"{lengths[0]} to {lengths[-1]} s of one voice" if lengths else "clips of up to 4 s"
        if len(names) > len(lengths) > 0:
            spoken += " as it is and through codecs"
        return llr, human, f"{spoken} from {sources[0]} human and {sources[1]} spoof sources of the dev list"

    def _heard(self, names: list[str]) -> list[Heard]:
        """The human recordings of these sets."""
        return [h for n in names if self.sets.exists(n) for h, human in zip(self.get(n).heard, self.get(n).human) if human]

    def _points(self) -> None:
        llr, human, measured_on = self._pooled()
        long_speech = self._heard([*self._calls(32), "part-none-60"])
        stretches = fitting.human_stretches(self.metadata, long_speech)
        self.metadata["operating_points"] = fitting.operating_points(self.metadata, llr, human, stretches, f"{measured_on}, on which it was set")
        if human.sum() * fitting.LOW_FALSE_ALARMS < 1:
            print(f"low-false-alarm rests on {human.sum()} human recordings: {100 * fitting.LOW_FALSE_ALARMS} % of them are less than one", flush=True)
        if not len(stretches):
            print("no long human speech in dev: no stretch of a call decides by itself", flush=True)
        self.metadata["decision_rules"].pop("part", None)
        rule = fitting.part_rule([self.get(n) for n in ("clips", *self.channels)])
        calls = self._heard([*(n for n, (_, part, _) in PARTS.items() if not part), *self._calls(32)])
        if rule is None or not calls:
            print("too few voices, or no long human speech: no clone in a part of a call is looked for", flush=True)
            return
        self.metadata["decision_rules"]["part"] = rule
        for point, threshold in fitting.part_thresholds(self.metadata, calls).items():
            self.metadata["operating_points"][point]["part_threshold_llr"] = threshold

    def _rates_of_the_frozen(self) -> None:
        """The rates of thresholds that were set on other recordings."""
        llr, human, measured_on = self._pooled()
        scores = metrics.Scores(llr[human], llr[~human])
        for point in self.metadata["operating_points"].values():
            rates = scores.rates_at(point["threshold_llr"])
            point |= {"false_alarm_rate": rates.false_alarm_rate, "miss_rate": rates.miss_rate, "measured_on": f"{measured_on}, set on other sources"}

    def write(self) -> None:
        """Puts the metadata into the file."""
        model_file.write(with_metadata(self.graph, self.metadata), self.model)
