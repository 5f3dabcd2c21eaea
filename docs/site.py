#!/usr/bin/env python3
"""Builds the documentation as one folder of pages that need no network: the guide, the Python package, the crate.

    docs/site.py [FOLDER] [--rust] [--check]

FOLDER is target/site unless it is named. `--rust` builds the crate's pages as well, by `cargo doc`. `--check` only looks for broken links
in a site that is there. Needs the wheel, pdoc and markdown2 (`pip install pdoc markdown2`). Ends with 1 if a link is broken.
"""

import argparse
import html.parser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parents[1]
GUIDE = ROOT / "docs" / "guide" / "src"
# Of the others that are public, the package's own list knows.
MODULES = ("voxhumana", "voxhumana.sklearn")
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
<style>
body {{ font: 16px/1.55 system-ui, sans-serif; margin: 0; display: grid; grid-template-columns: 15rem minmax(0, 50rem); gap: 2rem; color: #222 }}
nav {{ background: #f4f4f2; padding: 1.5rem 1rem; min-height: 100vh }} nav ul {{ list-style: none; padding-left: 0.6rem }}
main {{ padding: 1rem 1rem 4rem }} pre {{ background: #f4f4f2; padding: 0.8rem; overflow-x: auto }} code {{ font-size: 0.92em }}
table {{ border-collapse: collapse }} td, th {{ border: 1px solid #ddd; padding: 0.25rem 0.6rem; text-align: left; vertical-align: top }}
a {{ color: #0072B2 }} @media (max-width: 50rem) {{ body {{ display: block }} nav {{ min-height: 0 }} }}
</style></head><body><nav>{nav}</nav><main>{body}</main></body></html>
"""


def markdown(text):
    import markdown2

    made = markdown2.markdown(text, extras=["tables", "fenced-code-blocks", "header-ids", "code-friendly", "cuddled-lists"])
    # Pages link to each other by their sources.
    return re.sub(r'href="([\w./-]+)\.md(#[^"]*)?"', lambda m: f'href="{m[1]}.html{m[2] or ""}"', made)


def guide(out):
    """A page for each chapter, with the summary beside it."""
    nav = '<p><a href="../index.html">All documentation</a></p>' + markdown((GUIDE / "SUMMARY.md").read_text(encoding="utf-8"))
    out.mkdir(parents=True)
    for source in sorted(GUIDE.glob("*.md")):
        text = source.read_text(encoding="utf-8")
        title = re.search(r"^# (.*)$", text, flags=re.M)
        page = PAGE.format(title=title[1] if title else source.stem, nav=nav, body=markdown(text))
        (out / f"{source.stem}.html").write_text(page, encoding="utf-8")


def python(out):
    """The package's reference."""
    import pdoc

    pdoc.render.configure(docformat="numpy", show_source=False, search=True)
    pdoc.pdoc(*MODULES, output_directory=out)


def rust(out):
    """The crate's reference."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    subprocess.run(["cargo", "doc", "--release", "--no-deps", "--package", "voxhumana", "--features", "evidence"], cwd=ROOT, check=True)
    shutil.copytree(target / "doc", out)


def index(out):
    parts = [("guide/introduction.html", "The guide", "how to scan, read results, choose a threshold, bring a model of your own")]
    parts.append(("python/voxhumana.html", "The Python package", "every function and class, with an example"))
    if (out / "rust").exists():
        parts.append(("rust/voxhumana/index.html", "The crate", "the Rust library"))
    items = "".join(f'<li><a href="{href}">{name}</a>: {words}</li>' for href, name, words in parts)
    (out / "index.html").write_text(PAGE.format(title="voxhumana", nav="", body=f"<h1>voxhumana</h1><ul>{items}</ul>"), encoding="utf-8")


class Links(html.parser.HTMLParser):
    """Where a page leads, and what can be led to in it."""

    def __init__(self, text):
        super().__init__()
        self.links, self.anchors = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("href", "src") and value:
                self.links.append(value)
            elif name in ("id", "name") and value:
                self.anchors.add(value)


def broken(out):
    """Links of the guide, the index and the Python pages that lead nowhere; rustdoc checks its own."""
    pages = {page: Links(page.read_text(encoding="utf-8")) for page in out.rglob("*.html") if "rust" not in page.relative_to(out).parts[:1]}
    for page, found in sorted(pages.items()):
        for link in found.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or link.startswith("#") and not parts.fragment:
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            if not target.exists():
                yield f"{page.relative_to(out)}: {link} is not there"
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
                yield f"{page.relative_to(out)}: {link} has no such place"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "target" / "site")
    parser.add_argument("--rust", action="store_true", help="the crate's pages as well")
    parser.add_argument("--check", action="store_true", help="only look for broken links")
    arguments = parser.parse_args()
    out = arguments.folder.resolve()
    if not arguments.check:
        # Only what an earlier run made is replaced.
        if out.exists() and not (out / "guide" / "SUMMARY.html").exists() and any(out.iterdir()):
            sys.exit(f"{out} holds something else; name another folder")
        shutil.rmtree(out, ignore_errors=True)
        guide(out / "guide")
        python(out / "python")
        if arguments.rust:
            rust(out / "rust")
        index(out)
    problems = list(broken(out))
    print("\n".join(problems) or f"{out / 'index.html'}: no link is broken")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
