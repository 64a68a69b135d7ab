"""Every lesson in a page: its cells show what is stored, its answers are judged as on a desk.

Here a page's Python runs in CPython; `tests/browser/test_live_lessons.py` has it in a browser, and there
the mistakes, too.
"""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from warnings import catch_warnings

import pytest
from answers import alternatives, cells_in_page, solved
from page import Page, as_in_a_page, comparable, opened, run

from course.judging.answers import run_answer
from course.judging.report import Report, State
from course.judging.tasks import solution_text, starter_source
from course.lessons import Lesson, all_lessons

LESSONS = all_lessons()
each_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)

pytestmark = pytest.mark.filterwarnings("ignore")  # as for learners, whose code no warning ends


@each_lesson
def test_cells_show_what_is_stored(lesson: Lesson, tmp_path: Path) -> None:
    with opened(lesson, tmp_path) as page:
        for cell in cells_in_page(lesson):
            outputs = page.run(cell.source)
            assert page.ok or "raises-exception" in cell.tags, (cell.id, outputs[-1])
            if "nbval-ignore-output" not in cell.tags:
                assert comparable(outputs) == comparable(cell.outputs), cell.id


@each_lesson
def test_solved_exercises_are_green(lesson: Lesson, tmp_path: Path) -> None:
    app = {"app.py": solution_text(lesson, lesson.app_task)[1]}
    with opened(lesson, tmp_path) as page:
        for cell in cells_in_page(lesson):
            page.run(solved(lesson, cell), files=app)
        states = {event["task"]: event["state"] for event in page.told("report")}
    assert {task: states.get(task) for task in lesson.tasks} == dict.fromkeys(lesson.tasks, "passed")


def judge(lesson: Lesson, task: str, source: str, folder: Path) -> Report:
    if lesson.of_app(task):
        (folder / "app.py").write_text(source, encoding="utf-8")
    # An answer may set what becomes of warnings; that is not for the next one.
    with as_in_a_page(), catch_warnings(), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        return run(run_answer(lesson, task, source, folder))


@each_lesson
def test_starters_are_not_attempted(lesson: Lesson, tmp_path: Path) -> None:
    for task in lesson.tasks:
        assert judge(lesson, task, starter_source(lesson, task), tmp_path).state is State.NOT_ATTEMPTED


@each_lesson
def test_other_right_answers_pass(lesson: Lesson, tmp_path: Path) -> None:
    for name, task, source in alternatives(lesson):
        report = judge(lesson, task, source, tmp_path)
        assert report.passed, f"{name}\n{report.text()}"


def test_a_page_that_is_left_leaves_nothing(tmp_path: Path) -> None:
    import sys
    import threading

    before = sys.stdout, threading.Thread.start, dict(vars(sys.modules["asyncio"]))
    with opened(LESSONS[0], tmp_path) as page:
        assert isinstance(page, Page)
        page.run("print(1)")
    assert before == (sys.stdout, threading.Thread.start, dict(vars(sys.modules["asyncio"])))
