"""`course new "Title"`: a small lesson that is whole and green, to be rewritten piece by piece."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

from course.lessons import ROOT, CourseError, Lesson, all_lessons

TEMPLATE = Path(__file__).with_name("template")
NUMBER = "99"
"""The template's lesson number: its files are real ones, which the tests run as they are."""


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
        text = (TEMPLATE / source).read_text(encoding="utf-8")
        # In the front matter, YAML wants a title with a colon in quotes; JSON's are YAML's.
        text = _renumbered(text, number).replace("title: A new lesson", f"title: {json.dumps(title)}", 1)
        _write(target, text.replace("A new lesson", title))
    for kind in ("mistakes.diff", "alternatives.py"):
        folder = root / "tests" / Path(kind).stem / lesson.slug
        sections = (TEMPLATE / kind).read_text(encoding="utf-8").split("# %% ")[1:]
        for section in sections:
            stem, _, text = section.partition("\n")
            name = _renumbered(stem, number) + Path(kind).suffix
            _write(folder / name, _renumbered(text, number).strip() + "\n")
    return lesson


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
