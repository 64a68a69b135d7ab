"""Whose work lies where in the folder of a class.

A learner is an entry of that folder: a folder or a ZIP file, or a notebook whose name begins with the
learner's. Inside, work is found wherever it lies: a workspace, a clone with one, a notebook as a page exports
it or as nbgrader collects it. Nothing is written, no link is followed, and what is too big is said, not read.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from course.desk.archive import Item, in_folder, in_zip
from course.desk.handed_in import manifest_of
from course.lessons import CourseError, Lesson

LEARNER = 50_000_000
"""Bytes that are read of one learner's, at most."""

PASSED_OVER = {"__MACOSX", "__pycache__", "node_modules", "site", "venv"}
"""Folders in which nobody's work lies; so are those that begin with a point."""

OURS = {"course", "docs", "lessons", "notebooks", "solutions", "tests", "benchmarks"}
"""Folders of the course itself, beside `run.py` in a clone."""

NOT_WORK = {"thumbs.db", "desktop.ini", "readme", "readme.md", "readme.txt"}
"""Files beside the learners' work that nobody is told of; others are said to be passed over."""

SAVED_TWICE = re.compile(r" ?\(\d+\)$")
"""What a browser writes behind the name of a file that is there already: `Ada Ek (1).zip`."""

APP = re.compile(r"app( ?\(\d+\)|[ -]\d+)?\.py")
"""An app, also one that a browser saved beside another: `app (1).py`. Of several the newest counts."""

OF_NOBODY = "course-work"
"""What *Hand in* calls a file for which no name was given."""

MOODLE = re.compile(r"_\d+_assignsubmission_(file|onlinetext)_?$")


@dataclass(frozen=True)
class Work:
    """What a learner has of one lesson: files as they would lie in the lesson's folder of a workspace."""

    lesson: Lesson
    files: dict[str, bytes]
    saved: datetime
    """When the newest of them was saved; in a ZIP file that is its maker's clock."""


@dataclass
class Learner:
    """One learner, and what was found."""

    name: str
    works: dict[str, Work] = field(default_factory=dict)
    """By the lesson's slug."""
    troubles: list[str] = field(default_factory=list)
    """What could not be read, in sentences."""
    unreadable: bool = False
    """Whether nothing of it could be read: not the same as nothing handed in."""


def gather(folder: Path, lessons: list[Lesson]) -> list[Learner]:
    """The learners in a folder, in the order of their names.

    Raises:
        CourseError: there is no such folder, nobody is in it, or it is one learner's.
    """
    if folder.is_file():
        raise CourseError(
            f"{folder} is a file: name the folder of the class. A ZIP file of all, unpack first."
        )
    if not folder.is_dir():
        raise CourseError(
            f"There is no folder {folder.absolute()}: name the one in which your learners' work is."
        )
    entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith((".", "__")))
    _must_be_a_class(folder, entries, lessons)
    found: list[tuple[Path, Learner]] = []
    for entry in entries:
        learner = _learner(entry, lessons)
        alone = next((one for at, one in found if at.is_file() and one.name == learner.name), None)
        if alone and entry.suffix.lower() == ".ipynb" and not learner.works.keys() & alone.works.keys():
            alone.works |= learner.works  # another lesson of the same learner
        elif _is_work(entry) or entry.name.lower() not in NOT_WORK:
            found.append((entry, learner))
    if not any(_is_work(entry) for entry, _ in found):
        raise CourseError(f"Nobody's work is in {folder}: each learner has a folder there, or a ZIP file.")
    names = [learner.name for _, learner in found]
    for entry, learner in found:
        if names.count(learner.name) > 1:  # a folder and a ZIP file
            learner.troubles.append(
                "There are several of this name: each has a line of its own. If they are one learner's, "
                "put them into a folder with that name: of each lesson the newer counts."
            )
            learner.name = f"{learner.name} ({entry.name})"
    return [learner for _, learner in found]


def _must_be_a_class(folder: Path, entries: list[Path], lessons: list[Lesson]) -> None:
    """Raise if the folder is one learner's, or one around a class."""
    inside = [entry for entry in entries if entry.is_dir()]
    names = {entry.name for entry in inside}
    if "workspace" in names or any(_lesson_of(name, lessons) for name in names):
        raise CourseError(
            f"{folder} looks like the work of one learner. Name the folder of the class, in which each "
            "learner has one."
        )
    if len(inside) == 1 and len(inside) == sum(map(_is_work, entries)):
        within = [one for one in inside[0].iterdir() if one.is_dir() and not _passed_over(one.name)]
        homes = [one for one in within if one.name == "workspace" or _lesson_of(one.name, lessons)]
        if len(within) > 1 and not homes and not (inside[0] / "run.py").exists():
            raise CourseError(f"{folder} has one folder alone: is {inside[0]} the class? Then name that one.")


def _is_work(entry: Path) -> bool:
    return entry.is_dir() or entry.suffix.lower() in {".zip", ".ipynb"}


def _learner(entry: Path, lessons: list[Lesson]) -> Learner:
    learner = Learner(MOODLE.sub("", entry.name if entry.is_dir() else SAVED_TWICE.sub("", entry.stem)))
    try:
        if not _is_work(entry):
            raise CourseError(f"{entry.name} is no folder, no ZIP file and no notebook: it is not read.")
        if entry.is_symlink():
            raise CourseError("It is a link to somewhere else, which is not followed.")
        if entry.is_dir():
            items = _in_folder(entry)
        elif entry.suffix.lower() == ".zip":
            items = _in_zip(entry.read_bytes())
            _name(learner, items)
        else:
            return _lone_notebook(entry, learner, lessons)
        items += [inner for item in items for inner in _in_inner_zip(item, learner)]
        _take(learner, items, lessons)
    except (CourseError, OSError) as error:
        learner.troubles.append(str(error))
        learner.unreadable = True
    return learner


def _name(learner: Learner, items: list[Item]) -> None:
    """Where the file's name does not say whose it is, what is in it may."""
    with contextlib.suppress(CourseError):
        found = manifest_of(items)
        said = found[1].get("name") if found else None
        said = said.strip() if isinstance(said, str) else ""
        if found and learner.name == OF_NOBODY and not said:
            learner.troubles.append("Nothing says whose it is: give the file its learner's name.")
        elif said and re.fullmatch(rf"({re.escape(said)}|{OF_NOBODY})([ -]\d+)?", learner.name):
            learner.name = said


def _lone_notebook(entry: Path, learner: Learner, lessons: list[Lesson]) -> Learner:
    """A notebook with its learner's name before the lesson's: `ada 01-first-api.ipynb`."""
    for lesson in lessons:
        name, found, _ = entry.stem.partition(lesson.slug)
        if found and name.strip(" -_"):
            learner.name = name.strip(" -_")
            item = Item(PurePosixPath(entry.name[len(name) :]), entry.stat().st_mtime, entry.read_bytes)
            _take(learner, [item], lessons)
            return learner
    learner.troubles.append(
        f"{entry.name} does not say whose it is, or of which lesson: a notebook by itself has a name such as "
        f"`Ada Ek {lessons[0].slug}.ipynb`."
    )
    learner.unreadable = True
    return learner


def _in_folder(folder: Path) -> list[Item]:
    return [item for item in in_folder(folder, _of_work) if not item.place.name.startswith(".")]


def _of_work(names: list[str], files: list[str]) -> list[str]:
    """The folders that may hold a learner's work."""
    clone = "run.py" in files and "lessons" in names
    return [name for name in names if not (_passed_over(name) or (clone and name in OURS))]


def _in_zip(content: bytes) -> list[Item]:
    items = list(in_zip(content))
    places = [item.place for item in items]
    ours = {place.parent / name for place in places if place.name == "run.py" for name in OURS}
    return [
        item
        for item in items
        if not (any(map(_passed_over, item.place.parts)) or ours & set(item.place.parents))
    ]


def _in_inner_zip(item: Item, learner: Learner) -> Iterator[Item]:
    """What is in a ZIP file that lies in a learner's folder, as course management systems hand them out."""
    if item.place.suffix.lower() == ".zip":
        try:
            yield from _in_zip(item.read())
        except CourseError as error:
            learner.troubles.append(f"{item.place}: {error}")


def _passed_over(name: str) -> bool:
    return name in PASSED_OVER or name.startswith(".")


def _lesson_of(name: str, lessons: list[Lesson]) -> Lesson | None:
    """The lesson that a file or a folder is named after: `01-first-api (1).ipynb`, `01-first-api`."""
    return next((one for one in lessons if name.startswith(one.slug)), None)


@dataclass
class _Home:
    """A folder in which a learner worked on a lesson, or a notebook that lies among others."""

    lesson: Lesson
    files: dict[str, Item] = field(default_factory=dict)

    @property
    def saved(self) -> float:
        return max(item.saved for item in self.files.values())

    @property
    def rank(self) -> tuple[bool, float]:
        """What lies in a workspace comes before all else, and what is newer before what is older."""
        return any("workspace" in item.place.parts for item in self.files.values()), self.saved


def _homes(items: list[Item], lessons: list[Lesson]) -> list[_Home]:
    """A learner's files by lesson, wherever they lie; the best last."""
    folders: dict[PurePosixPath, Lesson] = {}  # each the home of one lesson
    for place in sorted({place for item in items for place in item.place.parents}, key=str):
        notebooks = [item.place.name for item in items if item.place.parent == place]
        named = {
            one.slug: one
            for name in notebooks
            if name.endswith(".ipynb") and (one := _lesson_of(name, lessons))
        }
        if own := _lesson_of(place.name, lessons) or (
            next(iter(named.values())) if len(named) == 1 else None
        ):
            folders[place] = own
    homes: dict[tuple[PurePosixPath, str], _Home] = {}
    for item in sorted(items, key=lambda item: item.saved):
        inside = [place for place in item.place.parents if place in folders]
        place = next(iter(inside), item.place.parent)
        lesson = folders.get(place)
        while (around := next((one for one in place.parents if folders.get(one) == lesson), None)) and lesson:
            place = around  # a folder inside the lesson's, of the same name
        name = item.place.relative_to(place).as_posix()
        if item.place.suffix.lower() == ".ipynb":
            lesson = _lesson_of(item.place.name, lessons) or lesson
            name = lesson.notebook.name if lesson else name  # "01-first-api (1).ipynb"
        name = "app.py" if APP.fullmatch(name) else name
        if lesson:
            homes.setdefault((place, lesson.slug), _Home(lesson)).files[name] = item
    return sorted(homes.values(), key=lambda home: home.rank)


def _take(learner: Learner, items: list[Item], lessons: list[Lesson]) -> None:
    """Read what a learner has of each lesson. Notebook and app may lie apart: neither hides the other."""
    read = 0
    for home in _homes(items, lessons):
        contents: dict[str, bytes] = {}
        for name, item in home.files.items():
            try:
                content = item.read()
                if (read := read + len(content)) > LEARNER:
                    raise CourseError(f"There is more than {LEARNER / 1e6:g} MB in it: the rest is not read.")
            except (CourseError, OSError) as error:
                learner.troubles.append(str(error))
            else:
                contents[name] = content
        if contents:
            before = learner.works.get(home.lesson.slug)
            files = {**(before.files if before else {}), **contents}
            saved = datetime.fromtimestamp(home.saved, UTC)
            learner.works[home.lesson.slug] = Work(
                home.lesson, files, max(saved, before.saved) if before else saved
            )
    if not learner.works and not learner.troubles:
        apart = any(APP.fullmatch(item.place.name) for item in items)
        learner.troubles.append(
            "There is an app.py, and nothing says of which lesson: put it into a folder named "
            f"after it, such as {lessons[0].slug}."
            if apart
            else "No work of this course was found in it: files are known by the name of their lesson, "
            f"such as {lessons[0].notebook.name}."
        )
