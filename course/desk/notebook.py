"""`check`, `hint` and `solution`, as a notebook's cells call them."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.desk.predictions import hold_back
from course.judging.checks import run_exercise
from course.judging.report import Line, PredictionReport, Report, State
from course.judging.tasks import (
    Prediction,
    find_exercise,
    hint_text,
    load_exercises,
    not_attempted,
    questions_of,
    solution_text,
)
from course.lessons import EXERCISE_LINE, Lesson, find_lesson, same_code
from course.running.exchange import display
from course.running.tracebacks import learner_traceback

if TYPE_CHECKING:
    from course.desk.workspace import Progress


async def check(task: str, *answer: object) -> None:
    """Judge an answer and show the report: `await check("1.1", app)`.

    A prediction's answer is its letter; questions that are asked together take one each. The app needs
    none: `await check("1.app")` reads `app.py`.

    Raises:
        CourseError: there is no such task.
    """
    lesson = find_lesson(task)
    if lesson.of_app(task):
        report = await judge_app(lesson, task)
    elif asked := questions_of(lesson, task):
        report = compare_all(task, asked, *answer)
    elif isinstance(made := load_exercises(lesson).get(task), Prediction):
        report = compare(made, *answer)
    else:
        report = await _check_exercise(lesson, task, answer[0] if len(answer) == 1 else answer)
    if report.passed:
        progress().mark_done(task)
    elif not isinstance(report, PredictionReport):
        report.nudge = f"{report.nudge}\n{_help_for(task)}".strip()
    for tell in on_report:
        tell(report)
    display(report)


on_report: list[Callable[[Report], None]] = []
"""Who wants to know of each report besides the learner."""


def hint(task: str) -> None:
    """Show the next hint for a task, a little more each time."""
    lesson = find_lesson(task)
    count = progress().take_hint(task)
    for tell in on_hint:
        tell(task, count)
    display(Note(hint_text(lesson, task, count)))


on_hint: list[Callable[[str, int], None]] = []
"""Who wants to know of each hint besides the learner: the task, and how many were taken."""


def solution(task: str) -> None:
    """Show a task's solution, with the reason why it is built so."""
    reason, code = solution_text(find_lesson(task), task)
    display(Note(reason, code))


def compare(made: Prediction, answer: object = ...) -> Report:
    """The report on a prediction: right or not, and why. The answer is a letter, or `...`."""
    if answer is ...:
        nudge = "Answer above first, then run this cell again: a wrong guess is worth more than none."
        return PredictionReport(made.id, "Prediction", State.NOT_ATTEMPTED, nudge=nudge)
    said = str(answer).strip().lower()
    if not re.fullmatch("[a-h]", said):
        nudge = 'Answer with the letter of one of the choices, such as "a".'
        return PredictionReport(made.id, "Prediction", State.NOT_ATTEMPTED, nudge=nudge)
    right = said == made.answer
    return PredictionReport(
        made.id,
        "Prediction",
        State.PASSED if right else State.NOT_YET,
        came_back=said,
        expected="" if right else made.answer,
        nudge=made.why,
    )


def compare_all(task: str, asked: Sequence[Prediction], *answers: object) -> Report:
    """The report on questions that are answered together, a letter each: right or not, and why."""
    judged = [compare(*pair) for pair in zip(asked, answers, strict=False)]
    missing = [report for report in judged if report.state is State.NOT_ATTEMPTED]
    if missing or len(answers) != len(asked):
        nudge = missing[0].nudge if missing else f"Answer with {len(asked)} letters."
        return PredictionReport(task, "From before", State.NOT_ATTEMPTED, nudge=nudge)
    lines = [
        Line(report.task, f"{report.task}: {_said(report)} {report.nudge}", report.state) for report in judged
    ]
    passed = all(report.passed for report in judged)
    return PredictionReport(task, "From before", State.PASSED if passed else State.NOT_YET, lines)


def _said(report: Report) -> str:
    if report.passed:
        return f"{report.came_back} is right."
    return f"you said {report.came_back}, right is {report.expected}."


class Note:
    """A hint, or a solution's reason with its code."""

    def __init__(self, text: str, code: str = "") -> None:
        self.text = text
        self.code = code

    def __repr__(self) -> str:
        return f"{self.text}\n\n{self.code}" if self.code else self.text

    def _repr_markdown_(self) -> str:
        return f"{self.text}\n\n```python\n{self.code}\n```" if self.code else self.text


_in_memory: Progress | None = None


def progress() -> Progress:
    """Where done tasks are noted: the workspace if the notebook is there, else this process."""
    from course.desk.workspace import Progress, workspace

    global _in_memory
    if Path.cwd().is_relative_to(workspace()):
        return Progress(workspace())
    _in_memory = _in_memory or Progress(None)
    return _in_memory


async def _in_a_process(lesson: Lesson, task: str) -> Report:
    return await asyncio.to_thread(_check_app, lesson, task)


judge_app: Callable[[Lesson, str], Awaitable[Report]] = _in_a_process
"""How a lesson's `app.py` is judged, for the whole or a milestone; a page, which has no other processes, has
its own way."""


def _check_app(lesson: Lesson, task: str) -> Report:
    from course.desk.workspace import lesson_folder
    from course.judging.sandbox import check_lesson, read_answers

    folder = lesson_folder(lesson)
    if Path.cwd().resolve() != folder.resolve():
        folder = lesson.folder  # the tracked notebook: nobody has worked on the app there
    source = read_answers(lesson, folder).get(task, "")
    if same_code(source, (lesson.folder / "app.py").read_text(encoding="utf-8")):
        return not_attempted(find_exercise(lesson, task))  # no process is needed to see that
    return next(check_lesson(lesson, folder, [task]))


async def _check_exercise(lesson: Lesson, task: str, subject: object) -> Report:
    made = find_exercise(lesson, task)
    source, error = _cells.get(task, ("", None))
    if source and same_code(source, lesson.starters[task].source):
        report = not_attempted(made)
        report.nudge = f"The cell `# Exercise {task}` is still as it was given: write your answer there."
    elif error is not None:
        report = not_attempted(made)
        report.state = State.RAISED
        report.traceback = learner_traceback(error)
        report.nudge = "The cell above ended in this error, so there is nothing new to check yet."
    else:
        with made.around():
            report = await run_exercise(made, subject)
    return report


_cells: dict[str, tuple[str, BaseException | None]] = {}
"""The exercises' cells by task id, as last run in this notebook: the source, and what it raised."""


def _watch_cells() -> None:
    """From now on, note how each exercise's cell goes that the notebook runs, and hold outcomes back."""
    if "IPython" not in sys.modules:  # and so no shell runs: to load it takes a tenth of a second
        return
    from IPython import get_ipython

    def remember(result: Any) -> None:
        remember_cell(result.info.raw_cell or "", result.error_before_exec or result.error_in_exec)

    shell = get_ipython()
    if hasattr(shell, "events"):
        shell.events.register("post_run_cell", remember)
        shell.input_transformers_cleanup.append(hold_back)


def remember_cell(source: str, error: BaseException | None) -> None:
    """Note how a cell went, if it is an exercise's: `check` judges nothing that raised or was not touched."""
    if line := EXERCISE_LINE.match(source):
        _cells[line[1]] = source, error


_watch_cells()


def _help_for(task: str) -> str:
    return f'Stuck? `hint("{task}")` helps a little more each time.'
