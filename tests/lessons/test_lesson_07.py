"""Lesson 07's tests of tests: the solution's own `test_app.py` runs, and notices a fault."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from course.judging.answers import run_cell
from course.judging.tasks import solution_text
from course.lessons import find_lesson

LESSON = find_lesson("07")


def run_pytest(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_app.py"],
        cwd=folder,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},  # a second less, each time
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A copy of the solution's app and of its tests."""
    for name in ("app.py", "test_app.py"):
        shutil.copy(LESSON.solutions / name, tmp_path)
    return tmp_path


def test_the_solutions_tests_pass(desk: Path) -> None:
    done = run_pytest(desk)
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("(limit or settings.page_size)", "(limit or 2)"),
        ("added_by=ranger", 'added_by="Ada"'),
        (", dependencies=[Depends(current_ranger)]", ""),
        ("def page(\n    settings: SettingsDep,", "def page(\n    settings: Annotated[Settings, Depends()],"),
    ],
)
def test_the_solutions_tests_notice_a_fault(desk: Path, right: str, wrong: str) -> None:
    source = (desk / "app.py").read_text(encoding="utf-8")
    assert right in source
    source = source.replace(right, wrong)
    if "dependencies=" in right:
        source = source.replace("def show_me(ranger: Ranger)", 'def show_me(ranger: str = "Ada")')
    (desk / "app.py").write_text(source, encoding="utf-8")
    done = run_pytest(desk)
    assert done.returncode == 1, done.stdout


async def test_the_exercises_app_is_the_one_that_the_check_uses() -> None:
    _, code = solution_text(LESSON, "7.4")
    test: Any = await run_cell(LESSON, "7.4", code)
    desk = test.__globals__["desk"]
    await test(desk)
    assert not desk.app.dependency_overrides
