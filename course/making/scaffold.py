"""`course new`: a small lesson, or an exercise, that is whole and green, to be rewritten piece by piece."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

from course.lessons import ROOT, CourseError, Lesson, all_lessons, find_lesson

TEMPLATE = Path(__file__).with_name("template")
NUMBER = "99"
"""The template's lesson number: its files are real ones, which the tests run as they are."""


PLACEHOLDERS = (
    "What this lesson is about, in one sentence.",
    "Part 9 - Where it belongs",
    "Say what was learned, in five lines.",
)
"""What a new lesson says that no finished one does."""


def new_lesson(title: str, root: Path = ROOT) -> Lesson:
    """Lay down a lesson with exercises, solutions, mistakes and alternatives; its number is the next.

    The notebook is not made: that is `course build`.

    Raises:
        CourseError: the title has no letters.
    """
    name = _slug(title)
    number = max((int(lesson.number) for lesson in all_lessons(root)), default=0) + 1
    lesson = Lesson(f"{number:02}-{name}", root)
    places = {
        "lesson.md": lesson.folder / "lesson.md",
        "app.py": lesson.folder / "app.py",
        "checks.py": lesson.folder / "checks.py",
        "solution_app.py": lesson.solutions / "app.py",
        "exercises.py": lesson.solutions / "exercises.py",
    }
    for source, target in places.items():
        text = _read(TEMPLATE / source)
        # In the front matter, YAML wants a title with a colon in quotes; JSON's are YAML's.
        text = _renumbered(text, number).replace("title: A new lesson", f"title: {json.dumps(title)}", 1)
        _write(target, text.replace("A new lesson", title))
    _write_answers(lesson, {stem: _renumbered(stem, number) for stem, _ in _sections("mistakes.diff")})
    return lesson


ANSWERS = {"mistakes": ".diff", "alternatives": ".py"}
"""Folders of `tests/` that have answers to a lesson's tasks, and how their files end."""

EXERCISE = f"{NUMBER}.1"
"""The template's exercise that is laid down alone, too."""
COUNTS = "counts_two"
"""Its check."""


def new_exercise(task: str, root: Path = ROOT) -> Lesson:
    """Lay down an exercise of a lesson that is there: its text, check, solution, mistakes and alternatives.

    It comes last, before "Build it". The notebook is not made: that is `course build`.

    Raises:
        CourseError: there is no such lesson, or `task` is not the next number in it.
    """
    lesson = find_lesson(task, root)
    text = _read(lesson.folder / "lesson.md")
    numbers = map(int, re.findall(rf"^### Exercise {int(lesson.number)}\.(\d+):", text, re.MULTILINE))
    following = f"{int(lesson.number)}.{max(numbers, default=0) + 1}"
    if task != following:
        raise CourseError(f"The next exercise of lesson {lesson.number} is {following}, not {task}.")
    name = f"exercise_{task.replace('.', '_')}"  # free in every lesson's checks.py, as its check's name is
    counts = f"{name}_{COUNTS}"
    shown = _between(_read(TEMPLATE / "lesson.md"), f"### Exercise {EXERCISE}:", "### Exercise ")
    check = _between(_read(TEMPLATE / "checks.py"), "rangers = exercise(", "double = exercise(")
    changes = {
        lesson.folder / "lesson.md": (text, "## Build it", shown),
        lesson.folder / "checks.py": (
            checks := _read(lesson.folder / "checks.py"),
            _app_of(lesson, checks),
            check.replace("rangers = exercise(", f"{name} = exercise(")
            .replace("@rangers.", f"@{name}.")
            .replace(COUNTS, counts),
        ),
    }
    for path, (content, before, piece) in changes.items():
        whole = content.replace(before, piece.replace(EXERCISE, task) + before, 1)
        _write(path, whole.replace(f"{int(lesson.number)}.app:", f"{task}: 5, {int(lesson.number)}.app:", 1))
    solutions = lesson.solutions / "exercises.py"
    section = next(text for stem, text in _sections("exercises.py") if stem == EXERCISE)
    _write(solutions, f"{_read(solutions).rstrip()}\n\n\n# %% {task}\n{section.strip()}\n")
    _write_answers(lesson, {EXERCISE: task}, {COUNTS: counts})
    return lesson


def _app_of(lesson: Lesson, checks: str) -> str:
    """The line of `checks.py` by which the app's checks begin."""
    found = re.search(rf'^\w+ = exercise\(\n? *"{int(lesson.number)}\.app"', checks, re.M)
    if found is None:
        raise CourseError(f"lessons/{lesson.slug}/checks.py declares no exercise {lesson.app_task}.")
    return found[0]


def _write_answers(lesson: Lesson, names: dict[str, str], checks: dict[str, str] | None = None) -> None:
    """Write the template's mistakes and alternatives to the tasks in `names`, each under its new name.

    `checks` has the checks that have got another name, too.
    """
    for kind, suffix in ANSWERS.items():
        folder = lesson.root / "tests" / kind / lesson.slug
        for stem, text in _sections(kind + suffix):
            task = next((old for old in names if stem == old or stem.startswith(f"{old}-")), None)
            if task is not None:
                name = names[task] + stem.removeprefix(task) + suffix
                answers = _renumbered(text, int(lesson.number)).strip()
                for old, new in (checks or {}).items():
                    answers = answers.replace(f"check: {old}\n", f"check: {new}\n")
                _write(folder / name, f"{answers}\n")


def _sections(name: str) -> list[tuple[str, str]]:
    """The parts of one of the template's files, each with its name."""
    parts = _read(TEMPLATE / name).split("# %% ")[1:]
    return [(stem, text) for stem, _, text in (part.partition("\n") for part in parts)]


def _between(text: str, first: str, following: str) -> str:
    """What stands from `first` to the next `following`."""
    begins = text.index(first)
    return text[begins : text.index(following, begins + len(first))]


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = "-".join(re.findall(r"[a-z0-9]+", plain))
    if not slug:
        raise CourseError(
            f'A lesson needs a title with letters; {title!r} has none. Try: course new "Forms".'
        )
    return slug


def _renumbered(text: str, number: int) -> str:
    return re.sub(rf"\b{NUMBER}\b", str(number), text)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
