"""Every verdict on the claims page leads to the one cell that shows it."""

from __future__ import annotations

import re

import pytest

from course.lessons import ROOT, all_lessons
from course.making.build import read_source
from course.making.glossary import Glossary
from course.making.pages import render

PAGE = (ROOT / "docs" / "claims.md").read_text(encoding="utf-8")
LINKS = [
    (row[1], *link)
    for row in re.finditer(r"^\| (\d+) \|.*\| (.*) \|$", PAGE, re.MULTILINE)
    for link in re.findall(r"\(lessons/([\w-]+)\.md#claim-(\d+)\)", row[2])
]
TAGGED = [
    (lesson.slug, tag.removeprefix("claim-"))
    for lesson in all_lessons()
    for cell in read_source(lesson)
    for tag in cell.tags
    if tag.startswith("claim-")
]


def test_every_row_has_its_link() -> None:
    rows = re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)
    assert list(dict.fromkeys(number for number, _, _ in LINKS)) == rows
    assert all(number == linked for number, _, linked in LINKS)
    assert rows == [*map(str, range(1, 19))]


@pytest.mark.parametrize(("number", "slug"), [(number, slug) for number, slug, _ in LINKS])
def test_a_link_leads_to_one_cell(number: str, slug: str) -> None:
    assert TAGGED.count((slug, number)) == 1
    lesson = next(lesson for lesson in all_lessons() if lesson.slug == slug)
    page = render(lesson, Glossary.read(ROOT / "docs" / "glossary.md"), strict=False).text
    assert page.count(f'id="claim-{number}"') == 1


def test_no_tagged_cell_is_forgotten() -> None:
    assert sorted(TAGGED) == sorted((slug, number) for number, slug, _ in LINKS)
