"""A site without the solutions of some lessons: they are nowhere in it, packed or not."""

from __future__ import annotations

import gzip
import html
import io
import json
import re
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from browser.sites import build
from course.lessons import ROOT, Lesson, all_lessons

WITH = all_lessons()[:2]
WITHOUT = all_lessons()[2:]


def lines_in(text: str) -> set[str]:
    """The lines of a text, without what sets them in."""
    return {" ".join(line.split()) for line in text.splitlines()}


@cache
def own(lesson: Lesson) -> set[str]:
    """Lines that only this lesson's solutions have: no text, hint or starter, and no other's solutions."""
    others = [
        *(path for folder in ("lessons", "course") for path in (ROOT / folder).rglob("*")),
        *(path for pattern in ("*.md", "*.toml") for path in (ROOT / "docs").glob(pattern)),
        *(path for other in all_lessons() if other != lesson for path in other.solutions.rglob("*")),
    ]
    given = [path.read_text(encoding="utf-8") for path in others if path.suffix in (".md", ".py", ".toml")]
    known = set().union(*map(lines_in, given))
    mine = (lines_in(path.read_text(encoding="utf-8")) for path in lesson.solutions.rglob("*.py"))
    found = {line for lines in mine for line in lines if len(line) > 30} - known
    return {line for line in found if not line.startswith(("from ", "import "))}  # packages import alike


def texts(site: Path) -> Iterator[tuple[str, str]]:
    """All that a built site has, by name: what is packed unpacked, pages and notebooks as their text."""
    for path in sorted(site.rglob("*")):
        if path.is_file():
            name, content = path.relative_to(site).as_posix(), path.read_bytes()
            if path.suffix in (".bin", ".gz"):
                content = gzip.decompress(content)
            if content[:2] == b"PK":
                with zipfile.ZipFile(io.BytesIO(content)) as archive:
                    for member in archive.namelist():
                        yield f"{name}:{member}", archive.read(member).decode("utf-8", errors="replace")
                continue
            text = content.decode("utf-8", errors="replace")
            if path.suffix == ".html":
                text = html.unescape(re.sub(r"<[^>]+>", "", text))
            elif path.suffix in (".json", ".ipynb"):
                text = text.replace("\\n", "\n").replace('\\"', '"')
            yield name, text


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a site has that was built with the solutions of two lessons; a third one's folder is not there."""
    folder = tmp_path_factory.mktemp("published") / "clone"
    wrong = build(folder, without=[WITHOUT[0].solutions], SOLUTIONS="01-02")
    assert not wrong, wrong
    return dict(texts(folder / "site"))


def test_what_is_left_out_is_nowhere_in_the_site(site: dict[str, str]) -> None:
    assert any(name.startswith("live/parts/lessons-") for name in site), "nothing runs in the page"
    there = {name: lines_in(text) for name, text in site.items()}
    for lesson in WITHOUT:
        assert len(own(lesson)) >= 10, lesson
        assert {name: lines & own(lesson) for name, lines in there.items() if lines & own(lesson)} == {}
    assert not [name for name in site for lesson in WITHOUT if f"solutions/{lesson.slug}" in name]


def test_what_is_published_is_found_the_same_way(site: dict[str, str]) -> None:
    for lesson in WITH:
        found = {name for name, text in site.items() if lines_in(text) & own(lesson)}
        assert f"lessons/{lesson.slug}/index.html" in found
        assert any(name.endswith(f":solutions/{lesson.slug}/exercises.py") for name in found)


def test_the_page_says_so_at_each_task(site: dict[str, str]) -> None:
    for lesson in all_lessons():
        text = site[f"lessons/{lesson.slug}/index.html"]
        told = 0 if lesson in WITH else len(set(lesson.tasks) - set(lesson.milestones))
        assert text.count("The solution is not published yet.") == told, lesson
        assert ("Solution, and why" in text) == (lesson in WITH)


def test_the_search_does_not_tell_it_either(site: dict[str, str]) -> None:
    index = json.dumps(site["search/search_index.json"])
    assert "Trail" in index and "Solution, and why" not in index
