"""Accidents that everybody has once: each gets its cause and the next step, at a desk and in the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from page import Page, opened, run

from course.judging.report import State
from course.judging.sandbox import check_lesson
from course.lessons import Lesson, find_lesson

HEAD = "from fastapi import APIRouter, FastAPI\n\napp = FastAPI()\n"

IN_FILES = [
    ("name = “trail”\n", "“ is a typographic quote", "type a straight"),
    ("name = ‘trail’\n", "‘ is a typographic quote", "type a straight"),
    ("from .models import Trail\n", "There is no package here", "without the dot"),
    ("app = APIRouter()\n", "a router is none", "app.include_router"),
]


@pytest.fixture
def lesson() -> Lesson:
    return find_lesson("01")


@pytest.fixture
def folder(lesson: Lesson, tmp_path: Path) -> Path:
    (tmp_path / lesson.notebook.name).write_bytes(lesson.notebook.read_bytes())
    return tmp_path


@pytest.fixture
def page(lesson: Lesson, tmp_path: Path) -> Iterator[Page]:
    with opened(lesson, tmp_path) as page:
        yield page


@pytest.mark.parametrize(("code", "cause", "step"), IN_FILES)
def test_accidents_in_a_file(lesson: Lesson, folder: Path, code: str, cause: str, step: str) -> None:
    (folder / "app.py").write_text(HEAD + code, encoding="utf-8")
    (report,) = check_lesson(lesson, folder, [lesson.app_task])
    assert not report.passed
    assert cause in report.nudge
    assert step in report.nudge


@pytest.mark.parametrize(("code", "cause", "step"), IN_FILES)
def test_accidents_in_a_file_of_the_page(
    lesson: Lesson, page: Page, code: str, cause: str, step: str
) -> None:
    report = run(page.session.check(1, lesson.app_task, {"app.py": HEAD + code}))
    assert not report.passed
    assert cause in report.nudge
    assert step in report.nudge


@pytest.mark.parametrize(
    ("encoding", "name"), [("latin-1", "app.py"), ("utf-16", "the file"), ("cp1252", "app.py")]
)
def test_a_file_in_another_encoding(lesson: Lesson, folder: Path, encoding: str, name: str) -> None:
    (folder / "app.py").write_text(f"{HEAD}hut = 'Hütte'\n", encoding=encoding)
    (report,) = check_lesson(lesson, folder, [lesson.app_task])
    assert report.state is State.RAISED
    assert f"Save {name} as UTF-8" in report.nudge


def test_a_file_that_says_its_encoding_is_fine(lesson: Lesson, folder: Path) -> None:
    solution = (lesson.solutions / "app.py").read_text(encoding="utf-8")
    source = f"# -*- coding: latin-1 -*-\nhut = 'Hütte'\n{solution}"
    (folder / "app.py").write_text(source, encoding="latin-1")
    (report,) = check_lesson(lesson, folder, [lesson.app_task])
    assert report.passed, report.text()


@pytest.mark.parametrize("content", ["{half", "[]", "{}", '{"cells": [{"source": "x"}]}', '{"cells": [1]}'])
def test_a_damaged_notebook(lesson: Lesson, folder: Path, content: str) -> None:
    (folder / lesson.notebook.name).write_text(content, encoding="utf-8")
    (report,) = check_lesson(lesson, folder, ["1.1"])
    assert f"{lesson.notebook.name} is damaged" in report.nudge
    assert "`course reset 01`" in report.nudge
