"""What single lessons need besides: installed when such a lesson is opened, not at the first start.

A lesson with a `requirements.txt` in its folder has such packages. `run.py`, which knows how to install with
the mirror and the certificates of this machine, does it, also for a notebook that is open already.
"""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from course.lessons import ROOT, CourseError, Lesson, built_lessons, find_lesson
from course.running.stored import stored_output

LESSON_LOCK = "requirements.txt"
"""The lock's name in the lesson's folder; it names what `requirements.txt` of the course does not."""


MODULES = {"django-ninja": "ninja", "djangorestframework": "rest_framework", "scikit-learn": "sklearn"}
"""Packages whose module has another name than they."""


def bring(name: str) -> None:
    """Install what a lesson needs besides, unless it is there: `bring("12")`. In a page nothing is done.

    Says in a line what it does, and how it went; where it fails it says why, and the lesson goes on without.

    Raises:
        CourseError: there is no such lesson.
    """
    from course.running.server import in_page  # it needs httpx, for which `course check` would wait

    lesson = find_lesson(name)
    if in_page():
        return
    try:
        install(lesson, lambda text: print(text, flush=True))
    except CourseError as error:
        print(error)


def install(lesson: Lesson, tell: Callable[[str], None]) -> None:
    """Install what `lesson` needs besides, unless it is there; `tell` is given lines for the learner.

    Raises:
        CourseError: that failed, and the message says what to do.
    """
    if not (lacking := missing(lesson)):
        return
    lock = lesson.folder / LESSON_LOCK
    tell(f"Lesson {lesson.number} needs {_listed(lacking)}: installing, once …")
    if not _is_ours():
        raise CourseError(
            f"This Python is not the course's own, so nothing was installed: `pip install -r {lock}` does it."
        )
    command = [sys.executable, "-P", str(ROOT / "run.py"), "add", lock.relative_to(ROOT).as_posix()]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
    ) as process:
        for line in process.stderr or ():
            tell(line.rstrip())
    if process.returncode:
        raise CourseError(
            f"Some cells of lesson {lesson.number} need that, and say so; all others run. "
            f'`bring("{lesson.number}")` in its notebook tries again.'
        )
    importlib.invalidate_caches()


def missing(lesson: Lesson) -> list[str]:
    """The packages, such as "scikit-learn 1.9.1", that a lesson needs and this Python does not have."""
    from packaging.requirements import Requirement

    lock = lesson.folder / LESSON_LOCK
    if not lock.is_file():
        return []
    lacking = []
    for line in re.findall(r"^([\w.-]+==[^\\\n]*)", lock.read_text(encoding="utf-8"), re.MULTILINE):
        wanted = Requirement(line)
        if wanted.marker is not None and not wanted.marker.evaluate():
            continue
        try:
            there = importlib.metadata.version(wanted.name)
        except importlib.metadata.PackageNotFoundError:
            there = ""
        if there not in wanted.specifier:
            lacking.append(f"{wanted.name} {str(wanted.specifier).removeprefix('==')}")
    return lacking


def instead_of(module: str) -> list[str]:
    """What a notebook shows in place of "No module named ...", if a lesson's own package is meant.

    Args:
        module: the name of the module that was not found.

    Returns:
        Lines: why, what to do, and what the cell gave where there was such a package. None for other
        modules.
    """
    for lesson in built_lessons():
        if Path.cwd().name != lesson.slug:
            continue
        lacking = missing(lesson)
        names = [one.partition(" ")[0] for one in lacking]
        if module.partition(".")[0] in [MODULES.get(name, name.replace("-", "_")) for name in names]:
            again = f'bring("{lesson.number}")'
            return [
                f"This cell needs {_listed(lacking)}, which `{again}` installs where a package index can be "
                "reached. This is what the cell showed where it was there:",
                "",
                *stored_output(),
            ]
    return []


def _listed(packages: list[str]) -> str:
    """Some packages in words: the first three, and how many more there are."""
    first, others = ", ".join(packages[:3]), len(packages) - 3
    return f"{first} and {others} more" if others > 0 else first


def _is_ours() -> bool:
    """Whether this Python is that of the environment that `run.py` has made."""
    return Path(sys.prefix).resolve() == (ROOT / ".venv").resolve()
