"""The map of the official documentation, and what people ask: entries lead to a cell, or say why not."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from course.lessons import ROOT, CourseError, Lesson, all_lessons
from course.making.build import NAMED, read_source
from course.making.glossary import Glossary
from course.making.pages import render
from course.making.signposts import (
    MAP,
    PLACES,
    QUESTIONS,
    RECIPES,
    Cells,
    Entry,
    Map,
    Places,
    questions_text,
    read_questions,
)


@cache
def places() -> dict[Lesson, dict[str, str]]:
    glossary = Glossary.read(ROOT / "docs" / "glossary.md")
    return {lesson: render(lesson, glossary, strict=False).places for lesson in all_lessons()}


@cache
def cells() -> Cells:
    return Cells(places(), (ROOT / RECIPES).read_text(encoding="utf-8"))


def entries() -> list[Entry]:
    asked = [entry for group in read_questions(ROOT) for entry in group.entries]
    return [*Map.read(ROOT).entries, *asked]


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.id)
def test_an_entry_leads_to_cells_that_are_there(entry: Entry) -> None:
    leads = entry.leads(cells())
    assert bool(leads) != bool(entry.why)
    for address, lead in zip(entry.cells, leads, strict=True):
        assert lead.arrives == ("#" in address)


def test_nine_in_ten_lead_to_a_cell_where_their_lesson_is_there() -> None:
    """An entry whose lesson is still to come does not count, until that lesson is there."""
    numbers = {lesson.number for lesson in all_lessons()} | {"recipes"}
    for those in (Map.read(ROOT).entries, [one for group in read_questions(ROOT) for one in group.entries]):
        due = [
            one
            for one in those
            if not one.cells or any(where[:2] in numbers or "#" in where for where in one.cells)
        ]
        without = [one.id for one in due if not any(lead.arrives for lead in one.leads(cells()))]
        assert len(without) <= len(due) / 10, f"name the cells of these: {without}"


def test_no_name_of_a_cell_is_forgotten() -> None:
    named = {
        f"{lesson.number}#{tag}"
        for lesson in all_lessons()
        for cell in read_source(lesson)
        for tag in cell.tags
        if tag.startswith(NAMED)
    }
    led_to = {address for entry in entries() for address in entry.cells}
    assert named - led_to == set()


def test_the_hundred_questions_are_there() -> None:
    assert sum(len(group.entries) for group in read_questions(ROOT)) >= 100


def test_the_map_has_the_official_pages_of_a_day() -> None:
    there = Map.read(ROOT)
    assert len(there.entries) >= 105
    assert there.address.startswith("https://")
    text = there.text(cells())
    assert f"of {there.listed.day} {there.listed:%B %Y}" in text
    assert text.count(f"]({there.address}") == len(there.entries)


def test_five_questions_place_a_reader_and_their_answers_are_run() -> None:
    there = Places.read(ROOT)
    assert len(there.questions) == 5
    for one in there.questions:
        assert cells().lead(one.cell).arrives
        assert one.cell.startswith(f"{one.lesson}#")  # who starts there meets the answer
    text = there.text(cells())
    assert text.count("Start lesson") == 6
    assert "I do not know" in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("right = 2", "right = 4"), "has no choice 4"),
        (('lesson = "04"', 'lesson = "01"'), "out of order: 01, 02, 01, 07, 08, 09"),
        (("because =", "reason ="), "a key is missing or unknown"),
        (('beyond = "09"', ""), "a key is missing or unknown: 'beyond'"),
    ],
)
def test_questions_that_place_nobody_are_refused(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    (tmp_path / "docs").mkdir()
    given = (ROOT / PLACES).read_text(encoding="utf-8")
    (tmp_path / PLACES).write_text(given.replace(*change), encoding="utf-8")
    with pytest.raises(CourseError, match=said):
        Places.read(tmp_path)


# What is refused

SMALL = Lesson("05-small")
TWO = Cells(
    {SMALL: {"cell-patch": "Replace, or change"}},
    "## A slash { #slash }\n\n```python\n## no { #heading }\n```\n",
)


def test_an_address_leads_to_the_very_cell() -> None:
    assert TWO.lead("05#cell-patch").text == "[Lesson 05: Replace, or change](lessons/05-small.md#cell-patch)"
    assert TWO.lead("recipes#slash").text == "[Recipe: A slash](recipes.md#slash)"


def test_a_lesson_to_come_is_no_cell() -> None:
    lead = TWO.lead("14")
    assert (lead.text, lead.arrives) == ("Lesson 14, still to come", False)


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("05#cell-put", "no such cell"),
        ("recipes#heading", "no such recipe"),
        ("recipes", "no such recipe"),
        ("14#cell-proxy", "there is no lesson 14 yet"),
        ("16", "no address"),
        ("05/cell-patch", "no address"),
        ("", "no address"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused(address: str, says: str) -> None:
    with pytest.raises(CourseError, match=says):
        TWO.lead(address)


def test_two_cells_under_one_heading_are_told_apart() -> None:
    cells = Cells({SMALL: {"cell-patch": "Replace", "cell-missing": "Replace"}})
    leads = Entry("?", "So.", ("05#cell-patch", "05#cell-missing"), "", "").leads(cells)
    assert [lead.label for lead in leads] == ["Lesson 05: Replace", "Lesson 05: Replace, another cell"]


def test_a_lesson_that_has_come_is_led_to_as_a_whole_until_its_cell_is_named(tmp_path: Path) -> None:
    lesson = Lesson("05-small", tmp_path)
    lesson.notebook.parent.mkdir()
    lesson.notebook.write_text('{"metadata": {"course": {"title": "Small"}}}')
    lead = Cells({lesson: {}}).lead("05")
    assert (lead.text, lead.arrives) == ("[Lesson 05: Small](lessons/05-small.md)", False)


def test_a_cell_that_is_gone_is_told_with_its_entry() -> None:
    with pytest.raises(CourseError, match=r"How do I PATCH\?: 05#cell-put: "):
        Entry("How do I PATCH?", "So.", ("05#cell-put",), "", "").leads(TWO)


ONE_PAGE = """\
address = "https://docs.example/"
listed = 2026-08-19
official = ["tutorial/body"]

[[group]]
title = "Tutorial"

[[group.page]]
page = "tutorial/body"
title = "Body | and more"
cell = "05#cell-patch"
note = "As `str | None`."
"""
ONE_QUESTION = """\
[[group]]
title = "Reading"

[[group.question]]
asks = "How do I PATCH?"
answer = "So."
popular = "Otherwise."
cell = ["05#cell-patch", "14"]
"""


def write(root: Path, name: Path, text: str) -> Path:
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_text(text, encoding="utf-8")
    return root


def test_a_map_is_a_table_and_says_how_much_has_a_cell(tmp_path: Path) -> None:
    text = Map.read(write(tmp_path, MAP, ONE_PAGE)).text(TWO)
    assert text.startswith("**1 of 1 pages lead to a cell**.\n\n## Tutorial\n")
    assert (
        r"| [Body \| and more](https://docs.example/tutorial/body/) | [Lesson 05: Replace, or change]" in text
    )
    assert "<br><small>As `str | None`.</small> |" in text


def test_a_question_is_a_heading_with_its_answer_and_its_cells(tmp_path: Path) -> None:
    text = questions_text(read_questions(write(tmp_path, QUESTIONS, ONE_QUESTION)), TWO)
    assert (
        "### How do I PATCH?\n\nSo.\n\n**Often said, and not so today:** Otherwise.\n\nRun it: [Lesson 05"
        in text
    )
    assert "; Lesson 14, still to come.\n" in text


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('cell = "05#cell-patch"\n', "", "needs a `cell`, or a reason"),
        ('note = "As `str | None`."', 'why = "None."', "needs a `cell`, or a reason"),
        ('title = "Body | and more"', 'title = " "', "lacks title"),
        ('note = "As', 'notes = "As', "unknown keys: notes"),
        (
            'official = ["tutorial/body"]',
            'official = ["tutorial/body", "async"]',
            "leads from nowhere of: async",
        ),
        ('official = ["tutorial/body"]', "official = []", "no official pages are tutorial/body"),
        (
            "[[group.page]]",
            '[[group.page]]\npage = "tutorial/body"\ntitle = "x"\nwhy = "x"\n[[group.page]]',
            "twice",
        ),
        ("listed = 2026", "listed = x2026", "map.toml: "),
    ],
)
def test_a_map_that_is_not_whole_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert ONE_PAGE.count(old) == 1
    with pytest.raises(CourseError, match=says):
        Map.read(write(tmp_path, MAP, ONE_PAGE.replace(old, new)))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('answer = "So."\n', "", "How do I PATCH.* lacks answer"),
        ('answer = "So."', 'answer = ""', "lacks answer"),
        ('cell = ["05#cell-patch", "14"]', "cell = []", "needs a `cell`, or a reason"),
        (
            "[[group.question]]",
            '[[group.question]]\nasks = "How do I PATCH?"\nanswer = "x"\nwhy = "x"\n[[group.question]]',
            "twice",
        ),
    ],
)
def test_questions_that_are_not_whole_are_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert ONE_QUESTION.count(old) == 1
    with pytest.raises(CourseError, match=says):
        read_questions(write(tmp_path, QUESTIONS, ONE_QUESTION.replace(old, new)))
