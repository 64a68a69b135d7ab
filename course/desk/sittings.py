"""A lesson in two sittings: `resume`, in the second one's first cell, brings back what the first has made.

A kernel that was started anew, or a page that was loaded anew, knows nothing of the cells above.
"""

from __future__ import annotations

import ast
import contextlib
import dis
import inspect
import linecache
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import CodeType
from typing import Any

from course.lessons import EXERCISE_LINE, Cell, CourseError, Lesson, find_lesson, parsed

RESUME = "resume"
"""The tag of the second sitting's first cell."""


async def resume(name: str) -> None:
    """Run the first sitting's cells once more, quietly: `await resume("05")`.

    They run as the lesson has them, exercises as they were given, and nothing is checked. Where all their
    names are there already, because the cells were run by hand, nothing is done.

    Raises:
        CourseError: there is no such lesson, or it has one sitting.
        Exception: what a cell raised that is not meant to.
    """
    namespace: dict[str, Any] = sys.modules["__main__"].__dict__
    cells = [(cell, _compiled(cell)) for cell in _first_sitting(find_lesson(name))]
    made = {name for cell, code in cells if not EXERCISE_LINE.match(cell.source) for name in _names(code)}
    if not made <= namespace.keys():
        with quiet():
            for cell, code in cells:
                with contextlib.suppress(*([Exception] if "raises-exception" in cell.tags else [])):
                    result = eval(code, namespace)
                    if code.co_flags & inspect.CO_COROUTINE:
                        await result
    print("What the first sitting has made is here.")


def _first_sitting(lesson: Lesson) -> list[Cell]:
    """The code cells before the break, as far as they run here."""
    code = [cell for cell in lesson.cells if cell.kind == "code"]
    breaks = [number for number, cell in enumerate(code) if RESUME in cell.tags]
    if not breaks:
        raise CourseError(f"Lesson {lesson.number} has one sitting: there is nothing to bring back.")
    return [cell for cell in code[: breaks[0]] if not left_out.intersection(cell.tags)]


def _compiled(cell: Cell) -> CodeType:
    """A cell's code without its checks; tracebacks find its source."""
    filename = f"<cell {cell.id}>"
    linecache.cache[filename] = len(cell.source), None, cell.source.splitlines(keepends=True), filename
    tree = parsed(cell.source, filename)
    tree.body = [statement for statement in tree.body if not _is_check(statement)]
    code: CodeType = compile(tree, filename, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    return code


def _is_check(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(ast.Await(ast.Call(ast.Name("check")))):
            return True
    return False


def _names(code: CodeType) -> set[str]:
    """The names that a cell leaves in its namespace."""
    named: dict[str, set[str]] = {"STORE_NAME": set(), "DELETE_NAME": set()}
    for step in dis.get_instructions(code):
        if step.opname in named:
            named[step.opname].add(step.argval)
    return {name for name in named["STORE_NAME"] - named["DELETE_NAME"] if not name.startswith("__")}


def _muted() -> AbstractContextManager[Any]:
    from IPython.utils.capture import capture_output

    return capture_output()


quiet: Callable[[], AbstractContextManager[Any]] = _muted
"""Inside of it nothing is shown; a page has its own."""

left_out: frozenset[str] = frozenset()
"""Tags of cells that do not run here: a page cannot run all."""
