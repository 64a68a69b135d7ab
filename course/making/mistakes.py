"""Wrong answers, each written as the change that makes it out of a right one.

A file `tests/mistakes/05-requests-and-responses/5.2.diff` holds the mistakes of a task, `app.diff` those of
the app. A mistake is a section:

    === location-of-the-list
    check: hands_out
    says: does not lead to this badge

         handed_out[badge.number] = badge
    -    response.headers["Location"] = f"/badges/{badge.number}"
    +    response.headers["Location"] = "/badges"
    @@
    -def read_badge(number: int) -> Badge:
    +def read_badge(number: str) -> Badge:

The head says which check must fail first, and words that its message must contain; an empty line ends it.
What follows are places, parted by lines that begin with `@@`. Lines with a blank before them are there
already, those with `-` go, those with `+` come: a unified diff without the numbers, for a place is found by
its lines. It must be in the base once, as lines that follow each other; blanks at their ends do not count.

A line `base:` in the head says what is changed where that is not the solution:

    base: starter               what the learner begins with
    base: alternative NAME      the right answer tests/alternatives/05-.../5.2-NAME.py
    base: mistake NAME          another mistake of the same file
    base: nothing               the section is the whole program, each line as it is

An exercise's answer is its cell, and so begins with the line `# Exercise 5.2`: each answer gets that line
where it has none, and no section shows it. Comments `# gap: ...` mark what a starter leaves to the learner: a
mistake with `base: starter` has them, too, but for those on lines that it changes. Lines that begin with `#`
before the first section, or in a head, are for who reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from pathlib import Path

from course.judging.tasks import solution_text
from course.lessons import EXERCISE_LINE, CourseError, Lesson

SUFFIX = ".diff"
"""What the files' names end in: editors and forges give such files their colours."""

SOLUTION = "solution"
NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
KEYS = ("check", "says", "base")
BASES = f"`{SOLUTION}`, `starter`, `alternative NAME`, `mistake NAME` or `nothing`"

NEAR = 2
"""How many unchanged lines between two places are shorter than the two places' own beginnings and ends."""


@dataclass(frozen=True)
class Place:
    """Some lines that follow each other in the base, and what becomes of them."""

    lines: tuple[tuple[str, str], ...]
    """Each line with its mark before it: " " is there, "-" goes, "+" comes."""

    @property
    def old(self) -> list[str]:
        """The lines as the base has them."""
        return [text for mark, text in self.lines if mark != "+"]

    def new(self, old: list[str]) -> list[str]:
        """What stands there afterwards; `old` are the base's own lines, which may end in blanks."""
        there = iter(old)
        kept = ((mark, text if mark == "+" else next(there)) for mark, text in self.lines)
        return [text for mark, text in kept if mark != "-"]


@dataclass(frozen=True)
class Mistake:
    """A wrong answer: the check that must fail first, and words that its message must contain."""

    name: str
    check: str
    says: str
    base: str
    """What is changed: "solution", "starter", "alternative NAME", "mistake NAME" or "nothing"."""
    places: tuple[Place, ...]
    program: str
    """The whole answer, where the base is nothing."""
    where: str
    """The file and the name, for an error."""


class Mistakes:
    """The mistakes of one task, read once from its file. An answer is made when somebody asks for it."""

    def __init__(self, lesson: Lesson, task: str) -> None:
        """A task without a file has no mistakes.

        Raises:
            CourseError: the file says something that it must not; the message says where, and what to do.
        """
        self.lesson = lesson
        self.task = task
        path = mistakes_file(lesson, task)
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        self.sections = parse(text, path.relative_to(lesson.root).as_posix())

    @property
    def stem(self) -> str:
        """What the task is called in the names of files: "5.2", "app"."""
        return _stem(self.lesson, self.task)

    def __iter__(self) -> Iterator[Mistake]:
        return iter(self.sections.values())

    def answer(self, name: str) -> str:
        """The program with this mistake in it.

        Raises:
            CourseError: its base is not to be had, or one of its places is not in it once.
        """
        mistake = self.sections[name]
        if mistake.base == "nothing":
            return self._begun(mistake.program)
        base, called = self._base(mistake)
        return apply(base, mistake.places, mistake.where, called)

    def _base(self, mistake: Mistake) -> tuple[str, str]:
        """What a mistake changes, and how an error calls that."""
        kind, _, name = mistake.base.partition(" ")
        if kind == "mistake":
            return self.answer(name), f"the mistake {name}"
        if kind == "starter":
            return self._begun(self._starter), "the starter"
        if kind == "alternative":
            path = self.lesson.root / "tests" / "alternatives" / self.lesson.slug
            path /= f"{'app' if self.lesson.of_app(self.task) else self.stem}-{name}.py"
            if not path.is_file():
                raise CourseError(
                    f"{mistake.where}: there is no {path.relative_to(self.lesson.root).as_posix()}."
                )
            return self._begun(path.read_text(encoding="utf-8")), f"the alternative {name}"
        return self._solution, "the solution"

    @cached_property
    def _solution(self) -> str:
        return self._begun(solution_text(self.lesson, self.task)[1])

    @property
    def _starter(self) -> str:
        if self.lesson.of_app(self.task):
            return (self.lesson.folder / "app.py").read_text(encoding="utf-8")
        return self.lesson.starters[self.task].source

    def _begun(self, program: str) -> str:
        """An exercise's answer with the first line that its cell has."""
        if not self.lesson.of_app(self.task) and not EXERCISE_LINE.match(program):
            program = f"# Exercise {self.task}\n{program}"
        return program.rstrip() + "\n"


def mistakes_file(lesson: Lesson, task: str) -> Path:
    """Where a task's mistakes are written."""
    return lesson.root / "tests" / "mistakes" / lesson.slug / f"{_stem(lesson, task)}{SUFFIX}"


def all_mistakes(lesson: Lesson) -> list[Mistakes]:
    """The mistakes of a lesson, task by task.

    Raises:
        CourseError: a file is wrong, or lies there that belongs to no task.
    """
    files = {mistakes_file(lesson, task): task for task in lesson.tasks}
    for path in sorted((lesson.root / "tests" / "mistakes" / lesson.slug).glob("*")):
        if path not in files:
            names = ", ".join(path.name for path in files)
            raise CourseError(
                f"{path.relative_to(lesson.root).as_posix()}: no task has this file, but {names}. "
                f"Where lesson.md has that task, run `course build {lesson.number}`."
            )
    return [Mistakes(lesson, task) for task in files.values()]


def _stem(lesson: Lesson, task: str) -> str:
    return "app" if task == lesson.app_task else task


# Reading


def parse(text: str, file: str) -> dict[str, Mistake]:
    """The mistakes in a file's text by their names; `file` is what an error calls it.

    Raises:
        CourseError: the text is not as this module's docstring has it.
    """
    before, *parts = re.split(r"^===", text, flags=re.MULTILINE)
    for line in before.splitlines():
        if line.strip() and not line.startswith("#"):
            raise CourseError(
                f"{file}: {line!r} comes before the first `=== name`. A comment begins with `#`."
            )
    found: dict[str, Mistake] = {}
    for part in parts:
        line, _, body = part.partition("\n")
        name = line.strip()
        if not NAME.fullmatch(name):
            raise CourseError(f"{file}: `==={line}` gives no name: write it as in `=== no-type-hint`.")
        if name in found:
            raise CourseError(f"{file}: {name}: this name is there twice: give one of the two another.")
        found[name] = _read_section(name, body.split("\n"), f"{file}: {name}")
    for mistake in found.values():
        _follow(mistake, found)
    return found


def _read_section(name: str, lines: list[str], where: str) -> Mistake:
    end = next((i for i, line in enumerate(lines) if not line.strip() or line.startswith("@@")), len(lines))
    head: dict[str, str] = {}
    for line in lines[:end]:
        key, colon, value = line.partition(":")
        if line.startswith("#"):
            continue
        if not colon or key not in KEYS:
            known = ", ".join(f"`{key}:`" for key in KEYS)
            raise CourseError(f"{where}: {line!r} in the head: it has {known}, and ends with an empty line.")
        if key in head:
            raise CourseError(f"{where}: `{key}:` is there twice.")
        head[key] = value.strip()
    for key in ("check", "says"):
        if not head.get(key):
            raise CourseError(f"{where}: the head has no `{key}: ...`.")
    base = head.get("base", SOLUTION)
    if not re.fullmatch(rf"{SOLUTION}|starter|nothing|(alternative|mistake) {NAME.pattern}", base):
        raise CourseError(f"{where}: `base: {base}` is unknown: it is {BASES}.")
    program = "\n".join(lines[end:]).strip() if base == "nothing" else ""
    places = () if base == "nothing" else _read_places(lines[end:], where)
    if not program and not places:
        raise CourseError(f"{where}: nothing follows the head: write what is changed.")
    return Mistake(name, head["check"], head["says"], base, places, program, where)


def _read_places(lines: list[str], where: str) -> tuple[Place, ...]:
    groups: list[list[str]] = [[]]
    for line in lines:
        if line.startswith("@@"):
            groups.append([])
        else:
            groups[-1].append(line)
    return tuple(_read_place(group, where) for group in groups if any(line.strip() for line in group))


def _read_place(lines: list[str], where: str) -> Place:
    # Empty lines at both ends part a place from its neighbours.
    while not lines[0].strip():
        lines = lines[1:]
    while not lines[-1].strip():
        lines = lines[:-1]
    for line in lines:
        if line[:1] not in ("", " ", "-", "+"):
            raise CourseError(f"{where}: {line!r} begins with no blank, `-` or `+`.")
    place = Place(tuple((line[:1] or " ", line[1:].rstrip()) for line in lines))
    if not place.old:
        raise CourseError(
            f"{where}: {lines[0]!r} comes nowhere: write a line above it that is there already."
        )
    if all(mark == " " for mark, _ in place.lines):
        raise CourseError(f"{where}: {lines[0]!r} begins a place that changes nothing.")
    return place


def _follow(mistake: Mistake, found: dict[str, Mistake]) -> None:
    """Go from a mistake to those that it changes: they are there, and the way ends."""
    where, seen = mistake.where, [mistake.name]
    while mistake.base.startswith("mistake "):
        name = mistake.base.removeprefix("mistake ")
        if name not in found:
            raise CourseError(
                f"{mistake.where}: `base: {mistake.base}`: no mistake of this file has that name."
            )
        if name in seen:
            raise CourseError(f"{where}: its base leads back to it: {' -> '.join([*seen, name])}.")
        seen.append(name)
        mistake = found[name]


# Making the answer


def apply(base: str, places: tuple[Place, ...], where: str, called: str = "the base") -> str:
    """The base with its places changed. An error names `where`, and calls the base as `called` says.

    Raises:
        CourseError: a place is not in the base, is there several times, or has lines of another place.
    """
    lines = base.rstrip("\n").split("\n")
    changes = sorted(
        ((_find(lines, place, where, called), place) for place in places), key=lambda one: one[0]
    )
    made: list[str] = []
    done = 0
    for start, place in changes:
        if start < done:
            raise CourseError(
                f"{where}: {_first(place)}: another place has lines of this one: write them as one."
            )
        end = start + len(place.old)
        made += [*lines[done:start], *place.new(lines[start:end])]
        done = end
    return "\n".join([*made, *lines[done:]]) + "\n"


def _find(lines: list[str], place: Place, where: str, called: str) -> int:
    found = _occurrences([line.rstrip() for line in lines], place.old)
    if not found:
        raise CourseError(
            f"{where}: {_first(place)}: this place does not occur in {called}: "
            "it has changed since; write the lines as they are now."
        )
    if len(found) > 1:
        raise CourseError(
            f"{where}: {_first(place)}: this place occurs {len(found)} times in {called}: "
            "add a line around it."
        )
    return found[0]


def _first(place: Place) -> str:
    mark, text = place.lines[0]
    return repr(mark + text)


def _occurrences(lines: list[str], wanted: list[str]) -> list[int]:
    count = len(wanted)
    return [
        start
        for start in range(len(lines) - count + 1)
        if lines[start] == wanted[0] and lines[start : start + count] == wanted
    ]


# Writing


def section(name: str, check: str, says: str, change: str, base: str = SOLUTION) -> str:
    """A section as a file has it. `change` is what `edit_between` gives, or a whole program."""
    head = [f"=== {name}", f"check: {check}", f"says: {says}"]
    if base != SOLUTION:
        head.append(f"base: {base}")
    return "\n".join([*head, "", change.strip("\n"), ""])


def edit_between(base: str, answer: str) -> str:
    """The places that make `answer` of `base`: as few lines as say where each of them is.

    Blanks at the ends of lines do not count, nor does a line `# Exercise 5.2`. Where nothing else differs,
    the text is empty.

    Raises:
        CourseError: the base has no lines, so that none can say where something comes.
    """
    old, new = (
        [line.rstrip() for line in program.rstrip().split("\n") if not EXERCISE_LINE.match(line)]
        for program in (base, answer)
    )
    if not any(old):
        raise CourseError("Nothing has no lines to change: the section is the whole program.")
    blocks = [_settled(old, new, block) for block in _blocks(old, new)]
    return "\n@@\n".join("\n".join(_written(old, new, window)) for window in _windows(old, blocks))


@dataclass(frozen=True)
class _Block:
    """Lines of the base, from `start` to `end`, where the answer has its own from `first` to `last`."""

    start: int
    end: int
    first: int
    last: int
    above: int
    """How many lines above are the same in both, up to the block before."""
    below: int


@dataclass
class _Window:
    """Lines of the base that are written as one place, with the blocks in them."""

    start: int
    end: int
    blocks: list[_Block]


def _blocks(old: list[str], new: list[str]) -> list[_Block]:
    # Empty lines are the same everywhere: they join what is the same beside them, and begin nothing.
    codes = SequenceMatcher(lambda line: not line, old, new, autojunk=False).get_opcodes()
    found = []
    for i, (tag, start, end, first, last) in enumerate(codes):
        if tag != "equal":
            above = codes[i - 1][2] - codes[i - 1][1] if i else 0
            below = codes[i + 1][2] - codes[i + 1][1] if i + 1 < len(codes) else 0
            found.append(_Block(start, end, first, last, above, below))
    return found


def _settled(old: list[str], new: list[str], block: _Block) -> _Block:
    """A block that only adds or only takes away, moved to where a person would see it.

    A function added between two others is a function and two empty lines: not the end of the one before, two
    empty lines, and the function without its end.
    """
    if (block.start < block.end) == (block.first < block.last):
        return block
    lines, begin, end = (
        (new, block.first, block.last) if block.first < block.last else (old, block.start, block.end)
    )
    ways = [0]
    while -ways[0] < block.above - 1 and lines[begin + ways[0] - 1] == lines[end + ways[0] - 1]:
        ways.insert(0, ways[0] - 1)
    while ways[-1] < block.below - 1 and lines[begin + ways[-1]] == lines[end + ways[-1]]:
        ways.append(ways[-1] + 1)

    def oddness(by: int) -> tuple[bool, int, int]:
        first = lines[begin + by]
        return not first, len(first) - len(first.lstrip()), -by

    by = min(ways, key=oddness)
    return _Block(
        block.start + by,
        block.end + by,
        block.first + by,
        block.last + by,
        block.above + by,
        block.below - by,
    )


def _windows(old: list[str], blocks: list[_Block]) -> list[_Window]:
    """The places: each with as much around it as makes it the only one, neighbours joined."""
    done: list[_Window] = []
    for block in blocks:
        window = _grown(old, _Window(block.start, block.end, [block]))
        while done and window.start - done[-1].end <= NEAR:
            before = done.pop()
            window = _grown(
                old, _Window(before.start, max(before.end, window.end), [*before.blocks, *window.blocks])
            )
        done.append(window)
    return done


def _grown(old: list[str], window: _Window) -> _Window:
    start, end = window.start, window.end
    for more in range(len(old) + 1):
        for below in range(more + 1):
            top, bottom = start - (more - below), end + below
            if top < 0 or bottom > len(old) or top == bottom:
                continue
            # An empty line at an end says nothing: whoever reads the place does not see it.
            if (top < start and not old[top]) or (bottom > end and not old[bottom - 1]):
                continue
            if len(_occurrences(old, old[top:bottom])) == 1:
                return _Window(top, bottom, window.blocks)
    return _Window(0, len(old), window.blocks)


def _written(old: list[str], new: list[str], window: _Window) -> list[str]:
    written = []
    at = window.start
    for block in window.blocks:
        written += [f" {line}".rstrip() for line in old[at : block.start]]
        written += [f"-{line}" for line in old[block.start : block.end]]
        written += [f"+{line}" for line in new[block.first : block.last]]
        at = block.end
    return [*written, *(f" {line}".rstrip() for line in old[at : window.end])]
