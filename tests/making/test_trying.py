"""Answers tried by hand: what they get, and the mistake that is written down from one."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from course.judging.tasks import solution_text
from course.lessons import ROOT, CourseError, Lesson, find_lesson
from course.making import trying
from course.making.mistakes import Mistakes


@pytest.fixture
def lesson(tmp_path: Path) -> Lesson:
    """Lesson 01 in a checkout of its own, where mistakes may be written."""
    made = find_lesson("01")
    for folder in ("lessons", "solutions", "tests/mistakes"):
        shutil.copytree(ROOT / folder / made.slug, tmp_path / folder / made.slug)
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    return Lesson(made.slug, tmp_path)


def test_what_a_file_answers_is_known_by_its_line_its_place_or_by_name(tmp_path: Path) -> None:
    loose = tmp_path / "answer.py"
    assert trying.task_of(loose, "# Exercise 5.2\nx = 1\n")[1] == "5.2"
    assert trying.task_of(loose, "", "5.app") == (find_lesson("05"), "5.app")
    kept = ROOT / "tests" / "alternatives" / "05-requests-and-responses"
    assert trying.task_of(kept / "app-by-hand.py", "")[1] == "5.app"
    assert trying.task_of(kept / "5.1-form.py", "")[1] == "5.1"
    with pytest.raises(CourseError, match=r"Which task does answer\.py answer\?"):
        trying.task_of(loose, "x = 1\n")
    with pytest.raises(CourseError, match=r"has no task '5\.9'\. There are: 5\.1"):
        trying.task_of(loose, "# Exercise 5.9\n")


def test_a_right_and_a_wrong_answer_get_their_report(tmp_path: Path) -> None:
    answer = tmp_path / "answer.py"
    right = solution_text(find_lesson("01"), "1.1")[1]
    answer.write_text(f"# Exercise 1.1\n{right}\n", encoding="utf-8")
    assert trying.judge_file(answer).passed
    answer.write_text(f"# Exercise 1.1\n{right}\nraise KeyError(7)\n", encoding="utf-8")
    report = trying.judge_file(answer)
    assert report.traceback.endswith("KeyError: 7")
    with pytest.raises(CourseError, match="cannot be read"):
        trying.judge_file(tmp_path / "none.py")


def test_a_mistake_is_written_with_its_check_and_its_words(lesson: Lesson) -> None:
    solution = solution_text(lesson, "1.1")[1]
    wrong = solution.replace("= 15", "= 16")
    assert wrong != solution
    path, text = trying.write_mistake(lesson, "1.1", "another-pace", trying.UNCHANGED + wrong)
    head, _, change = text.partition("\n\n")
    assert head.startswith("=== another-pace\ncheck: ")
    assert "says: " in head
    assert "= 16" in change
    assert path.read_text(encoding="utf-8").endswith("\n\n" + text)
    assert Mistakes(lesson, "1.1").answer("another-pace").rstrip() == f"# Exercise 1.1\n{wrong}"


def test_a_copy_of_the_apps_file_is_compared_without_what_it_says_of_itself(lesson: Lesson) -> None:
    file = (lesson.solutions / "app.py").read_text(encoding="utf-8")
    _, text = trying.write_mistake(lesson, "1.app", "elsewhere", file.replace('"/trails"', '"/paths"'))
    assert "/paths" in text
    assert '"""' not in text


@pytest.mark.parametrize(
    ("name", "pace", "says"),
    [
        ("Too Slow", "16", "is no name"),
        ("taken", "16", "has a mistake taken already"),
        ("same", "15", "This is the solution"),
        ("right", "(14 + 1)", "The checks accept this answer"),
    ],
)
def test_what_is_no_mistake_is_refused(lesson: Lesson, name: str, pace: str, says: str) -> None:
    trying.write_mistake(lesson, "1.1", "taken", solution_text(lesson, "1.1")[1].replace("= 15", "= 19"))
    file = lesson.root / "tests" / "mistakes" / lesson.slug / "1.1.diff"
    before = file.read_text(encoding="utf-8")
    with pytest.raises(CourseError, match=says):
        trying.write_mistake(
            lesson, "1.1", name, solution_text(lesson, "1.1")[1].replace("= 15", f"= {pace}")
        )
    assert file.read_text(encoding="utf-8") == before


@pytest.mark.skipif(sys.platform == "win32", reason="the editor of this test is a shell script")
def test_an_editor_that_changes_nothing_writes_nothing(tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    editor.chmod(editor.stat().st_mode | stat.S_IXUSR)
    ended = subprocess.run(
        [sys.executable, "-m", "course", "mistake", "1.1", "nothing"],
        env={**os.environ, "EDITOR": str(editor), "VISUAL": str(editor)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert ended.returncode == 1
    assert "Nothing was saved" in ended.stderr
