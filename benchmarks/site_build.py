"""Building the site, beside an empty mkdocs-material site of as many pages.

Both are built strictly, each by a process of its own, as `course site --build` does it. The floor has
the same theme and search and a heading on each page. What the course adds is its lessons: Markdown with
highlighted code, and the writing of their pages.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.common import ROOT, Row, medians, timed

EMPTY = """\
site_name: Empty
theme:
  name: material
  font: false
"""


def run(repeat: int) -> list[Row]:
    """Build the course's site and the empty one in turn."""
    with tempfile.TemporaryDirectory(prefix="course-") as scratch:
        folder = Path(scratch)
        build(ROOT, folder / "first")  # pages are written, modules compiled
        pages = len(list((folder / "first").rglob("index.html"))) - 1  # the frame for Swagger UI is no page
        empty = folder / "empty"
        (empty / "docs").mkdir(parents=True)
        (empty / "mkdocs.yml").write_text(EMPTY, encoding="utf-8")
        for number in range(pages):
            name = f"page-{number}.md" if number else "index.md"
            (empty / "docs" / name).write_text(f"# Page {number}\n", encoding="utf-8")
        build(empty, folder / "second")
        seconds, floor = medians(
            repeat,
            timed(lambda: build(ROOT, folder / "course")),
            timed(lambda: build(empty, folder / "floor")),
        )
    return [Row(f"site build, {pages} pages", seconds, "an empty mkdocs-material site", floor)]


def build(root: Path, target: Path) -> None:
    """Build the site of `root` into `target`.

    Raises:
        subprocess.CalledProcessError: it could not be built.
    """
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(target)],
        cwd=root,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        check=True,
    )
