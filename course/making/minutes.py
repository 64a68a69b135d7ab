"""How long a lesson takes a newcomer, computed from its text and its cells.

Words are read at `WORDS_A_MINUTE`, each cell takes `CELL` to run and to read, and each task what the front
matter says. What belongs to "Build it" and to its milestones counts for itself; sections headed
"Optional: ..." do not count.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from course.desk.sittings import RESUME
from course.lessons import Cell, CourseError, Lesson, Minutes

WORDS_A_MINUTE = 180
CELL = 0.5
"""Minutes to run a cell and to read it, with what it shows."""

MOST = 75
"""Minutes that a sitting may take, "Build it" apart."""

BREAK = "## A good place for a break"
"""The heading that divides a lesson into two sittings."""

TASK = re.compile(
    r"### (?:Exercise|Milestone) (\d+\.\d+):|> \*\*Predict (\d+\.p\d+)\.\*\*|"
    r"> \*\*From before (\d+\.r)1\.\*\*"
)


def read_minutes(lesson: Lesson, cells: Sequence[Cell], stated: Mapping[str, str]) -> Minutes:
    """What a lesson takes: `cells` as they stand in `lesson.md`, `stated` the tasks' minutes by id.

    Raises:
        CourseError: a task has no minutes, or no number of them, or there is no such task; or the lesson
            is too long for one sitting, or for two.
    """
    reading = exercises = app = 0.0
    sittings = [0.0]
    left = {task: _number(lesson, task, said) for task, said in stated.items()}
    for section, text in _pieces(cells):
        takes = CELL if text is None else _words(text) / WORDS_A_MINUTE
        tasks = 0.0
        for task in _tasks(lesson, text or ""):
            if task not in left:
                raise _wrong(lesson, f"the front matter states no minutes for {task}")
            tasks += left.pop(task)
        if section == "optional":
            continue
        if section == "app":
            app += takes + tasks
            continue
        if text == BREAK:
            sittings.append(0.0)
        reading += takes
        exercises += tasks
        sittings[-1] += takes + tasks
    if left:
        raise _wrong(lesson, f"the front matter states minutes for {', '.join(left)}, which the lesson lacks")
    _goes_on(lesson, cells)
    made = Minutes(round(reading), round(exercises), round(app), tuple(map(round, sittings)))
    _bearable(lesson, made)
    return made


def at_the_break(minutes: Minutes) -> tuple[str, str]:
    """What stands at the break besides the lesson's own words: below its heading, and before its cell."""
    first, second = minutes.sittings
    return (
        f"*The first sitting, of {first} minutes, ends here. The second takes {second}.*",
        "Go on with the cell below whenever you like, also where all was closed meanwhile: it brings back "
        "what the cells above it have made.",
    )


def _goes_on(lesson: Lesson, cells: Sequence[Cell]) -> None:
    """See that the cell below the break, and no other, brings everything back."""
    for above, cell in pairwise(cells):
        broken = BREAK in above.source.splitlines() and above.kind == "markdown"
        if broken != (RESUME in cell.tags):
            raise _wrong(
                lesson,
                f"below `{BREAK}` and its text stands a cell with the tag `{RESUME}`, and only there",
            )


def _bearable(lesson: Lesson, minutes: Minutes) -> None:
    if len(minutes.sittings) > 2:
        raise _wrong(lesson, f"a lesson has two sittings at most, so `{BREAK}` may stand once")
    for number, takes in enumerate(minutes.sittings, 1):
        if takes > MOST:
            which, mend = {
                1: ("the lesson takes", f"divide it, with a heading `{BREAK}`"),
                2: (f"its sitting {number} takes", "move the break, or shorten it"),
            }[len(minutes.sittings)]
            raise _wrong(lesson, f"{which} {takes} minutes without its app, and {MOST} are the most: {mend}")


def _wrong(lesson: Lesson, what: str) -> CourseError:
    return CourseError(f"{lesson.slug}/lesson.md: {what}.")


def _number(lesson: Lesson, task: str, said: str) -> float:
    try:
        number = float(said)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 < number < math.inf:
        raise _wrong(lesson, f"the front matter states {said!r} minutes for {task}, and it takes a number")
    return number


def _pieces(cells: Iterable[Cell]) -> Iterator[tuple[str, str | None]]:
    """The lesson in order: which section it is of, and a line of text, or None for a cell that runs."""
    section = ""
    for cell in cells:
        if cell.kind == "code":
            yield section, None
            continue
        fenced = False
        for line in cell.source.splitlines():
            fenced ^= line.startswith("```")
            if not fenced and line.startswith("## "):
                section = "app" if line == "## Build it" else "optional" * line.startswith("## Optional: ")
            elif not fenced and line.startswith("### Milestone "):
                section = "app"
            yield section, line


def _tasks(lesson: Lesson, line: str) -> Iterator[str]:
    if line == "## Build it":
        yield lesson.app_task
    if match := TASK.match(line):
        yield next(task for task in match.groups() if task)


def _words(text: str) -> int:
    """Words of a text: signs that stand alone, such as a table's, are none."""
    return sum(any(letter.isalnum() for letter in word) for word in text.split())
