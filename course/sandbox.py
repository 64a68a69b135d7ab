"""Checks in a process of their own: whatever a learner's code does, there is a clear answer.

The code runs on a copy of the learner's folder, with a time limit; what it prints is kept up to a bound.
This module stays free of slow imports: the command line loads it before anything else.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from course.lessons import EXERCISE_LINE, CourseError, Lesson, cells_of
from course.report import Report, State

LIMIT = 10.0
"""Seconds that one exercise or app may take, its checks included."""

PRINTED = 4000
"""Characters that are kept of what a learner's code prints."""


def read_answers(lesson: Lesson, folder: Path) -> dict[str, str]:
    """The learner's sources by task id: exercises from the notebook in `folder`, the app from `app.py`.

    What is not there, or cannot be read as a notebook, has no entry.
    """
    answers: dict[str, str] = {}
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        cells = cells_of(json.loads((folder / lesson.notebook.name).read_text(encoding="utf-8")))
        by_line = {line[1]: cell for cell in cells if (line := EXERCISE_LINE.match(cell.source))}
        by_id = {cell.id: cell for cell in cells}  # for a cell that lost its first line
        for task, starter in lesson.starters.items():
            if cell := by_line.get(task) or by_id.get(starter.cell):
                answers[task] = cell.source
    with contextlib.suppress(OSError):
        answers[lesson.app_task] = (folder / "app.py").read_text(encoding="utf-8", errors="replace")
    return answers


END = b"\x00end of an answer\x00"
"""What a worker writes behind what an answer printed: the two pipes are not read in step."""


class Worker:
    """A child process that has imported FastAPI and waits for its one job."""

    def __init__(self) -> None:
        group: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "course.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={
                **os.environ,
                "PYTHONUTF8": "1",
                "PYTHONUNBUFFERED": "1",
                "PYTHONWARNINGS": "ignore",
            },
            **group,
        )
        self.messages: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self.printed = _Printed(_pipe(self._process.stderr))
        threading.Thread(target=self._read, daemon=True).start()

    def start(self, job: dict[str, Any]) -> None:
        """Hand the process its job; answers come as `messages`, None after the last."""
        stdin = _pipe(self._process.stdin)
        with contextlib.suppress(OSError):  # it is dead already: `messages` will say so
            stdin.write(json.dumps(job).encode() + b"\n")
            stdin.flush()

    def stop(self) -> None:
        """End the process and all that it started."""
        with contextlib.suppress(OSError):
            if sys.platform == "win32":
                subprocess.run(
                    ["taskkill", "/F", "/T", "/PID", str(self._process.pid)],
                    capture_output=True,
                    check=False,
                )
            else:
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self.printed.finish()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            with contextlib.suppress(OSError):
                _pipe(pipe).close()

    def _read(self) -> None:
        with contextlib.suppress(ValueError, OSError):  # closed by stop()
            for line in _pipe(self._process.stdout):
                self.messages.put(json.loads(line))
        self.messages.put(None)


class _Printed:
    """What answers print through a pipe, each kept up to a bound; an `END` stands behind each."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._kept = bytearray()
        self._dropped = 0
        self._ended: list[str] = []
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """Wait until the pipe's other end is closed everywhere."""
        self._thread.join(2)

    def of(self, number: int) -> str:
        """What the answer with this number printed, counted from 0; waits if that is still on its way."""
        with self._news:
            self._news.wait_for(lambda: len(self._ended) > number, timeout=2)
            return self._ended[number] if len(self._ended) > number else self._text()

    def so_far(self) -> str:
        """What the answer that has not ended has printed."""
        with self._news:
            return self._text()

    def _text(self) -> str:
        text = self._kept.decode(errors="replace").rstrip()
        return f"{text}\n… ({self._dropped:,} bytes more)" if self._dropped else text

    def _add(self, block: bytes) -> None:
        kept = block[: max(0, PRINTED - len(self._kept))]
        self._kept += kept
        self._dropped += len(block) - len(kept)

    def _read(self) -> None:
        rest = b""  # what may be the beginning of an END
        with contextlib.suppress(ValueError, OSError):  # closed by stop()
            while block := os.read(self._pipe.fileno(), 1 << 16):
                *whole, rest = (rest + block).split(END)
                with self._news:
                    for part in whole:
                        self._add(part)
                        self._ended.append(self._text())
                        self._kept.clear()
                        self._dropped = 0
                    # Kept back is only what the next block may complete to an END.
                    begun = max(k for k in range(len(END)) if rest.endswith(END[:k]))
                    self._add(rest[: len(rest) - begun])
                    rest = rest[len(rest) - begun :]
                    self._news.notify_all()
        with self._news:
            self._add(rest)


def check_lesson(
    lesson: Lesson,
    folder: Path,
    tasks: Sequence[str] | None = None,
    *,
    limit: float = LIMIT,
    worker: Worker | None = None,
) -> Iterator[Report]:
    """Judge the answers in a learner's folder, all or those named, each as soon as it is known.

    `worker` is one that was started ahead; it is used up. The learner's files are never changed.

    Raises:
        CourseError: there is no such task, or the folder lacks what it is about.
    """
    answers = read_answers(lesson, folder)
    wanted = list(tasks) if tasks is not None else list(lesson.tasks)
    for task in wanted:
        if task not in lesson.tasks:
            known = ", ".join(lesson.tasks)
            raise CourseError(f"Lesson {lesson.number} has no task {task!r}. There are: {known}.")
        if task not in answers:
            raise CourseError(_missing(lesson, task, folder))
    left = {task: answers[task] for task in wanted}
    while left:
        for report in _run(lesson, folder, left, limit, worker or Worker()):
            left.pop(report.task)
            yield report
        worker = None


def _missing(lesson: Lesson, task: str, folder: Path) -> str:
    reset = f"`course reset {lesson.number}` brings it back, and keeps a copy of your work."
    if task == lesson.app_task:
        return f"app.py is not in {folder}: {reset}"
    if not (folder / lesson.notebook.name).exists():
        return f"{lesson.notebook.name} is not in {folder}: {reset}"
    return (
        f"No cell of {folder / lesson.notebook.name} begins with `# Exercise {task}`: "
        "write that line above your answer, and save."
    )


def _run(
    lesson: Lesson, folder: Path, answers: dict[str, str], limit: float, worker: Worker
) -> Iterator[Report]:
    """Run answers in one worker until one of them stops it."""
    with tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True) as scratch:
        copy = Path(scratch) / "folder"
        hung = Path(scratch) / "hung.txt"
        shutil.copytree(folder, copy, ignore=_NOT_COPIED, ignore_dangling_symlinks=True)
        try:
            worker.start(
                {
                    "lesson": lesson.slug,
                    "folder": str(copy),
                    "answers": answers,
                    "limit": limit,
                    "hung": str(hung),
                }
            )
            task = ""
            done = 0
            for _ in range(2 * len(answers)):
                try:
                    message = worker.messages.get(timeout=limit if task else limit + 20)
                except queue.Empty:
                    yield _stopped(lesson, task or next(iter(answers)), _never_ended(limit, hung), worker)
                    return
                if message is None:
                    yield _stopped(lesson, task or next(iter(answers)), _ENDED, worker)
                    return
                if "started" in message:
                    task = message["started"]
                else:
                    report = Report.from_dict(message["report"])
                    report.printed = worker.printed.of(done)
                    done += 1
                    yield report
                    task = ""
        finally:
            worker.stop()


_NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "*.ipynb", "*.pyc")

_ENDED = (
    "Your code ended the whole process (os._exit, a crash in a library, or too much memory), "
    "so there was nothing left to ask."
)


def _stopped(lesson: Lesson, task: str, nudge: str, worker: Worker) -> Report:
    worker.stop()
    return Report(task, "", State.STOPPED, nudge=nudge, printed=worker.printed.so_far())


def _never_ended(limit: float, hung: Path) -> str:
    """Say that the limit is over, and which of the learner's lines was running then."""
    said = f"It did not end within {limit:g} seconds."
    with contextlib.suppress(OSError):
        dump = hung.read_text(encoding="utf-8", errors="replace")
        for file, line in re.findall(r'File "([^"]+)", line (\d+)', dump):
            if str(hung.parent) in file or file.startswith("<exercise"):
                where = "your cell" if file.startswith("<") else Path(file).name
                said += f" It was in {where}, line {line}."
                break
    return (
        f"{said} Look for a loop that never ends, or for a server that the file itself starts: "
        'that belongs under `if __name__ == "__main__":`.'
    )


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise RuntimeError("the worker was started without pipes")
    return pipe
