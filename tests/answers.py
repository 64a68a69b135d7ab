"""The answers that lie beside the tests: wrong ones with the message meant for them, and other right ones."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from course.lessons import ROOT, Lesson

HEADER = re.compile(r"# check: (\w+)\n# says: (.+)\n")


@dataclass(frozen=True)
class Mistake:
    """A wrong answer: the check that must fail first, and words that its message must contain."""

    name: str
    task: str
    check: str
    says: str
    source: str


def task_of(lesson: Lesson, path: Path) -> str:
    """The task that a file answers: "1.2-slug.py", "app-slug.py"."""
    name = path.stem.partition("-")[0]
    return lesson.app_task if name == "app" else name


def mistakes(lesson: Lesson) -> list[Mistake]:
    """One mistake for each check of a lesson: what one shows of a server, all show."""
    found = []
    for path in sorted((ROOT / "tests" / "mistakes" / lesson.slug).glob("*.py")):
        source = path.read_text(encoding="utf-8")
        header = HEADER.match(source)
        assert header, path.name
        found.append(Mistake(path.name, task_of(lesson, path), header[1], header[2], source))
    found.sort(key=lambda one: (one.task, one.check))
    return [next(group) for _, group in groupby(found, key=lambda one: (one.task, one.check))]


def alternatives(lesson: Lesson) -> list[tuple[str, str, str]]:
    """Other right answers: the file's name, the task, the source."""
    folder = ROOT / "tests" / "alternatives" / lesson.slug
    return [
        (path.name, task_of(lesson, path), path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.py"))
    ]
