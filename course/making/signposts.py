"""Pages that lead into the lessons: the official documentation, what people ask, and where to start.

What they say stands in `docs/map.toml`, `docs/questions.toml` and `docs/places.toml`. What comes out is taken
in by `docs/map.md`, `docs/questions.md` and `docs/index.md`. An entry names a cell by its lesson and its
address there, such as `05#cell-patch` or `05#claim-10`, or a recipe, such as `recipes#one-field`. A cell that
is gone ends the build.
"""

from __future__ import annotations

import html
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from course.judging.report import with_code
from course.lessons import CourseError, Lesson
from course.making.recipes import FENCED

MAP = Path("docs", "map.toml")
QUESTIONS = Path("docs", "questions.toml")
PLACES = Path("docs", "places.toml")
RECIPES = Path("docs", "recipes.md")
TAUGHT = range(1, 16)
"""The numbers of the lessons that there are or will be."""

ADDRESS = re.compile(r"(?P<page>recipes|\d\d)(?:#(?P<anchor>[a-z][a-z0-9-]*))?")
RECIPE = re.compile(r"^## (?P<title>.+?) \{ #(?P<anchor>[a-z0-9-]+) \}$", re.M)


@dataclass(frozen=True)
class Lead:
    """Where an entry leads: a label, an address on the site (none yet if empty), whether it is a cell."""

    label: str
    page: str
    arrives: bool

    @property
    def text(self) -> str:
        """As Markdown."""
        return f"[{self.label}]({self.page})" if self.page else self.label


class Cells:
    """All cells that can be led to.

    Args:
        lessons: for each lesson the addresses of its cells that survive an edit, each with the heading that
            it stands under.
        recipes: the text of the page of recipes.
    """

    def __init__(self, lessons: Mapping[Lesson, Mapping[str, str]], recipes: str = "") -> None:
        self.lessons = {lesson.number: (lesson, places) for lesson, places in lessons.items()}
        self.recipes = {found["anchor"]: found["title"] for found in RECIPE.finditer(FENCED.sub("", recipes))}

    def lead(self, address: str) -> Lead:
        """What a reader sees of an address such as `05#cell-patch`, `recipes#one-field` or `14`.

        A number alone is a lesson in which no cell is named yet.

        Raises:
            CourseError: there is no such cell, or no lesson will have this number.
        """
        found = ADDRESS.fullmatch(address)
        if not found or (found["page"] != "recipes" and int(found["page"]) not in TAUGHT):
            raise CourseError(
                f"{address!r} is no address of a cell: write 05#cell-patch, or 14 for one to come."
            )
        page, anchor = found["page"], found["anchor"]
        if page == "recipes":
            if anchor not in self.recipes:
                raise CourseError(f"{address}: {RECIPES.as_posix()} has no such recipe.")
            return Lead(f"Recipe: {self.recipes[anchor]}", f"recipes.md#{anchor}", arrives=True)
        if page not in self.lessons:
            if anchor:
                raise CourseError(f"{address}: there is no lesson {page} yet. Until then write {page} alone.")
            return Lead(f"Lesson {page}, still to come", "", arrives=False)
        lesson, places = self.lessons[page]
        if not anchor:
            return Lead(f"Lesson {page}: {lesson.title}", f"lessons/{lesson.slug}.md", arrives=False)
        if anchor not in places:
            raise CourseError(
                f"{address}: lesson {page} has no such cell. It is gone, or its tag has another name; "
                f"there are: {', '.join(places)}."
            )
        return Lead(f"Lesson {page}: {places[anchor]}", f"lessons/{lesson.slug}.md#{anchor}", arrives=True)


@dataclass(frozen=True)
class Entry:
    """An official page, or a question."""

    id: str
    """The page, such as `tutorial/body`, or the question."""
    title: str
    """The page's title, or the answer."""
    cells: tuple[str, ...]
    why: str
    """Why there is no cell; empty where there is one, or will be."""
    note: str
    """For a page: what the cell has of it, or besides. For a question: what is often said, and not so."""

    def leads(self, cells: Cells) -> list[Lead]:
        """Where it leads. Of two cells under one heading, the second is told from the first.

        Raises:
            CourseError: a cell is gone; the message names the entry.
        """
        try:
            leads = [cells.lead(address) for address in self.cells]
        except CourseError as error:
            raise CourseError(f"{self.id}: {error}") from None
        labels = [lead.label for lead in leads]
        return [
            replace(lead, label=f"{lead.label}, another cell") if lead.label in labels[:number] else lead
            for number, lead in enumerate(leads)
        ]


@dataclass(frozen=True)
class Group:
    """Entries under one heading."""

    title: str
    entries: tuple[Entry, ...]


def _read(root: Path, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads((root / path).read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise CourseError(f"{path.as_posix()}: {error}") from None


def _entry(path: Path, given: dict[str, Any], id: str, title: str, note: str) -> Entry:
    """An entry from its table, with the names of its keys.

    Raises:
        CourseError: a key is missing, unknown or empty; or it has neither a cell nor a reason, or both.
    """
    name = given.get(id, "an entry")
    if unknown := given.keys() - {id, title, note, "cell", "why"}:
        raise CourseError(f"{path.as_posix()}: {name} has unknown keys: {', '.join(sorted(unknown))}.")
    if missing := [key for key in (id, title) if not str(given.get(key, "")).strip()]:
        raise CourseError(f"{path.as_posix()}: {name} lacks {', '.join(missing)}.")
    cells = given.get("cell", [])
    cells = (cells,) if isinstance(cells, str) else tuple(cells)
    if bool(cells) == bool(given.get("why")):
        raise CourseError(f"{path.as_posix()}: {name} needs a `cell`, or a reason `why` there is none.")
    return Entry(given[id], given[title].strip(), cells, given.get("why", ""), given.get(note, "").strip())


def _no_two(path: Path, ids: Sequence[str]) -> None:
    if twice := sorted({one for one in ids if ids.count(one) > 1}):
        raise CourseError(f"{path.as_posix()} has these twice: {', '.join(twice)}.")


# The map of the official documentation


@dataclass(frozen=True)
class Map:
    """The official pages, and where each is run."""

    listed: date
    """The day on which the list of pages was taken."""
    address: str
    groups: tuple[Group, ...]

    @property
    def entries(self) -> list[Entry]:
        return [entry for group in self.groups for entry in group.entries]

    @classmethod
    def read(cls, root: Path) -> Map:
        """`docs/map.toml`.

        Raises:
            CourseError: an entry is not whole, or an official page is there twice, or not at all.
        """
        data = _read(root, MAP)
        groups = tuple(
            Group(group["title"], tuple(_entry(MAP, one, "page", "title", "note") for one in group["page"]))
            for group in data["group"]
        )
        there = [entry.id for group in groups for entry in group.entries]
        _no_two(MAP, there)
        _no_two(MAP, official := data["official"])
        if left_out := sorted(set(official) - set(there)):
            raise CourseError(f"{MAP.as_posix()} leads from nowhere of: {', '.join(left_out)}.")
        if unknown := sorted(set(there) - set(official)):
            raise CourseError(f"{MAP.as_posix()}: no official pages are {', '.join(unknown)}.")
        return cls(data["listed"], data["address"], groups)

    def text(self, cells: Cells) -> str:
        """The part of the page that is made: how much of it has a cell, and a table for each group."""
        parts = [_coverage("page", self.entries, cells)]
        for group in self.groups:
            rows = ["| official page | in this course |", "|---|---|"]
            for entry in group.entries:
                where = f"[{_cell(entry.title)}]({self.address}{entry.id}/)"
                leads = "<br>".join(lead.text for lead in entry.leads(cells)) or f"None. {entry.why}"
                note = f"<br><small>{entry.note}</small>" if entry.note else ""
                rows.append(f"| {where} | {_cell(leads + note)} |")
            table = "\n".join(rows)
            parts += [f"## {group.title}", f'<div class="leads" markdown="1">\n\n{table}\n\n</div>']
        listed = f"{self.listed.day} {self.listed:%B %Y}"
        parts.append(f"The list of official pages is that of {listed}; indexes of sections are left out.")
        return "\n\n".join(parts) + "\n"


# What people ask


def read_questions(root: Path) -> tuple[Group, ...]:
    """`docs/questions.toml`: what people ask, grouped by what they are doing.

    Raises:
        CourseError: an entry has no answer, or something else is missing; or a question is there twice.
    """
    groups = tuple(
        Group(
            group["title"],
            tuple(_entry(QUESTIONS, one, "asks", "answer", "popular") for one in group["question"]),
        )
        for group in _read(root, QUESTIONS)["group"]
    )
    _no_two(QUESTIONS, [entry.id for group in groups for entry in group.entries])
    return groups


def questions_text(groups: Sequence[Group], cells: Cells) -> str:
    """The part of the page that is made: how many lead to a cell, and the questions with their answers."""
    parts = [_coverage("question", [entry for group in groups for entry in group.entries], cells)]
    for group in groups:
        parts.append(f"## {group.title}")
        for entry in group.entries:
            parts += [f"### {entry.id}", entry.title]
            if entry.note:
                parts.append(f"**Often said, and not so today:** {entry.note}")
            where = "; ".join(lead.text for lead in entry.leads(cells))
            parts.append(f"Run it: {where}.\n{{ .lead }}" if where else f"No cell. {entry.why}\n{{ .lead }}")
    return "\n\n".join(parts) + "\n"


# Where to start


@dataclass(frozen=True)
class Place:
    """A question of the landing page."""

    asks: str
    choices: tuple[str, ...]
    right: int
    """Which choice is right, counted from 1."""
    because: str
    lesson: str
    """The number of the lesson at which to start for who cannot answer it."""
    cell: str
    """The address of the cell that shows the answer."""


@dataclass(frozen=True)
class Places:
    """The questions that place a reader, in the order of their lessons."""

    questions: tuple[Place, ...]
    beyond: str
    """The number of the lesson at which to start for who can answer all."""

    @classmethod
    def read(cls, root: Path) -> Places:
        """`docs/places.toml`.

        Raises:
            CourseError: a key is missing or unknown, no choice is the right one, or the order is another one.
        """
        data = _read(root, PLACES)
        try:
            questions = tuple(
                Place(**{**given, "choices": tuple(given["choices"])}) for given in data["question"]
            )
            beyond = data["beyond"]
        except (KeyError, TypeError) as error:
            raise CourseError(f"{PLACES.as_posix()}: a key is missing or unknown: {error}.") from None
        for one in questions:
            if one.right not in range(1, len(one.choices) + 1):
                raise CourseError(f"{PLACES.as_posix()}: {one.asks!r} has no choice {one.right}.")
        numbers = [*(one.lesson for one in questions), beyond]
        if numbers != sorted(numbers):
            raise CourseError(f"{PLACES.as_posix()}: the lessons are out of order: {', '.join(numbers)}.")
        return cls(questions, beyond)

    def text(self, cells: Cells) -> str:
        """As HTML: questions with their answers folded below, and links of which a script shows one."""
        lines = ['<div class="places">']
        for number, one in enumerate(self.questions, start=1):
            choices = [*map(with_code, one.choices), "I do not know"]
            lines += [
                f'<fieldset data-right="{one.right}"><legend>{with_code(one.asks)}</legend>',
                *(
                    f'<label><input type="radio" name="place-{number}" value="{value}"> {choice}</label>'
                    for value, choice in enumerate(choices, start=1)
                ),
                f'<details><summary>Answer</summary><p class="because"><b>{choices[one.right - 1]}</b>. '
                f"{with_code(one.because)} {_link(cells.lead(one.cell))}</p></details></fieldset>",
            ]
        numbers = [*(one.lesson for one in self.questions), self.beyond]
        signs = [
            f'<a class="signpost" href="lessons/{lesson.slug}/">Start lesson {lesson.number} '
            f"<small>{html.escape(lesson.title)}</small></a>"
            for lesson in (cells.lessons[number][0] for number in numbers)
        ]
        shown = [f"<p hidden>{sign}</p>" for sign in signs]
        lines += ['<div class="placed" role="status">', "<p hidden></p>", *shown, "</div>", "</div>"]
        return "\n".join(lines) + "\n"


def _link(lead: Lead) -> str:
    """As HTML on the landing page, which is the site's root."""
    page, _, fragment = lead.page.partition("#")
    return f'<a href="{page.removesuffix(".md")}/#{fragment}">{html.escape(lead.label)}</a>'


# All of them


def _coverage(kind: str, entries: Sequence[Entry], cells: Cells) -> str:
    """How many lead to a cell, how many wait for a lesson, and how many do neither, in a sentence."""
    arrived = sum(any(lead.arrives for lead in entry.leads(cells)) for entry in entries)
    waiting = sum(bool(entry.cells) for entry in entries) - arrived
    left = len(entries) - arrived - waiting
    waits = f"; {waiting} wait for theirs" if waiting else ""
    none = f"; {left} {'has' if left == 1 else 'have'} none, and the reason beside it" if left else ""
    return f"**{arrived} of {len(entries)} {kind}s lead to a cell**{waits}{none}."


def _cell(text: str) -> str:
    """Markdown as it may stand in a table."""
    # In code a bar divides no cells, and a backslash would show.
    return re.sub(r"(`[^`]*`)|\|", lambda found: found[1] or r"\|", " ".join(text.split()))


def write_parts(root: Path, lessons: Mapping[Lesson, Mapping[str, str]]) -> Iterable[tuple[str, str]]:
    """The made parts of the pages, each with its name; none for a page whose data is not there.

    Raises:
        CourseError: an entry is not whole, or its cell is gone.
    """
    recipes = root / RECIPES
    cells = Cells(lessons, recipes.read_text(encoding="utf-8") if recipes.is_file() else "")
    if (root / MAP).is_file():
        yield "map.md", Map.read(root).text(cells)
    if (root / QUESTIONS).is_file():
        yield "questions.md", questions_text(read_questions(root), cells)
    if (root / PLACES).is_file():
        yield "places.md", Places.read(root).text(cells)
