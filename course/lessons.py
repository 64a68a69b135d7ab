"""The lessons as learners have them: which there are, their cells, their tasks.

Everything is read from the tracked notebooks, which `course build` makes from `lesson.md`: a learner's
environment needs neither jupytext nor nbformat for it.
"""

from __future__ import annotations

import ast
import gc
import json
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

ROOT = Path("/course") if sys.platform == "emscripten" else Path(__file__).resolve().parent.parent
"""The checkout: the folder that holds `lessons/`, `notebooks/` and `solutions/`. A page has its own."""

EXERCISE_LINE = re.compile(r"# Exercise (\d+\.\d+)\b")
"""The first line of an exercise's cell, in which a learner writes the answer."""


class CourseError(Exception):
    """Something a person can mend; the message says how. Shown without a traceback."""

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows instead of a traceback."""
        return [str(self)]


@dataclass(frozen=True)
class Cell:
    """One cell of a lesson: `kind` is "markdown" or "code"; `outputs` are nbformat dictionaries."""

    kind: str
    source: str
    tags: tuple[str, ...] = ()
    id: str = ""
    outputs: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Starter:
    """Where an exercise begins: the cell's source, and what the check after it is given."""

    task: str
    source: str
    arguments: tuple[str, ...]
    """The expressions after the id in `await check("1.1", app)`, here `("app",)`."""
    cell: str = ""
    """The cell's id in the notebook."""


@dataclass(frozen=True)
class Minutes:
    """How long a lesson takes a newcomer, in minutes; the build computes it."""

    reading: int
    """To read the text, and to run the cells and read what they show."""
    exercises: int
    """For all tasks but the app: exercises, predictions, questions."""
    app: int
    """For "Build it"."""
    sittings: tuple[int, ...]
    """For each sitting, "Build it" apart; one, or two where the lesson has a break."""

    def __str__(self) -> str:
        return (
            f"Reading and running {self.reading} min, exercises {self.exercises} min, Build it {self.app} min"
        )


@dataclass(frozen=True)
class Lesson:
    """One lesson of the course, by its slug, such as `01-first-api`."""

    slug: str
    root: Path = ROOT

    @property
    def number(self) -> str:
        """Two digits: "01"."""
        return self.slug.partition("-")[0]

    @property
    def app_task(self) -> str:
        """The id of the lesson's "Build it": "1.app"."""
        return f"{int(self.number)}.app"

    @property
    def folder(self) -> Path:
        return self.root / "lessons" / self.slug

    @property
    def solutions(self) -> Path:
        return self.root / "solutions" / self.slug

    @property
    def notebook(self) -> Path:
        return self.root / "notebooks" / f"{self.slug}.ipynb"

    @cached_property
    def _document(self) -> dict[str, Any]:
        try:
            document: dict[str, Any] = json.loads(self.notebook.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise CourseError(
                f"Lesson {self.number} has no notebook yet: run `course build {self.number}`."
            ) from None
        return document

    @property
    def title(self) -> str:
        return str(self._document["metadata"]["course"]["title"])

    @property
    def summary(self) -> str:
        return str(self._document["metadata"]["course"]["summary"])

    @property
    def part(self) -> str:
        return str(self._document["metadata"]["course"]["part"])

    @property
    def minutes(self) -> Minutes:
        """How long a newcomer takes."""
        return minutes_of(self._document["metadata"])

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        return cells_of(self._document)

    @cached_property
    def starters(self) -> dict[str, Starter]:
        """The exercises of the notebook by id, as they are before anyone has touched them."""
        return exercises_in(self.cells)

    @cached_property
    def milestones(self) -> tuple[str, ...]:
        """The ids of the parts in which the app is judged on the way to the whole, in order; mostly none."""
        return milestones_in(self.cells)

    @property
    def tasks(self) -> tuple[str, ...]:
        """What there is to do, in order: the exercises' ids, the milestones', then the app's."""
        return (*self.starters, *self.milestones, self.app_task)

    def of_app(self, task: str) -> bool:
        """Whether a task's answer is the learner's `app.py`: the app's own task, or a milestone."""
        return task == self.app_task or task in self.milestones


def minutes_of(metadata: dict[str, Any]) -> Minutes:
    """The minutes in a notebook's metadata."""
    stored = metadata["course"]["minutes"]
    return Minutes(**{**stored, "sittings": tuple(stored["sittings"])})


def cells_of(document: dict[str, Any]) -> tuple[Cell, ...]:
    """The cells of a notebook that was read as JSON."""
    return tuple(
        Cell(
            kind=cell["cell_type"],
            source="".join(cell["source"]),
            tags=tuple(cell["metadata"].get("tags", ())),
            id=cell.get("id", ""),
            outputs=tuple(cell.get("outputs", ())),
        )
        for cell in document["cells"]
    )


def exercises_in(cells: Iterable[Cell]) -> dict[str, Starter]:
    """The exercise cells among `cells` by id, each joined with the check that follows it."""
    written: dict[str, Cell] = {}
    found: dict[str, Starter] = {}
    for cell in cells:
        if cell.kind != "code":
            continue
        if line := EXERCISE_LINE.match(cell.source):
            written[line[1]] = cell
        for task, arguments in _check_calls(cell.source):
            if task in written:
                found[task] = Starter(task, written[task].source, arguments, written[task].id)
    return found


def milestones_in(cells: Iterable[Cell]) -> tuple[str, ...]:
    """The ids of the milestones among `cells`: each is checked without being given anything."""
    cells = list(cells)
    written = {
        line[1] for cell in cells if cell.kind == "code" and (line := EXERCISE_LINE.match(cell.source))
    }
    calls = [call for cell in cells if cell.kind == "code" for call in _check_calls(cell.source)]
    return tuple(
        task
        for task, arguments in calls
        if not arguments and task not in written and re.fullmatch(r"\d+\.\d+", task)
    )


def _check_calls(source: str) -> list[tuple[str, tuple[str, ...]]]:
    if "check(" not in source:
        return []
    try:
        tree = parsed(source)
    except SyntaxError:
        return []  # a learner's cell, half written
    calls = []
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="check"), args=[ast.Constant(value=str(task)), *rest]):
                calls.append((task, tuple(ast.unparse(argument) for argument in rest)))
    return calls


def all_lessons(root: Path = ROOT) -> list[Lesson]:
    """Every lesson that has a `lesson.md`, in order."""
    return [Lesson(path.parent.name, root) for path in sorted((root / "lessons").glob("*/lesson.md"))]


def built_lessons(root: Path = ROOT) -> list[Lesson]:
    """The lessons that a learner can work on: those with a notebook."""
    return [lesson for lesson in all_lessons(root) if lesson.notebook.exists()]


def find_lesson(name: str, root: Path = ROOT) -> Lesson:
    """The lesson meant by "01", "1", "01-first-api" or the id of one of its tasks, such as "1.2".

    Raises:
        CourseError: there is no such lesson; the message lists those there are.
    """
    lessons = all_lessons(root)
    number = name.partition(".")[0]
    for lesson in lessons:
        if name == lesson.slug or (number.isdecimal() and int(number) == int(lesson.number)):
            return lesson
    known = ", ".join(lesson.number for lesson in lessons)
    raise CourseError(f"There is no lesson {name!r}. There are: {known}.")


def parsed(source: str, filename: str = "<unknown>") -> ast.Module:
    """The source's syntax tree.

    CPython 3.11 builds one tree at a time: where the garbage collector comes in between and a
    finalizer parses, too (asyncio's formats a traceback), the outer one ends with a `SystemError`
    (python/cpython#106905).

    Raises:
        SyntaxError, ValueError: it is no Python.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        return ast.parse(source, filename)
    finally:
        if collects:
            gc.enable()


def same_code(one: str, other: str) -> bool:
    """Whether two sources say the same to Python: comments and white space do not count."""
    try:
        return ast.dump(parsed(one)) == ast.dump(parsed(other))
    except (SyntaxError, ValueError):
        return one == other
