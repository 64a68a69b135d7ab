"""Whose solutions the site has: what the environment variable `SOLUTIONS` says while it is built.

    SOLUTIONS=none     of no lesson
    SOLUTIONS=01-05    of these; also 01-03,05
    SOLUTIONS=all      of all, as without it

Where a lesson's folder in `solutions/` is not there, the site has none of it in any case.
"""

from __future__ import annotations

import os
import re

from course.lessons import CourseError, Lesson, all_lessons

VARIABLE = "SOLUTIONS"


def published(lesson: Lesson) -> bool:
    """Whether the site has this lesson's solutions.

    Raises:
        CourseError: the variable says something else.
    """
    number = int(lesson.number)
    return lesson.solutions.is_dir() and any(first <= number <= last for first, last in _ranges())


def _ranges() -> list[tuple[int, int]]:
    said = os.environ.get(VARIABLE, "").strip().lower()
    if said in ("", "all"):
        return [(0, 99)]
    if said == "none":
        return []
    found = [re.fullmatch(r"(\d+)(?:-(\d+))?", part.strip()) for part in said.split(",")]
    ranges = [(int(one[1]), int(one[2] or one[1])) for one in found if one]
    if len(ranges) < len(found) or any(first > last for first, last in ranges):
        raise CourseError(
            f"{VARIABLE} is {said!r}: write all, none, or the lessons, such as 01-05 or 01-03,05."
        )
    numbers = [int(lesson.number) for lesson in all_lessons()]
    for first, last in ranges:
        if not any(first <= number <= last for number in numbers):
            raise CourseError(f"{VARIABLE} is {said!r}: there are lessons 1 to {numbers[-1]}.")
    return ranges
