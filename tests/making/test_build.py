"""lesson.md -> notebook: the same bytes twice, and each kind of staleness is named."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from course.lessons import ROOT, CourseError, Lesson, find_lesson
from course.making.build import build, read_source, stale, to_notebook
from course.making.scaffold import new_lesson

CELL = '```python\nprint("measured")\n```\n'


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("course")
    # The kernel's `check` belongs to the checkout that it is imported from: this one.
    shutil.copytree(ROOT / "course", root / "course", ignore=shutil.ignore_patterns("__pycache__"))
    lesson = new_lesson("Built", root)
    make(lesson)
    return root


def make(lesson: Lesson) -> None:
    """Build in a process of its own, whose kernel imports the course from `lesson.root`."""
    code = f"from course.making.build import build, Lesson\nbuild(Lesson({lesson.slug!r}))"
    made = subprocess.run(
        [sys.executable, "-c", code],
        cwd=lesson.root,
        env={**os.environ, "PYTHONPATH": str(lesson.root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr


@pytest.fixture
def lesson(built: Path, tmp_path: Path) -> Lesson:
    shutil.copytree(built, tmp_path / "course-copy")
    return Lesson("01-built", tmp_path / "course-copy")


def edit(lesson: Lesson, old: str, new: str) -> None:
    path = lesson.folder / "lesson.md"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_twice_gives_the_same_bytes(lesson: Lesson) -> None:
    before = lesson.notebook.read_bytes()
    lesson.notebook.unlink()
    make(lesson)
    assert lesson.notebook.read_bytes() == before
    assert stale(lesson) == ""


def test_measured_output_is_kept_while_its_cell_is_the_same(lesson: Lesson) -> None:
    measured = '```python tags=["nbval-ignore-output"]\nimport time\n\nprint(time.time_ns())\n```\n'
    edit(lesson, "## Recap\n", f"{measured}\n## Recap\n")
    make(lesson)
    before = lesson.notebook.read_bytes()
    make(lesson)
    assert lesson.notebook.read_bytes() == before
    edit(lesson, "print(time.time_ns())", "print(-time.time_ns())")
    make(lesson)
    assert lesson.notebook.read_bytes() != before


def test_a_measurement_that_was_never_made_is_not_kept(lesson: Lesson) -> None:
    measured = '```python tags=["nbval-ignore-output"]\nprint("seven")\n```\n'
    edit(lesson, "## Recap\n", f"{measured}\n```python\nno_such_name\n```\n\n## Recap\n")
    with pytest.raises(CourseError):  # and leaves a notebook that was not run
        build(lesson)
    edit(lesson, "no_such_name", "lesson = 1")
    make(lesson)
    assert '"seven\\n"' in lesson.notebook.read_text(encoding="utf-8")


def test_what_is_printed_piece_by_piece_is_stored_as_one(lesson: Lesson) -> None:
    cell = 'import asyncio\n\nfor name in "ab":\n    print(name, flush=True)\n    await asyncio.sleep(0.3)\n'
    edit(lesson, "## Recap\n", f"```python\n{cell}```\n\n## Recap\n")
    make(lesson)
    cells = json.loads(lesson.notebook.read_text(encoding="utf-8"))["cells"]
    printed = next(cell["outputs"] for cell in cells if "for name in" in "".join(cell["source"]))
    assert ["".join(output["text"]) for output in printed] == ["a\nb\n"]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("part: Part 9", "part: Part 8", "the front matter changed"),
        ("1.p1: 1, 1.p2: 1", "1.p1: 9, 1.p2: 1", "cell 01-built-00 changed"),
        ("## Recap\n", f"{CELL}\n## Recap\n", "cells instead of"),
        ('{"count": 3}', '{"count": 4}', "cell 01-built-06 changed"),
        ("Show one thing whole", "Show two", "cell 01-built-05 changed"),
        ('tags=["exercise"]', 'tags=["other"]', "changed"),
    ],
)
def test_what_is_stale_is_named(lesson: Lesson, old: str, new: str, reason: str) -> None:
    assert stale(lesson) == ""
    edit(lesson, old, new)
    assert reason in stale(lesson)


def test_a_notebook_that_was_not_run_is_stale(lesson: Lesson) -> None:
    import nbformat

    nbformat.write(to_notebook(lesson), lesson.notebook)
    assert stale(lesson) == "cell 01-built-01 was not run"
    lesson.notebook.unlink()
    assert stale(lesson) == "there is no notebook"


def test_a_cell_that_raises_is_told(lesson: Lesson) -> None:
    edit(lesson, "## From before\n", "```python\nno_such_name\n```\n\n## From before\n")
    with pytest.raises(CourseError, match="NameError"):
        build(lesson)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            'await check("1.1"',
            'print("1.1"',
            r"no cell checks exercise 1\.1\. Write one below .*check\(\"1\.1\"",
        ),
        ('await check("1.app")', "1", r"no cell checks 1\.app: write `await check\(\"1\.app\"\)`"),
        ('await check("1.p1"', 'print("1.p1"', r"no cell checks 1\.p1: write .*my_answer"),
        ('await check("1.r"', 'print("1.r"', r"no cell checks 1\.r1: write .*\*my_answers"),
        ("# Exercise 1.1\n", "# Exercise 1.8\n", r"has a cell for exercise 1\.8, and checks\.py knows none"),
        ("# Exercise 1.1\n", "# Task 1.1\n", r"checks\.py declares exercise 1\.1, and .* has no cell for it"),
    ],
)
def test_a_task_that_nothing_checks_is_not_built(lesson: Lesson, old: str, new: str, says: str) -> None:
    edit(lesson, old, new)
    with pytest.raises(CourseError, match=says):
        build(lesson)


def test_a_check_that_is_called_otherwise_makes_a_notebook_stale(lesson: Lesson) -> None:
    checks = lesson.folder / "checks.py"
    text = checks.read_text(encoding="utf-8")
    checks.write_text(re.sub('"""(.+)"""', '"""Does something else"""', text, count=2), encoding="utf-8")
    assert re.fullmatch(r"cell 01-built-\d+ shows other checks of 1\.\d than checks\.py has", stale(lesson))


def test_a_notebook_becomes_a_script(lesson: Lesson) -> None:
    from nbconvert import ScriptExporter

    source, resources = ScriptExporter().from_filename(str(lesson.notebook))  # type: ignore[no-untyped-call]
    assert resources["output_extension"] == ".py"
    assert "# Exercise 1.1" in source


def test_a_front_matter_that_lacks_a_field_is_told(lesson: Lesson) -> None:
    edit(lesson, "minutes: {", "hours: {")
    with pytest.raises(CourseError, match=r"front matter lacks minutes \(dict\)"):
        stale(lesson)


def test_a_front_matter_that_is_no_yaml_is_told(lesson: Lesson) -> None:
    edit(lesson, 'title: "Built"', "title: Built: again")
    with pytest.raises(CourseError, match=r"(?s)the front matter is no YAML.*line 1"):
        stale(lesson)


def test_alerts_are_boxes_in_a_notebook_and_stay_alerts_in_the_source(lesson: Lesson) -> None:
    asked = next(cell.source for cell in read_source(lesson) if "Predict 1.p1" in cell.source)
    assert "> [!IMPORTANT]" in asked
    drawn = next(cell.source for cell in to_notebook(lesson).cells if "Predict 1.p1" in cell.source)
    assert '<div class="alert alert-info">\n\n**Predict first.**' in drawn
    assert "\n- **a** " in drawn
    assert "[!" not in drawn


def test_two_cells_that_get_one_random_id_disturb_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    same = uuid.UUID(int=7)
    monkeypatch.setattr("nbformat.corpus.words.uuid.uuid4", lambda: same)
    assert len(read_source(find_lesson("01"))) > 20
