#!/usr/bin/env python3
"""The documents hold what they promise.

Relative links lead somewhere, and those of the guide stay inside it, so that the book can be moved; README and the model card keep their
length, and the card names the model's digest; no spot is left to be filled; commands in console blocks have only flags that the program has.

    .ci/papers.py [PROGRAM]      PROGRAM: target/release/voxhumana; without it, flags are not looked at
"""

import hashlib
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GUIDE = ROOT / "docs" / "guide" / "src"
MOST_LINES = {"README.md": 150}
MOST_WORDS = {"models/README.md": 900}


def documents():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return [ROOT / name for name in listed.stdout.split() if (ROOT / name).exists()]


def anchors(text):
    """Of each heading, as GitHub and mdBook make them."""
    heads = re.findall(r"^#+ (.*)$", text, flags=re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def links(document, text):
    prose = re.sub(r"```.*?```", "", text, flags=re.S)
    for link in re.findall(r"\]\(([^)\s]+)\)", prose):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (document.parent / name).resolve() if name else document
        if not target.exists():
            yield f"{link} is not there"
        elif anchor and anchor not in anchors(target.read_text()):
            yield f"{link} has no such heading"
        elif GUIDE in document.parents and GUIDE not in target.parents:
            yield f"{link} leaves the guide"


def help_of(program, verb, known={}):
    """What a verb's help says, or without a verb that of the command."""
    if verb not in known:
        known[verb] = subprocess.run([program, *verb, "--help"], capture_output=True, text=True).stdout
    return known[verb]


def flags(text, program):
    verbs = set(re.findall(r"^  ([a-z]+) ", help_of(program, ()), flags=re.M)) - {"help"}
    for block in re.findall(r"```console\n(.*?)```", text, flags=re.S):
        for command in re.findall(r"\bvoxhumana (.*?)(?:$|[|>])", block, flags=re.M):
            first = command.split()[0]
            said = help_of(program, (first if first in verbs else "scan",))
            for flag in re.findall(r"(?<=\s)--?[a-z][\w-]*", " " + command):
                if not re.search(rf"(?<![\w-]){flag}(?![\w-])", said):
                    yield f"`voxhumana {command.strip()}` has no flag {flag}"


def model_digest():
    return hashlib.sha256((ROOT / "models" / "voxhumana.onnx").read_bytes()).hexdigest()


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else None
    problems = []
    for document in documents():
        name = document.relative_to(ROOT).as_posix()
        text = document.read_text()
        found = list(links(document, text))
        if "MEASURE:" in text:
            found.append("has a spot left to be filled (MEASURE:)")
        if len(text.splitlines()) > MOST_LINES.get(name, 10**9):
            found.append(f"has {len(text.splitlines())} lines, more than {MOST_LINES[name]}")
        if len(text.split()) > MOST_WORDS.get(name, 10**9):
            found.append(f"has {len(text.split())} words, more than {MOST_WORDS[name]}")
        if name == "models/README.md" and model_digest() not in text:
            found.append(f"does not name the model's SHA-256, {model_digest()}")
        if program:
            found += flags(text, program)
        problems += [f"{name}: {problem}" for problem in found]
    print(*problems, sep="\n", end="\n" if problems else "")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
