"""Checks in a process of their own: whatever a learner's code does, there is a clear answer.

The code runs on a copy of the learner's folder, with a time limit; what it prints is kept up to a bound.
This module stays free of slow imports: the command line loads it before anything else.
"""

from __future__ import annotations

import contextlib
import json
import queue
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from course.judging.child import Worker
from course.judging.report import Report, State
from course.lessons import EXERCISE_LINE, Cell, CourseError, Lesson, cells_of

LIMIT = 10.0
"""Seconds that one exercise or app may take, its checks included."""


class Sandbox(Protocol):
    """Where code runs that nobody trusts. All `Path`s are on this machine."""

    def start(self, given: Path, *written: Path) -> Worker:
        """A worker that sees the folder `given` and may write to the files `written`, which are there."""

    def inside(self, path: Path) -> str:
        """Where the worker finds one of these."""

    def terms(self) -> dict[str, Any]:
        """What the worker's job says besides: where it works, what it may use."""


def read_answers(lesson: Lesson, folder: Path) -> dict[str, str]:
    """The learner's sources by task id: exercises from the notebook in `folder`, the app from `app.py`.

    What is not there, or cannot be read as a notebook, has no entry.
    """
    answers: dict[str, str] = {}
    with contextlib.suppress(OSError, *_DAMAGED):
        cells = _cells_in(folder / lesson.notebook.name)
        by_line = {line[1]: cell for cell in cells if (line := EXERCISE_LINE.match(cell.source))}
        by_id = {cell.id: cell for cell in cells}  # for a cell that lost its first line
        for task, starter in lesson.starters.items():
            if cell := by_line.get(task) or by_id.get(starter.cell):
                answers[task] = cell.source
    with contextlib.suppress(OSError):
        source = (folder / "app.py").read_text(encoding="utf-8", errors="replace")
        answers |= dict.fromkeys((*lesson.milestones, lesson.app_task), source)
    return answers


_DAMAGED = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""What comes of reading a file as a notebook that is none."""


def _cells_in(notebook: Path) -> tuple[Cell, ...]:
    return cells_of(json.loads(notebook.read_text(encoding="utf-8")))


def damaged(notebook: Path) -> bool:
    """Whether a file, which is there, cannot be read as a notebook."""
    try:
        _cells_in(notebook)
    except _DAMAGED:
        return True
    return False


def check_lesson(
    lesson: Lesson,
    folder: Path,
    tasks: Sequence[str] | None = None,
    *,
    limit: float = LIMIT,
    worker: Worker | None = None,
    sandbox: Sandbox | None = None,
) -> Iterator[Report]:
    """Judge the answers in a learner's folder, all or those named, each as soon as it is known.

    Milestones that lie behind one that is not reached are left for later, and told as not attempted.

    `worker` is one that was started ahead; it is used up. The learner's files are never changed. An answer
    that the folder lacks is told last, in a report of its own. With a `sandbox` the code runs in it.

    Raises:
        CourseError: there is no such task.
    """
    answers = read_answers(lesson, folder)
    wanted = list(tasks) if tasks is not None else list(lesson.tasks)
    for task in wanted:
        if task not in lesson.tasks:
            known = ", ".join(lesson.tasks)
            raise CourseError(f"Lesson {lesson.number} has no task {task!r}. There are: {known}.")
    left = {task: answers[task] for task in wanted if task in answers}
    if worker and not left:
        worker.stop()
    behind = ""
    while left:
        for report in _run(lesson, folder, left, limit, worker, sandbox, behind):
            left.pop(report.task)
            if report.task in lesson.milestones and not report.passed:
                behind = behind or report.task
            yield report
        worker = None
    for task in wanted:
        if task not in answers:
            yield Report(task, "", State.NOT_YET, nudge=_missing(lesson, task, folder))


def check_source(lesson: Lesson, task: str, source: str, *, limit: float = LIMIT) -> Report:
    """Judge one answer that lies in no folder of a learner's: an exercise's cell, or an `app.py`."""
    with tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True) as folder:
        if lesson.of_app(task):
            (Path(folder) / "app.py").write_text(source, encoding="utf-8")
        return next(_run(lesson, Path(folder), {task: source}, limit))


def _missing(lesson: Lesson, task: str, folder: Path) -> str:
    reset = f"`course reset {lesson.number}` brings it back, and keeps a copy of your work."
    if lesson.of_app(task):
        return f"app.py is not in {folder}: {reset}"
    notebook = folder / lesson.notebook.name
    if not notebook.exists():
        return f"{notebook.name} is not in {folder}: {reset}"
    if damaged(notebook):
        return f"{notebook} is damaged, and can no longer be read as a notebook: {reset}"
    return (
        f"No cell of {notebook} begins with `# Exercise {task}`: write that line above your answer, and save."
    )


def _scratch_place(folder: Path) -> Path | None:
    """Where to lay a copy of `folder`; None for the usual place.

    Whoever may write nothing but their home has the current folder as place for temporary files, which is the
    one to be copied.
    """
    inside = Path(tempfile.gettempdir()).resolve().is_relative_to(folder.resolve())
    return folder.resolve().parent if inside else None


def _run(
    lesson: Lesson,
    folder: Path,
    answers: dict[str, str],
    limit: float,
    worker: Worker | None = None,
    sandbox: Sandbox | None = None,
    behind: str = "",
) -> Iterator[Report]:
    """Run answers in one worker until one of them stops it; milestones behind `behind` are not judged."""
    with tempfile.TemporaryDirectory(
        prefix="course-", ignore_cleanup_errors=True, dir=_scratch_place(folder)
    ) as scratch:
        copy = Path(scratch) / "folder"
        hung, asked = Path(scratch) / "hung.txt", Path(scratch) / "asked.json"
        shutil.copytree(folder, copy, ignore=_NOT_COPIED, ignore_dangling_symlinks=True)
        job: dict[str, Any] = {
            "lesson": lesson.slug,
            "folder": str(copy),
            "answers": answers,
            "limit": limit,
            "behind": behind,
            "hung": str(hung),
            "asked": str(asked),
        }
        if sandbox:
            for written in (hung, asked):
                written.touch()
            worker = sandbox.start(copy, hung, asked)
            places = {"given": copy, "hung": hung, "asked": asked}
            job |= {name: sandbox.inside(path) for name, path in places.items()} | sandbox.terms()
        worker = worker or Worker()
        try:
            worker.start(job)
            task = ""
            done = 0
            patience = limit + 20  # until it is there
            for _ in range(2 * len(answers)):
                try:
                    message = worker.messages.get(timeout=patience)
                except queue.Empty:
                    report = _stopped(
                        task or next(iter(answers)), _never_ended(patience, hung, job["folder"]), worker
                    )
                    with contextlib.suppress(OSError, ValueError):
                        report.sent, report.came_back = json.loads(asked.read_text(encoding="utf-8"))
                    report.expected = "an answer, to its end" if report.sent else ""
                    yield report
                    return
                if message is None or "forged" in message:
                    why = _FORGED if message else worker.ended_because or _ENDED
                    yield _stopped(task or next(iter(answers)), why, worker)
                    return
                if "started" in message:
                    task = message["started"]
                    patience = message["within"]
                else:
                    report = Report.from_dict(message["report"])
                    report.printed = worker.printed.of(done)
                    done += 1
                    yield report
                    task = ""
        finally:
            worker.stop()


_NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "*.ipynb", "*.pyc")

_FORGED = "Your code wrote into the pipe by which verdicts are told. What it wrote does not count."

_ENDED = (
    "Your code ended the whole process (os._exit, a crash in a library, or too much memory), "
    "so there was nothing left to ask."
)


def _stopped(task: str, nudge: str, worker: Worker) -> Report:
    worker.stop()
    return Report(task, "", State.STOPPED, nudge=nudge, printed=worker.printed.so_far())


def _never_ended(limit: float, hung: Path, folder: str) -> str:
    """Say that the limit is over, and which of the learner's lines was running then."""
    said = f"It did not end within {limit:g} seconds."
    loading = False
    with contextlib.suppress(OSError):
        dump = hung.read_text(encoding="utf-8", errors="replace")
        theirs = [
            (file, line, function)
            for file, line, function in re.findall(r'File "([^"]+)", line (\d+) in (.+)', dump)
            if folder in file or file.startswith("<exercise")
        ]
        if theirs:
            file, line, _ = theirs[0]
            where = "your cell" if file.startswith("<") else Path(file).name
            said += f" It was in {where}, line {line}."
        loading = any(function == "<module>" for *_, function in theirs)
    if loading:
        return (
            f"{said} Look for a loop that never ends, or for a server that the file itself starts: "
            'that belongs under `if __name__ == "__main__":`.'
        )
    return f"{said} Look for a loop that never ends, or for something that waits."
