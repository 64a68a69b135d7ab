"""`course check 01` with every answer right, beside what no check could do without: the imports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.common import Row, medians, timed
from course.desk.workspace import originals_of
from course.judging.tasks import solution_text
from course.lessons import EXERCISE_LINE, Lesson, find_lesson


def run(repeat: int) -> list[Row]:
    """Run the command and bare imports in turn, once more than is counted: byte code gets written."""
    lesson = find_lesson("01")
    with tempfile.TemporaryDirectory() as folder:
        _lay_solved(lesson, Path(folder) / lesson.slug)
        environment = {**os.environ, "COURSE_WORKSPACE": folder}

        def start(*arguments: str) -> None:
            command = [sys.executable, *arguments]
            subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)

        def check() -> None:
            start("-P", "-m", "course", "check", lesson.number)

        def imports() -> None:
            start("-c", "import fastapi, httpx")

        check()
        course, floor = medians(repeat, timed(check), timed(imports))
    return [Row(f"course check {lesson.number}", course, "import fastapi, httpx", floor)]


def _lay_solved(lesson: Lesson, folder: Path) -> None:
    """Lay a lesson with the course's own solutions where a learner's answers go."""
    folder.mkdir()
    _, app = solution_text(lesson, lesson.app_task)
    (folder / "app.py").write_text(app, encoding="utf-8")
    notebook = json.loads(originals_of(lesson)[lesson.notebook.name])
    for cell in notebook["cells"]:
        if line := EXERCISE_LINE.match("".join(cell["source"])):
            cell["source"] = f"{line[0]}\n{solution_text(lesson, line[1])[1]}"
    (folder / lesson.notebook.name).write_text(json.dumps(notebook), encoding="utf-8")
