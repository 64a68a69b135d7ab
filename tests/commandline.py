"""The command line as a learner meets it: a process of its own, real files in a workspace of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from course.judging.tasks import solution_text
from course.lessons import EXERCISE_LINE, Lesson

PATIENCE = 60.0
"""Seconds after which a test gives up waiting; far more than a slow machine needs."""


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-P", "-m", "course", *arguments]


def environment(workspace: Path, **more: str) -> dict[str, str]:
    """This process's variables, without those that change what a terminal shows."""
    own = ("COURSE_PROG", "COURSE_WORKSPACE", "PYTHONIO")
    terminal = ("FORCE_COLOR", "NO_COLOR", "COLUMNS", "TTY_", "GITHUB_ACTIONS")
    kept = {name: value for name, value in os.environ.items() if not name.startswith((*own, *terminal))}
    return {**kept, "PYTHONUTF8": "1", "COURSE_WORKSPACE": str(workspace), **more}


def course(workspace: Path, *arguments: str, code: int = 0, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, outside the checkout, and judge its exit code."""
    done = subprocess.run(
        command(*arguments),
        cwd=workspace.parent,
        env=environment(workspace, **more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == code, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
    return done


def write_app(workspace: Path, lesson: Lesson, source: str) -> Path:
    path = workspace / lesson.slug / "app.py"
    path.write_text(source, encoding="utf-8")
    return path


def write_exercise(workspace: Path, lesson: Lesson, task: str, source: str) -> Path:
    """Put a learner's code into an exercise's cell."""
    path = workspace / lesson.slug / lesson.notebook.name
    document = json.loads(path.read_text(encoding="utf-8"))
    for cell in document["cells"]:
        line = EXERCISE_LINE.match("".join(cell["source"]))
        if cell["cell_type"] == "code" and line and line[1] == task:
            cell["source"] = f"{line[0]}\n{source}"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def solve(workspace: Path, lesson: Lesson, task: str) -> None:
    """Put the course's own solution where a learner's belongs."""
    _, code = solution_text(lesson, task)
    if task == lesson.app_task:
        write_app(workspace, lesson, code)
    else:
        write_exercise(workspace, lesson, task, code)
