"""`course test`: what a name chooses, and what is told of a run while it goes on."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from course.lessons import ROOT, CourseError, Lesson
from course.making import chosen
from course.making.build import read_source, to_notebook
from course.making.scaffold import new_lesson
from course.making.testing import ASSETS, Outcome, Step, Watched, python, run_steps, units

TESTS = """
def test_right():
    assert True

def test_wrong():
    assert 1 + 1 == 3, "the sum is another"

def test_wrong_again():
    assert False
"""


def told(steps: list[Step], **options: bool) -> tuple[int, str]:
    """The exit code of a run, and what it says off a terminal."""
    file = io.StringIO()
    code = run_steps(
        steps,
        fast=options.get("fast", False),
        first=options.get("first", False),
        lanes=1,
        console=Console(file=file, highlight=False),
    )
    return code, file.getvalue()


def step(folder: Path, name: str = "sums") -> Step:
    path = folder / "test_sums.py"
    path.write_text(TESTS, encoding="utf-8")
    return Step(name, python(*units(str(path), workers=0)))


def test_a_failure_is_told_once_and_before_its_step_ends(tmp_path: Path) -> None:
    code, said = told([step(tmp_path)])
    assert code == 1
    assert said.count("E       AssertionError: the sum is another") == 1
    assert said.index("the sum is another") < said.index("✗ [1/1] sums: 1 passed, 2 failed in")
    assert said.startswith("· [1/1] sums\n")
    assert "1 passed, 2 failed, after" in said.splitlines()[-1]


def test_what_this_machine_lacks_is_told_in_a_line(tmp_path: Path) -> None:
    path = tmp_path / "test_sums.py"
    mark = '@pytest.mark.parametrize("a", "bc")'
    skipped = f'import pytest\n{mark}\ndef test_it(a): pytest.skip("no abacus is there")\n'
    path.write_text(skipped + TESTS.split("def test_wrong")[0], encoding="utf-8")
    code, said = told([Step("sums", python(*units(str(path), workers=0)))])
    assert code == 0
    assert "1 passed in" in said
    assert "\n  2 left out: no abacus is there\n" in said


def test_the_first_failure_ends_a_run_if_that_is_wanted(tmp_path: Path) -> None:
    def never(_: Watched) -> Outcome:
        pytest.fail("the second step was begun")

    code, said = told([step(tmp_path), Step("never", never)], first=True)
    assert code == 1
    assert "1 passed, 1 failed" in said
    assert "test_wrong_again" not in said


def test_what_cannot_be_collected_is_told(tmp_path: Path) -> None:
    path = tmp_path / "test_sums.py"
    path.write_text("import no_such_module\n", encoding="utf-8")
    code, said = told([Step("sums", python(*units(str(path), workers=0)))])
    assert code == 1
    assert said.count("No module named 'no_such_module'") == 1


def test_steps_in_a_browser_and_slow_ones_can_be_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_ASSETS", "on")  # so that it is as before, afterwards
    in_browser = Step("browser", lambda _: pytest.fail("it was begun"), browser=True)
    slow = Step("mutants", lambda _: pytest.fail("it was begun"), slow=True)
    others = Step("others", lambda _: Outcome(3, 0, ""))
    code, said = told([in_browser, slow, others], fast=True)
    assert code == 0
    assert "✓ [1/1] others: 3 passed" in said


def test_how_far_the_mutants_are_is_shown_and_not_kept() -> None:
    judged = Watched("mutants", Console(file=io.StringIO()), first=False)
    far: list[str] = []
    judged.changed = lambda: far.append(judged.far)
    outcome = python("course", "mutants", "1.2")(judged)
    assert (outcome.passed, outcome.failed) == (1, 0), outcome.output
    assert {"0%", "100%"} <= set(far)
    assert "are judged" not in outcome.output


def test_others_wait_for_a_step_that_makes_what_they_read() -> None:
    made: list[str] = []

    def make(_: Watched) -> Outcome:
        made.append("made")
        return Outcome(1, 0, "")

    def read(_: Watched) -> Outcome:
        return Outcome(1, int(not made), "")

    assert (
        run_steps(
            [Step("read", read), Step("make", make, before=True)],
            fast=False,
            first=False,
            console=Console(file=io.StringIO()),
        )
        == 0
    )


# What a name chooses


def collected(*arguments: str) -> list[str]:
    """The names of the tests that pytest would run."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:nbval", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    return [line.partition("::")[2] for line in done.stdout.splitlines() if "::" in line]


def test_only_tests_of_a_task_are_run() -> None:
    names = collected("tests/lessons/test_lessons.py", "--only=1.1")
    assert "test_the_solution_passes[1.1]" in names
    assert "test_another_right_answer_passes[01-first-api/1.1-" in "".join(names)
    assert [name for name in names if "[1.1]" not in name and "/1.1-" not in name] == []


def test_only_tests_of_a_lesson_are_run() -> None:
    names = collected(
        "tests/lessons/test_lessons.py", "tests/lessons/test_lesson_07.py", "--only=07-dependencies"
    )
    assert "test_the_lesson_is_whole[07-dependencies]" in names
    assert "test_the_solution_passes[7.app]" in names
    assert [name for name in names if "01-first-api" in name or "[1." in name] == []
    assert len([name for name in names if "[" not in name]) > 0, "those of its own module"


def names_of(steps: list[Step]) -> list[str]:
    return [step.name for step in steps]


def test_names_choose_steps() -> None:
    assert names_of(chosen.steps_for(["05"])) == [ASSETS.name, "checks", "notebook", "page"]
    assert names_of(chosen.steps_for(["lessons/05-requests-and-responses/checks.py"])) == [
        ASSETS.name,
        "checks",
        "notebook",
        "page",
    ]
    assert names_of(chosen.steps_for(["5.2", "5.app"])) == ["checks of tasks"]
    mistakes = "tests/mistakes/05-requests-and-responses/5.2.diff"
    assert names_of(chosen.steps_for([mistakes, "tests/running/test_limits.py"])) == [
        mistakes,
        "tests/running/test_limits.py",
    ]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("99", r"There is no lesson '99'\. There are: 01, "),
        ("no_such_file.py", "there is no such file"),
        ("5.9", r"Lesson 05 has no task '5\.9'\. There are: 5\.1, "),
        ("README.md", r"No test belongs to README\.md alone\. Name a lesson"),
    ],
)
def test_a_name_that_fits_nothing_says_what_there_is(
    name: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(CourseError, match=says):
        chosen.steps_for([name])


def test_an_exercise_that_was_not_built_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import nbformat

    lesson = new_lesson("New", tmp_path)
    monkeypatch.setattr(chosen, "find_lesson", lambda name: Lesson(lesson.slug, tmp_path))
    with pytest.raises(CourseError, match="has no notebook yet: run `course build 01`"):
        chosen.steps_for(["01"])
    lesson.notebook.parent.mkdir()
    nbformat.write(to_notebook(lesson), lesson.notebook)
    text = (lesson.folder / "lesson.md").read_text(encoding="utf-8")
    cells = '```python tags=["exercise"]\n# Exercise 1.7\n...\n```\n\n```python\nawait check("1.7", 1)\n```\n'
    (lesson.folder / "lesson.md").write_text(f"{text}\n{cells}", encoding="utf-8")
    assert any("Exercise 1.7" in cell.source for cell in read_source(lesson))
    with pytest.raises(CourseError, match=r"not yet in the notebook: run `course build 01` first"):
        chosen.steps_for(["1.7"])


# Plain pytest


def plain(*arguments: str, cwd: Path, folder: Path) -> str:
    """What a run of pytest says at its end, which must be good; its temporary files are below `folder`."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=cwd,
        env={
            **os.environ,
            "TMPDIR": str(folder),
            "TEMP": str(folder),
            "COVERAGE_FILE": str(folder / "coverage"),
        },
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip().splitlines()[-1]


def test_plain_nbval_passes_from_another_folder_in_two_processes(tmp_path: Path) -> None:
    said = plain(
        "--nbval", str(ROOT / "notebooks" / "01-first-api.ipynb"), "-n", "2", cwd=tmp_path, folder=tmp_path
    )
    assert "passed" in said
    assert list(tmp_path.glob("course-tests-*")) == [], "temporary files were left"


def test_plain_nbval_passes_with_coverage(tmp_path: Path) -> None:
    assert "passed" in plain(
        "--nbval", "notebooks/01-first-api.ipynb", "--cov", "--cov-report=", cwd=ROOT, folder=tmp_path
    )


LEAVES = """
import gc
import pytest

async def nobody_waits():
    pass

@pytest.mark.filterwarnings("ignore")
def test_leaves_something():
    ring = [nobody_waits()]
    ring.append(ring)  # what only the collector finds

def test_another():
    gc.collect()
"""


def test_what_a_test_leaves_is_not_found_in_another_one(tmp_path: Path) -> None:
    path = tmp_path / "test_leaves.py"
    path.write_text(LEAVES, encoding="utf-8")
    said = plain("-p", "conftest", "-W", "error", str(path), cwd=ROOT, folder=tmp_path)
    assert said.startswith("2 passed")


def test_a_notebook_that_shows_something_else_names_the_command(tmp_path: Path) -> None:
    from nbformat import v4, write

    stored = v4.new_output("stream", name="stdout", text="before\n")
    cell = v4.new_code_cell("print('now')", execution_count=1, outputs=[stored])
    path = tmp_path / "07-notebook.ipynb"
    write(v4.new_notebook(cells=[cell]), path)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "conftest", "--nbval", str(path)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1
    assert "07-notebook.ipynb shows something else than is stored." in done.stdout
    assert "`course build 07`" in done.stdout
    assert len(list(tmp_path.glob("course-tests-*"))) == 1, "what a failure left may explain it"
