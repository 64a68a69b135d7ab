"""A prediction that is not answered yet does not show its outcome.

In a learner's notebook a cell that shows it is held back: in its place runs the check alone, which asks for
the answer. The cell's text stays as it is. A page does the same with its buttons.
"""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path

from course.desk.workspace import workspace
from course.lessons import built_lessons, same_code

ANSWERS = re.compile(r"^my_answers? = ", re.M)
JUDGED = re.compile(r'^await check\("(\d+\.(?:p\d+|r))", \*?(\w+)\)$', re.M)
"""An experiment's last line: the prediction, and the variable that holds what the learner said."""


def hold_back(lines: list[str]) -> list[str]:
    """What a notebook is to run for the cell with these lines; for IPython's `input_transformers_cleanup`."""
    source = "".join(lines)
    folder = Path.cwd()
    if not folder.is_relative_to(workspace()):
        return lines  # nobody learns there: a build, a test
    judged = JUDGED.search(source) or _experiment(source, folder.name)
    if judged is None or _answered(judged[2]):
        return lines
    return [f'await check("{judged[1]}", ...)\n']


def _answered(name: str) -> bool:
    said = sys.modules["__main__"].__dict__.get(name, ...)
    return ... not in (said if isinstance(said, tuple) else (said,))


def _experiment(source: str, slug: str) -> re.Match[str] | None:
    """How the cell is judged, if it is the first of several that show a prediction's outcome."""
    return next((judged for cell, judged in _experiments(slug) if same_code(cell, source)), None)


@cache
def _experiments(slug: str) -> list[tuple[str, re.Match[str]]]:
    """The cells of a lesson between an answer and its check, each with the check's line."""
    lesson = next((lesson for lesson in built_lessons() if lesson.slug == slug), None)
    found: list[tuple[str, re.Match[str]]] = []
    between: list[str] | None = None
    for cell in lesson.cells if lesson else ():
        if cell.kind != "code":
            continue
        if ANSWERS.search(cell.source):
            between = []
        elif between is not None and (judged := JUDGED.search(cell.source)):
            found += [(one, judged) for one in between]
            between = None
        elif between is not None:
            between.append(cell.source)
    return found
