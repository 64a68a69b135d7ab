"""The file that *Hand in* saves in a page: read, and brought together with a workspace.

Each text goes by itself, a cell or a file. What nobody has touched gives way, and so does what is older; the
newer stays. When a text was written is what the file says; at a desk it is when its file was saved, unless
it is still as it came from such a file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from course.desk.archive import Item, in_folder, in_zip
from course.desk.workspace import (
    Progress,
    digest,
    keep_copy,
    lesson_folder,
    originals_of,
    read_bytes,
    read_json,
    sync,
    workspace,
    write_json,
    write_whole,
    writing_to,
)
from course.lessons import EXERCISE_LINE, CourseError, Lesson

MANIFEST = "course-work.json"
"""What the file says of itself; docs/contributing.md describes it."""

FORMAT, VERSION = "course-work", 1

CAME = ".came.json"
"""Keeps for each text that came from a file its SHA-256 and when it was written."""


@dataclass(frozen=True)
class Text:
    """A cell's text or a file, and when it was written."""

    key: str
    """The task, or for a cell of no task a hash of the lesson's text."""
    text: str
    at: datetime
    cell: str = ""
    """The cell's id."""
    number: int = 0
    file: str = ""

    @property
    def name(self) -> str:
        """What a learner calls it."""
        return self.file or (self.key if "." in self.key else f"cell {self.number}")


@dataclass
class LessonWork:
    """What the file has of one lesson."""

    texts: list[Text] = field(default_factory=list)
    done: dict[str, datetime] = field(default_factory=dict)
    hints: dict[str, int] = field(default_factory=dict)
    missing: int = 0
    """How many texts it tells of that are not in it."""


@dataclass
class HandedIn:
    """A file that was handed in."""

    name: str
    lessons: dict[str, LessonWork] = field(default_factory=dict)


def manifest_of(items: Iterable[Item]) -> tuple[PurePosixPath, dict[str, Any]] | None:
    """The folder in which the manifest lies, and what it says; None if there is none.

    Raises:
        CourseError: it is damaged.
    """
    found = [item for item in items if item.place.name == MANIFEST and "__MACOSX" not in item.place.parts]
    if not found:
        return None
    nearest = min(found, key=lambda item: len(item.place.parts))
    said = _json(nearest.read(), MANIFEST)
    if said.get("format") != FORMAT:
        raise CourseError(f"{MANIFEST} in it is of something else.")
    return nearest.place.parent, said


def read(path: Path) -> HandedIn:
    """Read a file that was handed in: a ZIP file, or the folder that somebody has unpacked it to.

    Raises:
        CourseError: it is none, or not all of it can be read.
    """
    if not path.exists():
        raise CourseError(f"There is no file {path}.")
    try:
        return _read(list(in_folder(path) if path.is_dir() else in_zip(path.read_bytes())))
    except CourseError as error:
        raise CourseError(f"{path.name} is not what “Hand in” saved, or not all of it. {error}") from None


def _read(items: list[Item]) -> HandedIn:
    found = manifest_of(items)
    if found is None:
        raise CourseError(f"There is no {MANIFEST} in it.")
    root, said = found
    if not isinstance(said.get("version"), int) or said["version"] > VERSION:
        raise CourseError("It was saved by a newer version of the course: update this one.")
    files = {item.place: item for item in items}
    try:
        lessons = {
            slug: _lesson(slug, of, root / "workspace" / slug, files) for slug, of in said["lessons"].items()
        }
    except (KeyError, TypeError, ValueError, AttributeError):
        raise CourseError(f"{MANIFEST} in it is damaged.") from None
    return HandedIn(str(said.get("name", "")), lessons)


def _lesson(
    slug: str, said: dict[str, Any], folder: PurePosixPath, files: dict[PurePosixPath, Item]
) -> LessonWork:
    cells: dict[str, str] = {}
    if notebook := files.get(folder / f"{slug}.ipynb"):
        document = _json(notebook.read(), f"{slug}.ipynb")
        cells = {cell["id"]: "".join(cell["source"]) for cell in document["cells"] if "id" in cell}
    work = LessonWork()
    for key, facts in said["texts"].items():
        name, cell = facts.get("file", ""), facts.get("cell", "")
        if name:
            item = files.get(folder / name)
            text = item.read().decode("utf-8", "replace") if item else None
        else:
            text = cells.get(cell) if cell else facts.get("text")
        if isinstance(text, str):
            work.texts.append(Text(key, text, _moment(facts["at"]), cell, int(facts["number"]), name))
        else:
            work.missing += 1
    work.done = {task: _moment(facts["at"]) for task, facts in said["done"].items()}
    work.hints = {task: int(facts["count"]) for task, facts in said["hints"].items()}
    return work


def _json(content: bytes, name: str) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise CourseError(f"{name} in it is damaged.")
    return found


def _moment(text: str) -> datetime:
    """When something was written; a clock that goes ahead of this one counts as now."""
    return min(datetime.fromisoformat(text).astimezone(UTC), datetime.now(UTC))


# Together with the workspace


def merge(handed_in: HandedIn, lessons: Iterable[Lesson]) -> Iterator[str]:
    """Bring it together with the workspace, lesson by lesson; says in words what was done.

    Raises:
        CourseError: the workspace cannot be written.
    """
    known = {lesson.slug: lesson for lesson in lessons}
    for slug, work in handed_in.lessons.items():
        if slug in known:
            yield from _Merge(known[slug], work).run()
        else:
            yield f"{slug}: this course has no such lesson, so it was left out"


class _Merge:
    """One lesson of a file, and the folder of the workspace that it goes to."""

    def __init__(self, lesson: Lesson, work: LessonWork) -> None:
        self.lesson = lesson
        self.work = work
        self.folder = lesson_folder(lesson)
        self.came: dict[str, Any] = {}
        self.taken: list[Text] = []
        self.kept: list[Text] = []
        self.homeless: list[Text] = []
        self.damaged = False
        """Whether the notebook here can no longer be read as one."""
        self.replaced = False
        """Whether something gave way that the learner had written."""

    def run(self) -> Iterator[str]:
        """Do it, and say what was done."""
        sync([self.lesson])
        with writing_to(self.folder):
            self.came = read_json(workspace() / CAME)
            written = dict(self._notebook()) | dict(self._files())
            copy = keep_copy(self.folder) if self.replaced else None
            for path, (content, at) in written.items():
                write_whole(path, content)
                os.utime(path, (at, at))
            write_json(workspace() / CAME, self.came)
        noted = Progress(workspace()).take_over(
            {task: at for task, at in self.work.done.items() if task in self.lesson.tasks},
            {task: count for task, count in self.work.hints.items() if task in self.lesson.tasks},
        )
        yield from self._said(copy, noted)

    def _said(self, copy: Path | None, noted: int) -> Iterator[str]:
        slug = self.lesson.slug
        if self.taken:
            yield f"{slug}: took {_names(self.taken)}"
        if noted:
            yield f"{slug}: noted {noted} {'task' if noted == 1 else 'tasks'}, as done or for its hints"
        if self.kept:
            yield f"{slug}: kept your {_names(self.kept)}, which is newer here"
        if self.homeless:
            yield f"{slug}: {_names(self.homeless)} is no longer in this lesson: it stays in the file alone"
        if self.work.missing:
            yield f"{slug}: {self.work.missing} of what the file tells of is not in it"
        if self.damaged:
            yield (
                f"{slug}: your notebook is damaged, so no cell was taken: "
                f"`course reset {self.lesson.number}` lays a new one and keeps a copy; then do this again"
            )
        if copy:
            yield f"{slug}: as it was before, it is in {copy.relative_to(workspace())}"
        if not (self.taken or self.kept or noted or self.homeless or self.work.missing or self.damaged):
            yield f"{slug}: all of it is here already"

    def _notebook(self) -> Iterator[tuple[Path, tuple[bytes, float]]]:
        """The notebook with what is newer, if anything is."""
        texts = [text for text in self.work.texts if not text.file]
        path = self.folder / self.lesson.notebook.name
        saved = path.stat().st_mtime
        document = _as_notebook(path)
        if document is None:
            self.damaged = True
            return
        given = {cell.id: cell.source for cell in self.lesson.cells}
        given |= {starter.task: starter.source for starter in self.lesson.starters.values()}
        untouched = path.read_bytes() == originals_of(self.lesson)[path.name]
        cells = [cell for cell in document["cells"] if cell["cell_type"] == "code"]
        taken: list[Text] = []
        for text in texts:
            cell = _cell(cells, text)
            if cell is None:
                self.homeless.append(text)
            elif self._take(text, "".join(cell["source"]), given.get(text.cell, ""), saved):
                cell |= {"source": text.text, "outputs": [], "execution_count": None}
                taken.append(text)
        if taken:
            newest = max(text.at.timestamp() for text in taken)
            content = json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
            yield path, (content.encode(), newest if untouched else max(newest, saved))

    def _files(self) -> Iterator[tuple[Path, tuple[bytes, float]]]:
        given = originals_of(self.lesson)
        for text in self.work.texts:
            if not text.file:
                continue
            path = self.folder / text.file
            if text.file not in given or path.suffix != ".py":
                self.homeless.append(text)
                continue
            here = (read_bytes(path) or b"").decode("utf-8", "replace")
            if self._take(text, here, given[text.file].decode(), path.stat().st_mtime):
                yield path, (text.text.encode(), text.at.timestamp())

    def _take(self, text: Text, here: str, given: str, saved: float) -> bool:
        """Whether a text takes the place of what is here; `given` is what the lesson has there."""
        name = f"{self.lesson.slug}/{text.key}"
        came = self.came.get(name) or {}
        mine = digest(here.strip().encode())
        same, untouched = here.strip() == text.text.strip(), here.strip() == given.strip()
        if not same and not untouched:
            as_it_came = isinstance(came, dict) and came.get("sha256") == mine
            written = came.get("at", "") if as_it_came else datetime.fromtimestamp(saved, UTC).isoformat()
            if text.at <= _moment(written):
                self.kept.append(text)
                return False
            self.replaced = True
        if not same:
            self.taken.append(text)
        if not same or came.get("sha256") != mine:
            sha256 = digest(text.text.strip().encode())
            self.came[name] = {"sha256": sha256, "at": text.at.isoformat()}
        return not same


def _cell(cells: list[dict[str, Any]], text: Text) -> dict[str, Any] | None:
    """The cell that a text belongs to: by its id, or by the exercise's first line."""
    by_id = (cell for cell in cells if cell.get("id") == text.cell)
    lines = ((EXERCISE_LINE.match("".join(cell["source"])), cell) for cell in cells)
    by_line = (cell for line, cell in lines if line and line[1] == text.key)
    return next(by_line, None) or next(by_id, None)


def _as_notebook(path: Path) -> dict[str, Any] | None:
    """A notebook that can be read as one."""
    try:
        document = json.loads(path.read_bytes())
        for cell in document["cells"]:
            "".join(cell["source"])
            cell["cell_type"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return document  # type: ignore[no-any-return]


def _names(texts: Iterable[Text]) -> str:
    return ", ".join(text.name for text in texts)
