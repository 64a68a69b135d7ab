"""Plans for a class: counted, in an order that the lessons allow, and refused where they are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from course.lessons import ROOT, CourseError, all_lessons, find_lesson
from course.making.planning import PLANS, fit, goals, needed, plans_text, read_plans

LESSONS = all_lessons()


def test_each_lesson_says_what_it_teaches_and_needs() -> None:
    for lesson in LESSONS:
        assert 3 <= goals(lesson).count("\n- ") + 1 <= 6, lesson.slug
        assert all(number < lesson.number for number in needed(lesson)), lesson.slug
    assert needed(find_lesson("07")) == ["01", "02", "03", "04", "05"]
    assert needed(find_lesson("09")) == ["02", "05", "07"]


def test_the_table_adds_up() -> None:
    last = next(line for line in fit(LESSONS).splitlines() if line.startswith("| **all**,"))
    cells = [cell.strip() for cell in last.split("|")]
    assert int(cells[2]) == sum(lesson.minutes.reading for lesson in LESSONS)
    assert int(cells[6]) == sum(len(lesson.tasks) for lesson in LESSONS)


def test_plans_for_an_afternoon_and_for_four_eight_and_twelve_meetings() -> None:
    plans = read_plans(ROOT, LESSONS)
    assert [len(plan.together) for plan in plans] == [3, 4, 8, 12]
    text = plans_text(plans, LESSONS)
    assert text.count("### ") == len(plans)
    assert "first sitting" in text and "Build it of 05" in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("minutes = 60", "minutes = 40"), "An afternoon: meeting 1 takes 48 minutes, and may take 40"),
        (('[["01.1"], ["04.1"]', '[["04.1"], ["01.1"]'), "04.1 comes before 01, which it needs"),
        (('"1.app", "04.2", "05.2"', '"1.app", "04.3"'), "there is no 04.3"),
        (('[[], [], ["1.app", "04.2", "05.2"]]', "[[], []]"), "each meeting has a list of its own"),
        (("says = ", "tells = "), "a key is missing or unknown"),
    ],
)
def test_a_plan_that_does_not_hold_is_refused(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    (tmp_path / "docs").mkdir()
    given = (ROOT / PLANS).read_text(encoding="utf-8")
    assert change[0] in given
    (tmp_path / PLANS).write_text(given.replace(*change, 1), encoding="utf-8")
    with pytest.raises(CourseError, match=said):
        read_plans(tmp_path, LESSONS)
