"""Does the course fit a class: what each lesson teaches, needs and takes, and plans that are counted.

What the lessons say of themselves stands in their notebooks, the plans in `docs/plans.toml`. What comes out
is taken in by `docs/planning.md`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from course.lessons import CourseError, Lesson

PLANS = Path("docs", "plans.toml")

GOALS = re.compile(r"\*\*You will be able to\*\*\s+((?:- .+\n(?:  .+\n)*)+)")
NEEDS = re.compile(r"\*\*You need\*\* (.+?)(?:\n\n|$)", re.S)
NUMBERS = re.compile(r"\b(\d\d)\b(?: to (\d\d)\b)?")


@dataclass(frozen=True)
class Plan:
    """Meetings of a class, and what is done at home after each."""

    title: str
    minutes: int
    """What a meeting may take."""
    says: str
    together: list[list[str]]
    """For each meeting its sittings, such as "05.2"."""
    home: list[list[str]]
    """After each meeting, sittings and apps ("5.app")."""


def goals(lesson: Lesson) -> str:
    """What a learner is able to do after a lesson, as a Markdown list.

    Raises:
        CourseError: the lesson does not say it.
    """
    return _said(lesson, GOALS, "**You will be able to**").strip()


def needs(lesson: Lesson) -> str:
    """What a lesson needs, in its own words.

    Raises:
        CourseError: the lesson does not say it.
    """
    return " ".join(_said(lesson, NEEDS, "**You need**").split())


def _said(lesson: Lesson, pattern: re.Pattern[str], words: str) -> str:
    for cell in lesson.cells:
        if cell.kind == "markdown" and (found := pattern.search(cell.source + "\n\n")):
            return found[1]
    raise CourseError(f"{lesson.slug}/lesson.md has no paragraph {words}.")


def needed(lesson: Lesson) -> list[str]:
    """The numbers of the lessons that it needs: "lessons 01 to 03 and 05" are four."""
    found: list[str] = []
    for first, last in NUMBERS.findall(needs(lesson).partition(". ")[0]):
        found += [f"{number:02}" for number in range(int(first), int(last or first) + 1)]
    return found


def read_plans(root: Path, lessons: Sequence[Lesson]) -> list[Plan]:
    """`docs/plans.toml`, counted.

    Raises:
        CourseError: a plan names what is not there, takes longer than it says, or meets a lesson before one
            that it needs.
    """
    data = tomllib.loads((root / PLANS).read_text(encoding="utf-8"))
    try:
        plans = [Plan(**given) for given in data["plan"]]
    except (KeyError, TypeError) as error:
        raise CourseError(f"{PLANS.as_posix()}: a key is missing or unknown: {error}.") from None
    for plan in plans:
        if problem := next(_problems(plan, {lesson.number: lesson for lesson in lessons}), None):
            raise CourseError(f"{PLANS.as_posix()}, {plan.title}: {problem}")
    return plans


def _problems(plan: Plan, lessons: dict[str, Lesson]) -> Iterator[str]:
    if len(plan.together) != len(plan.home):
        yield "each meeting has a list of its own in `home`, which may be empty."
    met: set[str] = set()
    for number, (together, home) in enumerate(zip(plan.together, plan.home, strict=False), start=1):
        takes = 0
        for name in [*together, *home]:
            try:
                minutes = minutes_of(name, lessons)
            except (KeyError, IndexError, ValueError):
                yield f"there is no {name}."
                return
            lesson, _, part = name.partition(".")
            if part != "app" and (missing := set(needed(lessons[lesson])) - met):
                yield f"{name} comes before {', '.join(sorted(missing))}, which it needs."
            if part != "app":
                met.add(lesson)
            takes += minutes if name in together else 0
        if takes > plan.minutes:
            yield f"meeting {number} takes {takes} minutes, and may take {plan.minutes}."


def minutes_of(name: str, lessons: dict[str, Lesson]) -> int:
    """The minutes of a sitting ("05.2") or of an app ("5.app").

    Raises:
        KeyError, IndexError, ValueError: there is none.
    """
    number, _, part = name.partition(".")
    minutes = lessons[f"{int(number):02}"].minutes
    if part == "app":
        return minutes.app
    if int(part) < 1:
        raise ValueError(name)
    return minutes.sittings[int(part) - 1]


def write_planning(root: Path, lessons: Sequence[Lesson]) -> Iterator[tuple[str, str]]:
    """The made parts of the page, each with its name.

    Raises:
        CourseError: as `read_plans`, or a lesson does not say what it is for.
    """
    if (root / PLANS).is_file():
        yield "fit.md", fit(lessons)
        yield "plans.md", plans_text(read_plans(root, lessons), lessons)


def fit(lessons: Sequence[Lesson]) -> str:
    """All lessons: minutes and tasks in a table, then needs and goals of each."""
    rows = [
        "| lesson | reading | exercises | Build it | sittings | tasks |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for lesson in lessons:
        takes = lesson.minutes
        sittings = " + ".join(map(str, takes.sittings))
        rows.append(
            f"| [{lesson.number} {lesson.title}](lessons/{lesson.slug}.md) | {takes.reading} "
            f"| {takes.exercises} | {takes.app} | {sittings} | {len(lesson.tasks)} |"
        )
    reading = sum(lesson.minutes.reading for lesson in lessons)
    exercises = sum(lesson.minutes.exercises for lesson in lessons)
    app = sum(lesson.minutes.app for lesson in lessons)
    tasks = sum(len(lesson.tasks) for lesson in lessons)
    hours = f"{(reading + exercises + app) / 60:.0f} hours"
    rows.append(f"| **all**, {hours} | {reading} | {exercises} | {app} | | {tasks} |")
    parts = ["\n".join(rows)]
    for lesson in lessons:
        parts += [
            f"**{lesson.number} {lesson.title}** needs {needs(lesson).removesuffix('.')}. After it, learners",
            goals(lesson),
        ]
    return "\n\n".join(parts) + "\n"


def plans_text(plans: Sequence[Plan], lessons: Sequence[Lesson]) -> str:
    """A heading and a table for each plan."""
    by_number = {lesson.number: lesson for lesson in lessons}
    parts = []
    for plan in plans:
        rows = ["| meeting | together | at home, after it |", "|--:|---|---|"]
        for number, (together, home) in enumerate(zip(plan.together, plan.home, strict=True), start=1):
            rows.append(f"| {number} | {_named(together, by_number)} | {_named(home, by_number)} |")
        hours = [
            sum(minutes_of(name, by_number) for names in lists for name in names) / 60
            for lists in (plan.together, plan.home)
        ]
        total = f"{hours[0]:.1f} hours together, {hours[1]:.1f} at home."
        parts += [f"### {plan.title}", f"{plan.says} {total}", "\n".join(rows)]
    return "\n\n".join(parts) + "\n"


def _named(names: Sequence[str], lessons: dict[str, Lesson]) -> str:
    """Sittings and apps in words, the two sittings of one lesson joined, with their minutes."""
    said: list[str] = []
    for name in names:
        number, _, part = name.partition(".")
        lesson = lessons[f"{int(number):02}"]
        if part == "app":
            said.append(f"Build it of {lesson.number}")
        elif len(lesson.minutes.sittings) == 1 or {f"{number}.1", f"{number}.2"} <= set(names):
            whole = f"{lesson.number} {lesson.title}"
            said += [whole] if whole not in said else []
        else:
            said.append(f"{lesson.number} {lesson.title}, {['first', 'second'][int(part) - 1]} sitting")
    minutes = sum(minutes_of(name, lessons) for name in names)
    return f"{'; '.join(said)}<br><small>{minutes} min</small>" if said else ""
