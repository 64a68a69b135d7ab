"""What texts say of other lessons: what is not there ends the build."""

from __future__ import annotations

from pathlib import Path

import pytest

from course.lessons import ROOT, CourseError
from course.making.references import check_references, lost

OTHER = """\
---
title: Named 9.9
---
# Huts

### Exercise 4.1: Count

The hut register has a `Guest`.

```python
print("lesson 77, exercise 9.9")
```
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with lesson 04, and lesson 05 whose text `say` writes."""
    for slug, text in (("04-huts", OTHER), ("05-trails", "")):
        (tmp_path / "lessons" / slug).mkdir(parents=True)
        (tmp_path / "lessons" / slug / "lesson.md").write_text(text, encoding="utf-8")
    return tmp_path


def say(root: Path, text: str, name: str = "lessons/05-trails/lesson.md") -> list[str]:
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_text(text, encoding="utf-8")
    return list(lost(root))


def test_whatever_the_course_names_is_there() -> None:
    assert list(lost(ROOT)) == []


@pytest.mark.parametrize(
    "text",
    [
        "As in lesson 04, and 25 points more.",
        "**You need** lessons 04 and 05: models.",
        "Exercise 4.1 counts.",
        "The hut register of lesson 04 again.",
        "The huts of lesson 04, the rest of lesson 04.",
        "`Guest`, as in lesson 04.",
        "Lesson 05 has `nothing` of it.",
        "`new` counts; `Guest` is in lesson 04.",
    ],
)
def test_what_is_there_may_be_named(root: Path, text: str) -> None:
    assert say(root, text) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("This is in lesson 16.", "names lesson 16, which is not there"),
        ("See lessons 04, 05 and 7.", "names lesson 7, which is not there"),
        ("> It was there in lesson\n> 08.", "names lesson 08, which is not there"),
        ("As in exercise 4.2, say.", "names 4.2, and no lesson has such a task"),
        ("You said so in prediction 4.p1.", "names 4.p1, and no lesson has such a task"),
        ("The tea register of lesson 04 again.", "says that lesson 04 has `tea`, which it has not"),
        ("The `Guest`s and the\nrooms of lesson 04.", "says that lesson 04 has `room`, which it has not"),
        ("Take `Visitor`, which you know from lesson 04.", "lesson 04 has `Visitor`, which it has not"),
        ("There is more: lesson 04's `Visitor`.", "lesson 04 has `Visitor`, which it has not"),
    ],
)
def test_what_is_not_there_is_told_with_its_place(root: Path, text: str, said: str) -> None:
    [line] = say(root, text)
    assert line.startswith("lessons/05-trails/lesson.md ")
    assert said in line


@pytest.mark.parametrize(
    "name",
    [
        "docs/index.md",
        "docs/plans.toml",
        "README.md",
        "lessons/05-trails/checks.py",
        "lessons/05-trails/app.py",
    ],
)
def test_pages_hints_and_starters_are_looked_at_too(root: Path, name: str) -> None:
    [line] = say(root, "# See lesson\n# 12.\n", name)
    assert line.startswith(f"{name} names lesson 12")


def test_all_of_it_is_told_at_once(root: Path) -> None:
    say(root, "See lesson 11, and exercise 5.5.")
    with pytest.raises(CourseError, match=r"names lesson 11.*\n.*names 5\.5"):
        check_references(root)
