"""After a break a lesson goes on from one cell, where nothing of the cells above it is left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from page import comparable, opened
from test_learner import Notebook

from course.desk.workspace import lesson_folder, sync
from course.lessons import Cell, Lesson, all_lessons, find_lesson

DIVIDED = [lesson for lesson in all_lessons() if len(lesson.minutes.sittings) == 2]
pytestmark = pytest.mark.filterwarnings("ignore")  # as for learners, whose code no warning ends
each_divided = pytest.mark.parametrize("lesson", DIVIDED, ids=lambda lesson: lesson.slug)


@contextmanager
def fresh(lesson: Lesson, workspace: Path) -> Iterator[Notebook]:
    """A kernel that has run nothing, in the folder of the tracked notebook: no outcome is held back there."""
    notebook = Notebook(lesson.notebook.parent, workspace)
    try:
        yield notebook
    finally:
        notebook.close()


def second_sitting(lesson: Lesson) -> list[Cell]:
    cells = [cell for cell in lesson.cells if cell.kind == "code"]
    return cells[next(number for number, cell in enumerate(cells) if "resume" in cell.tags) :]


def test_the_long_lessons_are_divided() -> None:
    assert {lesson.number for lesson in DIVIDED} >= {"02", "03", "04", "05", "06", "07"}


@each_divided
def test_the_second_sitting_runs_in_a_fresh_kernel(lesson: Lesson, tmp_path: Path) -> None:
    with fresh(lesson, tmp_path) as notebook:
        for cell in second_sitting(lesson):
            outputs = notebook.run(cell.source)
            raised = [output for output in outputs if output["output_type"] == "error"]
            assert not raised or "raises-exception" in cell.tags, (cell.id, raised)
            if "nbval-ignore-output" not in cell.tags:
                assert comparable(outputs) == comparable(cell.outputs), cell.id


@each_divided
def test_the_second_sitting_runs_in_a_fresh_page(lesson: Lesson, tmp_path: Path) -> None:
    with opened(lesson, tmp_path) as page:
        for cell in second_sitting(lesson):
            if "no-browser" in cell.tags:
                continue
            outputs = page.run(cell.source)
            assert page.ok or "raises-exception" in cell.tags, (cell.id, outputs[-1])
            if "nbval-ignore-output" not in cell.tags:
                assert comparable(outputs) == comparable(cell.outputs), cell.id
        below = "".join(cell.source for cell in second_sitting(lesson))
        assert all(f'check("{event["task"]}"' in below for event in page.told("report"))


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Notebook]:
    """A kernel in the learner's folder of lesson 05."""
    lesson = find_lesson("05")
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path))
    sync([lesson])
    made = Notebook(lesson_folder(lesson), tmp_path)
    yield made
    made.close()


def test_what_was_run_by_hand_stays_as_it_is(notebook: Notebook) -> None:
    lesson = find_lesson("05")
    cells = [cell for cell in lesson.cells if cell.kind == "code"]
    for cell in cells[: len(cells) - len(second_sitting(lesson))]:
        notebook.run("my_answers = 'a', 'a', 'a'" if cell.source.startswith("my_answers") else cell.source)
        if cell.source.startswith("my_answer ="):
            notebook.run("my_answer = 'a'")
    notebook.run("client, badges = 'mine', 'solved'")
    assert "is here" in notebook.text("from course import resume\nawait resume('05')")
    assert notebook.text("client, badges") == "('mine', 'solved')"


def test_what_is_missing_is_made_again_and_nothing_is_shown(notebook: Notebook) -> None:
    (said,) = notebook.run("from course import resume\nawait resume('05')")
    assert said["text"] == "What the first sitting has made is here.\n"
    assert notebook.text("client.base_url.host, badges.title") == "('127.0.0.1', 'FastAPI')"


def test_a_lesson_of_one_sitting_says_so(notebook: Notebook) -> None:
    assert "Lesson 01 has one sitting" in notebook.text("from course import resume\nawait resume('01')")
