"""How long a lesson takes is computed, and one that is too long for a sitting is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from course.lessons import Cell, CourseError, Lesson, Minutes
from course.making.minutes import read_minutes

LESSON = Lesson("05-small", Path("nowhere"))
RUN = Cell("code", "1 + 1")
RESUME = Cell("code", "await resume()", ("resume",))
BREAK = "## A good place for a break\n"


def text(*lines: str, words: int = 0) -> Cell:
    return Cell("markdown", "\n".join([*lines, *["word"] * words]))


def test_words_cells_and_tasks_are_added_up() -> None:
    cells = [
        text("# Small", words=719),  # with the title 720: four minutes
        *[RUN] * 6,
        text("> **Predict 5.p1.**", words=0),
        text("> **From before 5.r1.**\n>\n> **From before 5.r2.**"),
        text("### Exercise 5.10: Title"),
        text("## Build it", words=178),
        RUN,
        text("## Recap"),
    ]
    stated = {"5.p1": "1", "5.r": "1.5", "5.10": "8", "5.app": "30"}
    assert read_minutes(LESSON, cells, stated) == Minutes(7, 10, 32, (18,))


def test_signs_that_stand_alone_are_no_words() -> None:
    assert read_minutes(LESSON, [text("| - | = |", words=720)], {}).reading == 4


def test_an_optional_section_does_not_count_and_its_tasks_have_minutes_all_the_same() -> None:
    cells = [
        text("# A", words=180),
        text("## Optional: more", "### Exercise 5.1: B", words=9000),
        text("## Recap"),
    ]
    assert read_minutes(LESSON, cells, {"5.1": "50"}) == Minutes(1, 0, 0, (1,))


def test_milestones_count_for_the_app() -> None:
    cells = [
        text("# A", words=179),
        text("### Milestone 5.1: B", words=177),
        text("### Milestone 5.2: C", words=177),
        text("## Build it"),
        text("## Recap"),
    ]
    assert read_minutes(LESSON, cells, {"5.1": "200", "5.2": "100", "5.app": "60"}) == Minutes(
        1, 0, 362, (1,)
    )


def test_a_heading_in_code_begins_no_section() -> None:
    cells = [text("```console", "## Optional: not", "```", words=360)]
    assert read_minutes(LESSON, cells, {}).reading == 2


@pytest.mark.parametrize(
    ("stated", "says"),
    [
        ({}, "states no minutes for 5.1"),
        ({"5.1": "6", "5.2": "6"}, "states minutes for 5.2, which the lesson lacks"),
        ({"5.1": "long"}, "states 'long' minutes for 5.1, and it takes a number"),
        ({"5.1": "0"}, "states '0' minutes"),
        ({"5.1": "nan"}, "states 'nan' minutes"),
    ],
)
def test_each_task_has_minutes(stated: dict[str, str], says: str) -> None:
    with pytest.raises(CourseError, match=f"^05-small/lesson.md: the front matter {says}"):
        read_minutes(LESSON, [text("### Exercise 5.1: Title")], stated)


def test_two_sittings_count_for_themselves_and_the_app_for_neither() -> None:
    cells = [text("# A", words=180 * 60), text(BREAK), RESUME, text(words=180 * 70), text("## Build it")]
    assert read_minutes(LESSON, cells, {"5.app": "90"}).sittings == (60, 71)


def test_a_lesson_that_is_too_long_is_to_be_divided() -> None:
    with pytest.raises(CourseError, match="takes 76 minutes without its app, and 75 are the most: divide it"):
        read_minutes(LESSON, [text(words=180 * 76)], {})
    assert read_minutes(LESSON, [text(words=180 * 75)], {}).sittings == (75,)


def test_a_sitting_that_is_too_long_is_told() -> None:
    cells = [text(words=180), text(BREAK), RESUME, text(words=180 * 76)]
    with pytest.raises(CourseError, match=r"its sitting 2 takes 77 minutes .* move the break"):
        read_minutes(LESSON, cells, {})


def test_a_lesson_is_divided_once() -> None:
    with pytest.raises(CourseError, match="two sittings at most"):
        read_minutes(LESSON, [text("# A"), text(BREAK), RESUME, text(BREAK), RESUME], {})


@pytest.mark.parametrize("cells", [[text(BREAK), RUN], [text("# A"), RESUME]], ids=["no cell", "no break"])
def test_a_break_and_the_cell_that_goes_on_belong_together(cells: list[Cell]) -> None:
    with pytest.raises(CourseError, match="stands a cell with the tag `resume`, and only there"):
        read_minutes(LESSON, cells, {})
