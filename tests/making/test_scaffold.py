"""A new lesson is green at once, in a checkout of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from course.lessons import ROOT, CourseError, all_lessons
from course.making.scaffold import PLACEHOLDERS, TEMPLATE, new_exercise, new_lesson


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in ("course", "docs"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "lessons"))
    for name in ("pyproject.toml", "mkdocs.yml"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "tests").mkdir()
    for name in ("lessons/test_lessons.py", "answers.py"):
        shutil.copy(ROOT / "tests" / name, tmp_path / "tests")
    return tmp_path


def run(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_a_new_lesson_passes_every_test_of_lessons(checkout: Path) -> None:
    made = run(checkout, "course", "new", "Über den Grat: forms & files")
    assert made.returncode == 0, made.stderr
    assert (checkout / "lessons" / "01-uber-den-grat-forms-files" / "lesson.md").is_file()
    tested = run(checkout, "pytest", "-q", "tests/test_lessons.py", "-p", "no:cacheprovider")
    assert tested.returncode == 0, tested.stdout
    assert "1 failed" not in tested.stdout
    assert "passed" in tested.stdout


def test_slips_are_told_with_what_is_missing_and_what_to_do(checkout: Path) -> None:
    lesson = new_lesson("Slips", checkout)
    assert run(checkout, "course", "build", "01").returncode == 0
    (slips,) = (checkout / "tests" / "mistakes").iterdir()
    first = slips / "1.1.diff"
    text = first.read_text(encoding="utf-8")
    check = re.search(r"^check: (\w+)$", text, re.MULTILINE)
    assert check
    sections = text.split("=== ")[1:]
    assert len(sections) >= 2
    wrong_check = sections[0].replace(f"check: {check[1]}", "check: refuse_more")
    wrong_words = re.sub("says: .*", "says: what nobody says", sections[1])
    first.write_text(
        "".join(f"=== {one}" for one in (wrong_check, wrong_words, *sections[2:])), encoding="utf-8"
    )
    solutions = lesson.solutions / "exercises.py"
    kept = solutions.read_text(encoding="utf-8")
    solutions.write_text(kept.replace("# %% 1.2", "# ## 1.2"), encoding="utf-8")
    next((checkout / "tests" / "alternatives").rglob("1.3-*.py")).unlink()
    checks = lesson.folder / "checks.py"
    title = re.search(r'    """(.+)"""\n', checks.read_text(encoding="utf-8"))
    assert title
    checks.write_text(checks.read_text(encoding="utf-8").replace(title[1], "Does it"), encoding="utf-8")

    said = run(checkout, "pytest", "-q", "tests/test_lessons.py", "-p", "no:cacheprovider").stdout
    for sentence in (
        f"1.1 has no check 'refuse_more'. There are: {check[1]}",
        "the report lacks the words of `says: what nobody says`. It says:",
        "solutions/01-slips/exercises.py has no section for 1.2. Write a line `# %% 1.2`",
        f"1.1: the check {check[1]} has 1 of 2 mistakes. Write another into tests/mistakes/01-slips/",
        "1.3 has 2 of 3 alternatives. Write another right answer into tests/alternatives/01-slips/",
        "than checks.py has. Run `course build 01`.",
    ):
        assert sentence in said, f"{sentence}\n\n{said}"


def test_the_number_is_the_next(tmp_path: Path) -> None:
    assert new_lesson("One", tmp_path).slug == "01-one"
    assert new_lesson("Two", tmp_path).slug == "02-two"
    text = (tmp_path / "lessons" / "02-two" / "lesson.md").read_text(encoding="utf-8")
    assert "# Two\n" in text
    assert 'check("2.1"' in text
    assert "99" not in text


def test_a_title_without_letters_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="title with letters"):
        new_lesson("?!", tmp_path)


def test_a_new_exercise_passes_every_test_of_its_lesson(checkout: Path) -> None:
    assert run(checkout, "course", "new", "Forms").returncode == 0
    made = run(checkout, "course", "new", "1.4")
    assert made.returncode == 0, made.stderr
    assert " test 1.4`" in made.stdout
    tested = run(checkout, "pytest", "-q", "tests/test_lessons.py", "-p", "no:cacheprovider", "-k", "1.4")
    assert tested.returncode == 0, tested.stdout
    # Two mistakes, three other right answers, the solution, and the starter twice.
    assert "8 passed" in tested.stdout


def test_exercises_laid_down_one_after_the_other_have_names_of_their_own(tmp_path: Path) -> None:
    lesson = new_lesson("One", tmp_path)
    for task in ("1.4", "1.5"):
        new_exercise(task, tmp_path)
    functions = re.findall(
        r"^async def (\w+)", (lesson.folder / "checks.py").read_text("utf-8"), re.MULTILINE
    )
    assert len(set(functions)) == len(functions) == 6
    for task in ("1.4", "1.5"):
        mistakes = (tmp_path / "tests" / "mistakes" / lesson.slug / f"{task}.diff").read_text("utf-8")
        named = set(re.findall(r"^check: (\w+)$", mistakes, re.MULTILINE))
        assert named == {f"exercise_{task.replace('.', '_')}_counts_two"}


def test_no_lesson_says_what_only_a_new_one_does() -> None:
    template = (TEMPLATE / "lesson.md").read_text(encoding="utf-8")
    assert all(words in template for words in PLACEHOLDERS)
    left = [
        f"{lesson.slug}: {words}"
        for lesson in all_lessons()
        for words in PLACEHOLDERS
        if words in (lesson.folder / "lesson.md").read_text(encoding="utf-8")
    ]
    assert not left


def test_an_exercise_has_the_next_number(tmp_path: Path) -> None:
    new_lesson("One", tmp_path)
    with pytest.raises(CourseError, match=r"The next exercise of lesson 01 is 1\.4, not 1\.7"):
        new_exercise("1.7", tmp_path)
    with pytest.raises(CourseError, match="There is no lesson"):
        new_exercise("2.1", tmp_path)
