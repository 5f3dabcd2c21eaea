#!/usr/bin/env python3
"""Compares two scans of the same recordings, number by number: `compare_scans.py OLD.jsonl NEW.jsonl`.

For a change that must not change scores: both files are the output of `scan --format jsonl` over one list, before and
after. Every value must be the same to the last digit, but for those named below. Exit code 1 if any other differs.
Needs Python alone.
"""

import json
import math
import sys

#: What depends on the machine, the clock or the model file's own bytes.
IGNORED = {"sha256", "scan_key", "elapsed_s", "times_real_time"}
#: Names of format version 1 and what they are now.
RENAMED = {"segment_threshold_llr": "stretch_threshold_llr"}
#: What later versions add.
ADDED = {"decision_llr", "decided_by", "declared", "crosstalk_s"}


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    old, new = (read(path) for path in sys.argv[1:])
    differences, probabilities, numbers = [], 0, 0
    for path in sorted(old.keys() | new.keys()):
        if path not in old or path not in new:
            differences.append(f"{path}: only in the {'old' if path in old else 'new'} scan")
            continue
        a, b = dict(flat(old[path])), dict(flat(new[path]))
        numbers += len(a)
        for place in sorted(a.keys() | b.keys()):
            if a.get(place, MISSING) == b.get(place, MISSING):
                continue
            # Sums over recordings are taken in the order in which they are finished.
            if path == SUMMARY and place in ("/audio_s", "/speech_s") and math.isclose(a[place], b[place]):
                continue
            if place.endswith("synthetic_probability") and both_under(new[path], place):
                probabilities += 1
            else:
                differences.append(f"{path}: {place}: {a.get(place, MISSING)} -> {b.get(place, MISSING)}")
    print(f"{len(old)} and {len(new)} recordings, {numbers} values of the old scan")
    print(f"{probabilities} probabilities differ where channel and stretch are both under their thresholds")
    print(f"{len(differences)} other differences")
    for difference in differences[:50]:
        print(f"  {difference}")
    sys.exit(bool(differences))


MISSING = "(not there)"
SUMMARY = "(summary)"


def read(path):
    """The records of a scan by recording; the summary is one more."""
    records = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            records[record["data"].get("path", SUMMARY)] = record["data"]
    return records


def flat(value, place=""):
    """Every value below, with its place; names as they are now."""
    if isinstance(value, dict):
        for key, inner in value.items():
            stretch = place.endswith("worst_stretch") and key == "threshold_llr"
            model_name = place == "/model" and key == "name"
            if key in IGNORED or stretch or model_name or key in ADDED:
                continue
            yield from flat(inner, f"{place}/{RENAMED.get(key, key)}")
    elif isinstance(value, list):
        yield f"{place}/length", len(value)
        for i, inner in enumerate(value):
            yield from flat(inner, f"{place}/{i}")
    else:
        yield place, value


def both_under(data, place):
    """Whether a channel and its worst stretch both lie under their thresholds."""
    channel = data["channels"][int(place.split("/")[2])]
    stretch = channel.get("worst_stretch")
    under = channel["llr"] is not None and channel["llr"] < data["threshold_llr"]
    return under and stretch is not None and stretch["llr"] < stretch["threshold_llr"]


if __name__ == "__main__":
    main()
