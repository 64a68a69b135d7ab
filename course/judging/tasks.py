"""What there is to do in a lesson: its exercises, its app and its predictions, with hints and solutions.

A lesson's `checks.py` declares them with `exercise` and `prediction`; `solutions/` has the answers.
"""

from __future__ import annotations

import functools
import importlib.util
import re
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from course.judging.report import Line, Report, State
from course.lessons import ROOT, CourseError, Lesson

Check = Callable[[Any], Awaitable[None]]


@dataclass
class Exercise:
    """One thing to do: an exercise of the notebook, or the lesson's app."""

    id: str
    title: str
    hints: Sequence[str]
    takes: Literal["app", "value"] = "app"
    checks: list[Check] = field(default_factory=list)
    around: Callable[[], AbstractContextManager[object]] = nullcontext
    """What has to be there while an answer is judged, and an app's file loaded, such as a database."""
    on_desk_only: set[str] = field(default_factory=set)
    """Names of the checks that a page lets pass without a look."""
    patience: float = 1
    """How many times as long as usual its checks may take."""

    def check(self, function: Check) -> Check:
        """Add a check; its docstring's first line is what the learner reads in the list."""
        self.checks.append(function)
        return function

    def check_on_desk(self, function: Check) -> Check:
        """Add a check of what a page, which has no threads and processes, cannot show: there it passes."""

        @functools.wraps(function)
        async def check(subject: Any) -> None:
            from course.running.server import in_page

            if not in_page():
                await function(subject)

        self.on_desk_only.add(check.__name__)
        return self.check(check)

    def lines(self) -> list[Line]:
        """The checks, none of them run yet."""
        return [
            Line(check.__name__, (check.__doc__ or check.__name__).strip().splitlines()[0])
            for check in self.checks
        ]


@dataclass
class Prediction:
    """A question that is answered before a cell is run: the right choice's letter, and why."""

    id: str
    answer: str
    why: str


_collected: ContextVar[dict[str, Exercise | Prediction]] = ContextVar("_collected")


def exercise(
    id: str,
    title: str,
    *,
    hints: Sequence[str],
    takes: Literal["app", "value"] = "app",
    around: Callable[[], AbstractContextManager[object]] = nullcontext,
    patience: float = 1,
) -> Exercise:
    """Declare an exercise; with `takes="value"` its checks get the value itself, not an `Api`."""
    made = Exercise(id, title, hints, takes, around=around, patience=patience)
    _collected.get()[id] = made
    return made


def prediction(id: str, *, answer: str, why: str) -> None:
    """Declare what is right for a prediction of the lesson, and why."""
    _collected.get()[id] = Prediction(id, answer, why)


_loaded: dict[Lesson, dict[str, Exercise | Prediction]] = {}


def load_exercises(lesson: Lesson) -> dict[str, Exercise | Prediction]:
    """What a lesson's `checks.py` declares, by id."""
    if lesson not in _loaded:
        path = lesson.folder / "checks.py"
        spec = importlib.util.spec_from_file_location(f"checks_{lesson.number}", path)
        if spec is None or spec.loader is None or not path.exists():
            raise CourseError(f"Lesson {lesson.number} has no {path.name}.")
        collected: dict[str, Exercise | Prediction] = {}
        token = _collected.set(collected)
        try:
            module = importlib.util.module_from_spec(spec)
            sys.modules[spec.name] = module  # dataclasses and models look there for what a hint names
            spec.loader.exec_module(module)
        finally:
            _collected.reset(token)
        _loaded[lesson] = collected
    return _loaded[lesson]


def checks_of(task: str, root: Path = ROOT) -> list[Check]:
    """The checks of another lesson's task, `"5.app"`, for one that asks for the same again."""
    [folder] = (root / "lessons").glob(f"{int(task.partition('.')[0]):02}-*")
    return find_exercise(Lesson(folder.name, root), task).checks


def questions_of(lesson: Lesson, task: str) -> list[Prediction]:
    """The questions that "5.r" asks together, 5.r1, 5.r2 and so on; none, if it is another task."""
    return [
        made
        for id, made in load_exercises(lesson).items()
        if isinstance(made, Prediction) and re.fullmatch(rf"{re.escape(task)}\d", id) and task.endswith(".r")
    ]


def forget_exercises(lesson: Lesson) -> None:
    """Have a lesson's `checks.py` read anew when it is asked for next: somebody has changed it."""
    _loaded.pop(lesson, None)


def find_exercise(lesson: Lesson, task: str) -> Exercise:
    """The exercise with the id `task`.

    Raises:
        CourseError: there is none; the message lists those there are.
    """
    found = load_exercises(lesson)
    if isinstance(made := found.get(task), Exercise):
        return made
    known = ", ".join(id for id, made in found.items() if isinstance(made, Exercise))
    raise CourseError(f"Lesson {lesson.number} has no exercise {task!r}. There are: {known}.")


def not_attempted(made: Exercise) -> Report:
    """The report on an exercise that nobody has touched."""
    return Report(made.id, made.title, State.NOT_ATTEMPTED, made.lines())


def starter_source(lesson: Lesson, task: str) -> str:
    """The source that an exercise or the app begins with."""
    if lesson.of_app(task):
        return (lesson.folder / "app.py").read_text(encoding="utf-8")
    return lesson.starters[task].source


def hint_text(lesson: Lesson, task: str, count: int) -> str:
    """The `count`-th hint of a task, counted from 1; after the last one, the last again."""
    hints = find_exercise(lesson, task).hints
    number = min(count, len(hints))
    more = "" if number < len(hints) else f' That was the last one; next is solution("{task}").'
    return f"Hint {number} of {len(hints)}: {hints[number - 1]}{more}"


class NotPublished(CourseError):
    """Somebody leaves a lesson's solutions out for now."""


def solution_text(lesson: Lesson, task: str) -> tuple[str, str]:
    """A task's solution: why it is built so, and the code.

    Raises:
        NotPublished: the lesson's solutions are not there.
        CourseError: there is no such task, or `solutions/` has no answer to it, or no reason.
    """
    if not lesson.solutions.is_dir():
        raise NotPublished(f"The solution of {task} is not published yet.")
    if lesson.of_app(task):
        source = (lesson.solutions / "app.py").read_text(encoding="utf-8")
        docstring = re.match(r'"""(.*?)"""\s*', source, re.DOTALL)
        if docstring is None:
            raise CourseError(f"solutions/{lesson.slug}/app.py does not say why it is built so.")
        return docstring[1].strip(), source[docstring.end() :].strip()
    find_exercise(lesson, task)
    solutions = solutions_of(lesson)
    if task not in solutions:
        raise CourseError(
            f"solutions/{lesson.slug}/exercises.py has no section for {task}. Write a line `# %% {task}`, "
            "below it a comment that says why the answer is built so, then the answer."
        )
    return solutions[task]


def solutions_of(lesson: Lesson) -> dict[str, tuple[str, str]]:
    """The exercises' solutions by id, each with its reason: the comment below `# %% 1.1`."""
    source = (lesson.solutions / "exercises.py").read_text(encoding="utf-8")
    found = {}
    for section in re.split(r"^# %% ", source, flags=re.MULTILINE)[1:]:
        task, _, text = section.partition("\n")
        comment = re.match(r"(?:#.*\n)*", text)
        reason = comment[0] if comment else ""
        code = text[len(reason) :].strip()
        found[task.strip()] = " ".join(re.sub("^# ?", "", reason, flags=re.M).split()), code
    return found
