"""The learner's folder: a lesson's notebook and `app.py` to work in, and what has been done so far.

Whatever is written here is written whole or not at all, also when the process is killed meanwhile or the
disk is full. What a learner has changed is never overwritten.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from course.lessons import ROOT, CourseError, Lesson

ORIGINALS = ".originals.json"
"""Keeps the SHA-256 of each file as the course laid it: what still has it was never touched."""

AT_HOME = "fastapi-course"
"""The folder in a learner's home, where the course itself is not theirs to write to."""

_UNFINISHED = re.compile(r"\..+\.[0-9a-f]{8}\.tmp")
"""What a killed process leaves beside the file it was about to write."""

Result = TypeVar("Result")


def workspace() -> Path:
    """The folder that learners work in, absolute; it may not exist yet.

    That is the one that COURSE_WORKSPACE names, else `workspace/` beside the course. Where a learner may not
    write there, as many share a course that is installed for all, it is one in the learner's home.
    """
    return Path(os.environ.get("COURSE_WORKSPACE") or _usual()).expanduser().resolve()


def _usual() -> Path:
    beside = ROOT / "workspace"
    if not os.access(beside if beside.exists() else ROOT, os.W_OK):
        with contextlib.suppress(RuntimeError):  # this user has no home
            return Path.home() / AT_HOME
    return beside


def lesson_folder(lesson: Lesson) -> Path:
    """Where a learner works on `lesson`."""
    return workspace() / lesson.slug


def sync(lessons: Iterable[Lesson]) -> list[str]:
    """Add what is missing and renew what was never touched; return in words what was done.

    Raises:
        CourseError: the workspace cannot be written.
    """
    said: list[str] = []
    with writing_to(workspace()):
        known = read_json(workspace() / ORIGINALS)
        remembered = dict(known)
        for lesson in lessons:
            _sweep(lesson_folder(lesson))
            said += _sync_lesson(lesson, remembered)
        _sweep(workspace() / ".progress")
        if remembered != known:
            write_json(workspace() / ORIGINALS, remembered)
    return said


def _sync_lesson(lesson: Lesson, remembered: dict[str, Any]) -> list[str]:
    """Bring one lesson up to date, in the folder and in `remembered`."""
    done: dict[str, list[str]] = {"added": [], "renewed": [], "kept": []}
    originals = originals_of(lesson)
    for name, original in originals.items():
        key, new = f"{lesson.slug}/{name}", digest(original)
        found = read_bytes(lesson_folder(lesson) / name)
        if found is None:
            done["added"].append(key)
        elif digest(found) == new:
            remembered[key] = new
            continue
        elif digest(found) == remembered.get(key):
            done["renewed"].append(key)
        else:
            if remembered.get(key) not in (None, new):
                done["kept"].append(key)
            continue
        write_whole(lesson_folder(lesson) / name, original)
        remembered[key] = new
    if len(done["added"]) == len(originals):
        return [f"added {lesson.slug}"]
    kept = f"; the course has a newer one, which `course reset {lesson.number}` lays beside a copy of it"
    return [
        *(f"added {key}" for key in done["added"]),
        *(f"renewed {key}" for key in done["renewed"]),
        *(f"kept your {key}{kept}" for key in done["kept"]),
    ]


def originals_of(lesson: Lesson) -> dict[str, bytes]:
    """A lesson's files as a learner gets them, by name: the notebook without outputs, the app, and data."""
    cells = [
        cell | {"outputs": [], "execution_count": None} if cell["cell_type"] == "code" else cell
        for cell in lesson._document["cells"]
    ]
    # The form in which Jupyter itself writes notebooks.
    document = lesson._document | {"cells": cells}
    notebook = json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    files = [path for path in sorted(lesson.folder.iterdir()) if path.is_file() and path.name[0] != "."]
    given = {path.name: path.read_bytes() for path in files if path.name not in ("lesson.md", "checks.py")}
    return {lesson.notebook.name: notebook.encode()} | given


def reset(lesson: Lesson) -> Path | None:
    """Lay a lesson anew and return the dated copy of what was there, None if there was nothing.

    What the learner added to the folder is in the copy only. What was passed counts as not passed again.

    Raises:
        CourseError: the workspace cannot be written; then nothing of the learner's is lost.
    """
    folder = lesson_folder(lesson)
    with writing_to(folder):
        copy = keep_copy(folder)
        originals = originals_of(lesson)
        for name, original in originals.items():
            write_whole(folder / name, original)
        for path in folder.iterdir():
            if path.name not in originals:
                _remove(path)
        digests = {f"{lesson.slug}/{name}": digest(data) for name, data in originals.items()}
        write_json(workspace() / ORIGINALS, read_json(workspace() / ORIGINALS) | digests)
        Progress(workspace()).forget(lesson)
    return copy


def keep_copy(folder: Path) -> Path | None:
    if not folder.exists():
        return None
    name = f"{folder.name}-{datetime.now():%Y-%m-%dT%H-%M-%S}"
    backups = workspace() / "backups"
    copies = (backups / f"{name}{'' if n == 1 else f'-{n}'}" for n in range(1, 1000))
    copy = next(path for path in copies if not path.exists())
    unfinished = backups / f".{copy.name}.{os.urandom(4).hex()}.tmp"
    try:
        shutil.copytree(folder, unfinished, symlinks=True)
        _patiently(lambda: unfinished.rename(copy))
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return copy


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


class Progress:
    """What has been done and how many hints were taken: a small JSON file for each task.

    Args:
        folder: the workspace; None keeps everything in memory.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder / ".progress" if folder is not None else None
        self._memory: dict[str, dict[str, Any]] = {}

    def done(self, task: str) -> bool:
        return self.done_at(task) is not None

    def done_at(self, task: str) -> str | None:
        """When the task was passed for the first time: ISO 8601, UTC."""
        moment = self._read(task).get("done")
        return moment if isinstance(moment, str) else None

    def mark_done(self, task: str) -> None:
        """Note that a task is passed; the first time counts.

        Raises:
            CourseError: the note cannot be written.
        """
        if not self.done(task):
            self._note(task, done=datetime.now(UTC).isoformat(timespec="seconds"))

    def hints(self, task: str) -> int:
        """How many hints were taken."""
        count = self._read(task).get("hints")
        return count if isinstance(count, int) and count > 0 else 0

    def take_hint(self, task: str) -> int:
        """Take one more hint and return which: 1 for the first.

        Raises:
            CourseError: it cannot be noted.
        """
        self._note(task, hints=self.hints(task) + 1)
        return self.hints(task)

    def take_over(self, done: Mapping[str, datetime], hints: Mapping[str, int]) -> int:
        """Note what was done elsewhere: since when each task is done, how many hints were taken.

        What was done first and the most hints count. Returns of how many tasks something is new.

        Raises:
            CourseError: it cannot be noted.
        """
        new = 0
        for task in {**done, **hints}:
            facts: dict[str, object] = {}
            before = self.done_at(task)
            if task in done and (before is None or done[task] < datetime.fromisoformat(before)):
                facts["done"] = done[task].isoformat(timespec="seconds")
            if hints.get(task, 0) > self.hints(task):
                facts["hints"] = hints[task]
            if facts:
                self._note(task, **facts)
                new += 1
        return new

    def forget(self, lesson: Lesson) -> None:
        """Forget what was done in a lesson, its predictions and hints included."""
        prefix = f"{int(lesson.number)}."
        self._memory = {task: facts for task, facts in self._memory.items() if not task.startswith(prefix)}
        for path in self._folder.glob(f"{prefix}*.json") if self._folder is not None else ():
            path.unlink(missing_ok=True)

    def _read(self, task: str) -> dict[str, Any]:
        if self._folder is None:
            return self._memory.get(task, {})
        return read_json(self._folder / f"{task}.json")

    def _note(self, task: str, **facts: object) -> None:
        record = self._read(task) | facts
        if self._folder is None:
            self._memory[task] = record
            return
        with writing_to(self._folder):
            write_json(self._folder / f"{task}.json", record)


def unsolved(lesson: Lesson, progress: Progress) -> list[str]:
    """The lesson's tasks that are not passed yet, in order."""
    return [task for task in lesson.tasks if not progress.done(task)]


def next_lesson(lessons: Iterable[Lesson], progress: Progress) -> Lesson | None:
    """The first lesson with something left to do."""
    return next((lesson for lesson in lessons if unsolved(lesson, progress)), None)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that whoever reads it, now or after a crash, finds all of it or what was there before.

    Raises:
        OSError: it cannot be written; nothing has changed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.urandom(4).hex()}.tmp")
    try:
        with beside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _patiently(lambda: beside.replace(path))
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise


def _patiently(do: Callable[[], Result]) -> Result:
    """Call `do`, on Windows for up to a second.

    Windows refuses to replace or open a file for the moment in which another process (a reader of
    the same file, a virus scanner) has it open; there, and only there, that passes by itself.
    """
    give_up = time.monotonic() + (1 if os.name == "nt" else 0)
    while True:
        try:
            return do()
        except PermissionError:
            if time.monotonic() >= give_up:
                raise
            time.sleep(0.01)


def read_bytes(path: Path) -> bytes | None:
    """A file's content, None if there is no such file."""
    try:
        return _patiently(path.read_bytes)
    except FileNotFoundError:
        return None


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file; one that is damaged or cannot be read counts as not there."""
    try:
        found = json.loads(read_bytes(path) or b"{}")
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_json(path: Path, data: dict[str, Any]) -> None:
    write_whole(path, (json.dumps(data, indent=1, sort_keys=True) + "\n").encode())


def _sweep(folder: Path) -> None:
    """Remove what processes that were killed an hour ago or earlier left half written."""
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if _UNFINISHED.fullmatch(path.name) and path.stat().st_mtime < time.time() - 3600:
                path.unlink()


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@contextlib.contextmanager
def writing_to(where: Path) -> Iterator[None]:
    """Turn what the operating system refuses into one sentence that says what to do."""
    try:
        yield
    except OSError as error:
        raise CourseError(_explanation(error, where)) from error


def _explanation(error: OSError, where: Path) -> str:
    elsewhere = "or name another folder in the environment variable COURSE_WORKSPACE"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full, so nothing was written to {where}: free some space, {elsewhere}."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"You may not write to {where}: allow it, {elsewhere}."
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return f"{where} cannot be a folder, because there is a file: move it away, {elsewhere}."
    return f"{where} cannot be written ({error.strerror or error}): mend that, {elsewhere}."
