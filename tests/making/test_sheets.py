"""The sheet of paper of a lesson: made from the lesson, with the words that it has first."""

from __future__ import annotations

import pytest

from course.lessons import CourseError, Lesson, all_lessons
from course.making import sheets
from course.making.planning import goals

FIRST, SECOND = all_lessons()[:2]


def term(word: str, entry: str) -> str:
    return f'An [{word}](../glossary.md#{entry} "What {entry} means."){{ .term }}.'


def test_a_sheet_has_goals_recap_and_new_words() -> None:
    pages = [
        (FIRST, term("endpoints", "endpoint")),
        (SECOND, term("endpoint", "endpoint") + term("app", "app")),
    ]
    made = dict(sheets.sheets(pages, {"endpoint": "endpoint", "app": "ASGI app"}))
    first, second = made[FIRST.slug], made[SECOND.slug]
    assert goals(FIRST) in first
    assert "## Recap\n\n- An endpoint is a function with a decorator" in first
    assert '<dt markdown="span">endpoint</dt><dd markdown="span">What endpoint means.</dd>' in first
    assert "What endpoint means" not in second
    assert '<dt markdown="span">ASGI app</dt>' in second


def test_a_lesson_without_new_words_has_no_heading_for_them() -> None:
    [(_, made)] = sheets.sheets([(FIRST, "")], {})
    assert "New words" not in made


def test_a_lesson_without_a_recap_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lesson, "cells", [])
    with pytest.raises(CourseError, match="has no list below `## Recap`"):
        sheets.recap(Lesson("01-first-api"))


def test_the_list_leads_to_each() -> None:
    assert f"- [01 {FIRST.title}](lessons/sheets/{FIRST.slug}.md)\n" in sheets.listed([FIRST, SECOND])
