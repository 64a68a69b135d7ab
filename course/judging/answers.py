"""A learner's answers: run as source, and told apart from what nobody has touched."""

from __future__ import annotations

import ast
import asyncio
import importlib
import importlib.util
import inspect
import linecache
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from course.judging.checks import run_exercise
from course.judging.report import Report, State
from course.judging.tasks import find_exercise, not_attempted, starter_source
from course.lessons import CourseError, Lesson, same_code
from course.running.tracebacks import advice, learner_traceback


async def run_answer(
    lesson: Lesson, task: str, source: str, folder: Path, *, to_the_end: bool = True
) -> Report:
    """Judge the source of an answer: an exercise's cell, or the `app.py` in `folder`.

    What the source raises, `SystemExit` included, becomes the report. `to_the_end` is as in `run_exercise`.
    """
    made = find_exercise(lesson, task)
    if same_code(source, starter_source(lesson, task)):
        return not_attempted(made)
    try:
        with made.around():
            if lesson.of_app(task):
                forget_modules(folder)  # an earlier milestone may have loaded them
            subject = (
                # In a thread: no event loop runs there, as none does when a server imports the file.
                await asyncio.to_thread(lambda: app_of(load_module(folder / "app.py")))
                if lesson.of_app(task)
                else await run_cell(lesson, task, source)
            )
            return await run_exercise(made, subject, to_the_end=to_the_end)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        report = not_attempted(made)
        report.state = State.NOT_YET if isinstance(error, CourseError) else State.RAISED
        if isinstance(error, CourseError):
            report.nudge = str(error)
        else:
            report.traceback = learner_traceback(error)
            report.nudge = advice(error)
        if isinstance(error, NameError) and not lesson.of_app(task):
            report.nudge += " A check runs this cell by itself, so it needs its own imports."
        if isinstance(error, SystemExit):
            report.nudge = "Your code ended the program. A check needs it to go on: take that line out."
        return report


async def run_cell(lesson: Lesson, task: str, source: str) -> object:
    """Run an exercise's cell by itself and return what its check is given."""
    name = f"<exercise {task}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    # A module that Pydantic finds, also later, when it looks up a type hint given as a string.
    module = ModuleType("exercise")
    sys.modules[module.__name__] = module
    code = compile(source, name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    if inspect.isawaitable(result := eval(code, module.__dict__)):
        await result
    arguments = lesson.starters[task].arguments
    values = [eval(argument, module.__dict__) for argument in arguments]
    return values[0] if len(values) == 1 else tuple(values)


def load_module(path: Path) -> ModuleType:
    """Import a learner's file under its own name, with its folder importable."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise CourseError(f"{path.name} is not a Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module
    sys.path.insert(0, str(path.parent))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(path.parent))
    return module


def forget_modules(folder: Path) -> None:
    """Have a learner's files imported anew: they may have changed, or hold what another check left."""
    within = f"{folder}{os.sep}"  # of thousands of modules: a path of each would take longer than the rest
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None)).startswith(within):
            del sys.modules[name]
    importlib.invalidate_caches()


def app_of(module: ModuleType) -> Any:
    """The app of a learner's module: `app`, what `create_app()` makes, or the one FastAPI there is.

    Raises:
        CourseError: none was found; the message says what to name it.
    """
    from fastapi import FastAPI

    if (app := getattr(module, "app", None)) is not None:
        return app
    if callable(make := getattr(module, "create_app", None)):
        return make()
    apps = [value for value in vars(module).values() if isinstance(value, FastAPI)]
    if len(apps) == 1:
        return apps[0]
    raise CourseError(f"{module.__name__}.py has no `app`: name your FastAPI() so, as uvicorn expects.")
