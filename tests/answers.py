"""The answers that lie beside the tests: wrong ones with the message meant for them, and other right ones.

And a lesson's cells as a page runs them, with the solutions in them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from course.judging.tasks import Check, Exercise, find_exercise, solution_text
from course.lessons import EXERCISE_LINE, ROOT, Cell, Lesson
from course.making.mistakes import Mistakes, all_mistakes


@cache
def mistakes_of(lesson: Lesson) -> list[Mistakes]:
    """The mistakes of a lesson, task by task: read once in this process."""
    return all_mistakes(lesson)


@dataclass(frozen=True)
class Wrong:
    """A wrong answer as a test takes it: the check that must fail first, and words of its message."""

    name: str
    """The task and the mistake, as in "5.2-no-location"."""
    task: str
    check: str
    says: str
    source: str


def wrong_answers(lesson: Lesson) -> list[Wrong]:
    """One mistake for each check that a page makes: what one shows of a server, all show."""
    firsts: dict[tuple[str, str], tuple[str, Mistakes]] = {}
    for mistakes in mistakes_of(lesson):
        unseen = find_exercise(lesson, mistakes.task).on_desk_only
        for mistake in sorted(mistakes, key=lambda one: one.name):
            if mistake.check in unseen:
                continue
            firsts.setdefault((mistakes.task, mistake.check), (mistake.name, mistakes))
    return [
        wrong_answer(mistakes, name) for _, (name, mistakes) in sorted(firsts.items(), key=lambda one: one[0])
    ]


def wrong_answer(mistakes: Mistakes, name: str) -> Wrong:
    """A mistake with the program that has it."""
    one = mistakes.sections[name]
    return Wrong(f"{mistakes.stem}-{name}", mistakes.task, one.check, one.says, mistakes.answer(name))


def tasks_of(lesson: Lesson, path: Path) -> list[str]:
    """The tasks that an alternative answers: "1.2-slug.py"; "app-slug.py" has all milestones, too."""
    name = path.stem.partition("-")[0]
    return [*lesson.milestones, lesson.app_task] if name == "app" else [name]


def alternatives(lesson: Lesson) -> list[tuple[str, str, str]]:
    """Other right answers: the file's name, the task, the source."""
    folder = ROOT / "tests" / "alternatives" / lesson.slug
    return [
        (path.name, task, path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.py"))
        for task in tasks_of(lesson, path)
    ]


def checks_up_to(made: Exercise, name: str) -> list[Check]:
    """The checks of an exercise to the one that must fail: what comes behind says nothing, and takes time."""
    names = [check.__name__ for check in made.checks]
    if name not in names:
        pytest.fail(f"{made.id} has no check {name!r}. There are: {', '.join(names)}.", pytrace=False)
    return made.checks[: names.index(name) + 1]


def cells_in_page(lesson: Lesson) -> list[Cell]:
    """The code cells that a page can run."""
    return [cell for cell in lesson.cells if cell.kind == "code" and "no-browser" not in cell.tags]


def solved(lesson: Lesson, cell: Cell) -> str:
    """A cell's source, with the solution in it if it is an exercise's."""
    if exercise := EXERCISE_LINE.match(cell.source):
        return f"{exercise[0]}\n{solution_text(lesson, exercise[1])[1]}"
    return cell.source
