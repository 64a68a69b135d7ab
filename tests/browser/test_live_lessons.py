"""Every lesson in a browser: cells show what is stored, solved exercises are green, mistakes are told.

What each part of that rests on is tested in CPython, in `tests/runtime/`; here is the whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import astuple

import pytest
from answers import cells_in_page, solved, wrong_answers
from page import comparable
from playwright.sync_api import Browser

from browser.interpreter import Interpreter, started
from course.judging.tasks import solution_text
from course.lessons import Lesson, all_lessons

LESSONS = all_lessons()

JUDGE = """
import json
from pathlib import Path

from course.judging.answers import run_answer
from course.judging.tasks import find_exercise
from course.lessons import find_lesson

wrong = []
lesson = find_lesson({lesson!r})
for name, task, check, says, source in json.loads({mistakes!r}):
    made = find_exercise(lesson, task)
    kept = made.checks
    made.checks = kept[: [one.__name__ for one in kept].index(check) + 1]
    if lesson.of_app(task):
        Path("app.py").write_text(source, encoding="utf-8")
    report = await run_answer(lesson, task, source, Path.cwd())
    made.checks = kept
    if report.failed != check or says not in " ".join(report.text().split()):
        wrong.append([name, report.text()])
"""


@pytest.fixture(params=LESSONS, ids=lambda lesson: lesson.slug, scope="module")
def lesson(request: pytest.FixtureRequest) -> Lesson:
    given: Lesson = request.param
    return given


@pytest.fixture
def python(browser: Browser, site: str, lesson: Lesson) -> Iterator[Interpreter]:
    with started(browser, site, lesson.slug) as python:
        yield python


def test_cells_show_what_is_stored(python: Interpreter, lesson: Lesson) -> None:
    for cell in cells_in_page(lesson):
        outputs = python.run(cell.source)
        assert python.ok or "raises-exception" in cell.tags, (cell.id, outputs[-1:])
        if "nbval-ignore-output" not in cell.tags:
            assert comparable(outputs) == comparable(cell.outputs), cell.id


def test_solved_exercises_are_green(python: Interpreter, lesson: Lesson) -> None:
    app = {"app.py": solution_text(lesson, lesson.app_task)[1]}
    for cell in cells_in_page(lesson):
        python.run(solved(lesson, cell), files=app)
    states = {event["task"]: event["state"] for event in python.told("report")}
    assert {task: states.get(task) for task in lesson.tasks} == dict.fromkeys(lesson.tasks, "passed")


def test_mistakes_get_their_message(python: Interpreter, lesson: Lesson) -> None:
    given = json.dumps([astuple(wrong) for wrong in wrong_answers(lesson)])
    outputs = python.run(JUDGE.format(lesson=lesson.slug, mistakes=given))
    assert python.ok, outputs[-1:]
    assert python.value("print(json.dumps(wrong))") == []


def test_without_a_snapshot_it_is_the_same(browser: Browser, site: str) -> None:
    """The plain way runs a lesson, too."""
    [lesson, *_] = LESSONS
    with started(browser, site, lesson.slug, way="modules") as python:
        assert python.ready["way"] == "modules"
        for cell in cells_in_page(lesson):
            assert comparable(python.run(cell.source)) == comparable(cell.outputs), cell.id
