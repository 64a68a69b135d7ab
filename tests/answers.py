"""The answers that lie beside the tests: wrong ones with the message meant for them, and other right ones.

And a lesson's cells as a page runs them, with the solutions in them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from course.judging.tasks import Check, Exercise, solution_text
from course.lessons import EXERCISE_LINE, ROOT, Cell, Lesson

HEADER = re.compile(r"# check: (\w+)\n# says: (.+)\n")


@dataclass(frozen=True)
class Mistake:
    """A wrong answer: the check that must fail first, and words that its message must contain."""

    name: str
    task: str
    check: str
    says: str
    source: str


def task_of(lesson: Lesson, path: Path) -> str:
    """The task that a file answers: "1.2-slug.py", "app-slug.py"."""
    name = path.stem.partition("-")[0]
    return lesson.app_task if name == "app" else name


def read_mistake(lesson: Lesson, path: Path) -> Mistake:
    """The mistake in a file."""
    source = path.read_text(encoding="utf-8")
    header = HEADER.match(source)
    assert header, f"{path.name}: a mistake begins with `# check: name` and `# says: phrase`"
    return Mistake(path.name, task_of(lesson, path), header[1], header[2], source)


def mistakes(lesson: Lesson) -> list[Mistake]:
    """One mistake for each check of a lesson: what one shows of a server, all show."""
    folder = ROOT / "tests" / "mistakes" / lesson.slug
    found = [read_mistake(lesson, path) for path in sorted(folder.glob("*.py"))]
    found.sort(key=lambda one: (one.task, one.check))
    return [next(group) for _, group in groupby(found, key=lambda one: (one.task, one.check))]


def alternatives(lesson: Lesson) -> list[tuple[str, str, str]]:
    """Other right answers: the file's name, the task, the source."""
    folder = ROOT / "tests" / "alternatives" / lesson.slug
    return [
        (path.name, task_of(lesson, path), path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.py"))
    ]


def checks_up_to(made: Exercise, name: str) -> list[Check]:
    """The checks of an exercise to the one that must fail: what comes behind says nothing, and takes time."""
    return made.checks[: [check.__name__ for check in made.checks].index(name) + 1]


def cells_in_page(lesson: Lesson) -> list[Cell]:
    """The code cells that a page can run."""
    return [cell for cell in lesson.cells if cell.kind == "code" and "no-browser" not in cell.tags]


def solved(lesson: Lesson, cell: Cell) -> str:
    """A cell's source, with the solution in it if it is an exercise's."""
    if exercise := EXERCISE_LINE.match(cell.source):
        return f"{exercise[0]}\n{solution_text(lesson, exercise[1])[1]}"
    return cell.source
