"""What `course test 05` runs: the tests of a lesson, a task, an answer, or of one file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from course.lessons import ROOT, CourseError, Lesson, exercises_in, find_lesson
from course.making.testing import ASSETS, Step, notebooks, pages, python, units

TESTS = ROOT / "tests"
CHECKS = ("test_lessons.py", "test_browser_lessons.py")
"""Tests of all lessons; `test_lesson_05.py`, where there is one, has more of that lesson."""

PAGES = ("test_live_lessons.py", "test_access.py")
ANSWERS = {"mistakes": "test_a_mistake_is_told", "alternatives": "test_another_right_answer_passes"}
"""Folders of answers, and which test judges what lies there."""


def steps_for(names: Sequence[str]) -> list[Step]:
    """The steps for lessons ("05"), tasks ("5.2", "5.app") and files.

    Raises:
        CourseError: a name fits nothing; the message says what there is.
    """
    lessons: list[Lesson] = []
    tasks: list[str] = []
    steps: list[Step] = []
    for name in names:
        path = Path(name).resolve()
        if path.is_file():
            found = _of_file(path, name)
        elif "." in name and name.replace(".app", ".0").replace(".", "", 1).isdecimal():
            found = _task(name)
        else:
            found = _lesson(name)
        if isinstance(found, Lesson):
            _must_have_notebook(found)
            lessons.append(found)
        elif isinstance(found, str):
            tasks.append(found)
        else:
            steps.append(found)
    if tasks:
        steps.insert(0, Step("checks of tasks", python(*units(_test(CHECKS[0]), *_only(tasks), workers=0))))
    if lessons:
        steps[:0] = _steps_of(lessons)
    return steps


def _lesson(name: str) -> Lesson:
    try:
        return find_lesson(name)
    except CourseError as error:
        raise CourseError(f"{error} A task is named as in 5.2 or 5.app, and there is no such file.") from None


def _steps_of(lessons: Sequence[Lesson]) -> list[Step]:
    only = _only([lesson.slug for lesson in lessons])
    tests = [_test(name) for name in CHECKS]
    tests += [str(path) for one in lessons for path in TESTS.rglob(f"test_lesson_{one.number}.py")]
    stored = [str(lesson.notebook) for lesson in lessons]
    return [
        ASSETS,
        Step("checks", python(*units(*tests, *only, workers=2))),
        Step("notebook", python(*notebooks(*stored, workers=min(len(stored), 4)))),
        Step("page", python(*pages(*map(_test, PAGES), *only)), browser=True),
    ]


def _of_file(path: Path, name: str) -> Lesson | str | Step:
    """What is meant by a file: its lesson, or the step for just this."""
    if not path.is_relative_to(ROOT):
        raise CourseError(f"{name} does not belong to the course.")
    place = path.relative_to(ROOT)
    match place.parts:
        case ("lessons" | "solutions", slug, _):
            return find_lesson(slug)
        case ("notebooks", _) if path.suffix == ".ipynb":
            return find_lesson(path.stem)
        case ("tests", "mistakes" | "alternatives" as folder, slug, _):
            test = f"{_test(CHECKS[0])}::{ANSWERS[folder]}"
            answer = f"{find_lesson(slug).slug}/{path.stem}"
            if "-" not in path.stem:  # a file with all answers to a task
                answer = find_lesson(slug).app_task if path.stem == "app" else path.stem
            return Step(str(place), python(*units(test, *_only([answer]), workers=0)))
        case ("tests", *_) if path.name.startswith("test_") and path.suffix == ".py":
            browser = "browser" in place.parts[:-1]
            command = pages(str(path)) if browser else units(str(path), workers=2)
            return Step(str(place), python(*command), browser=browser)
    raise CourseError(
        f"No test belongs to {place} alone. Name a lesson (05), a task (5.2), or a file of lessons/, "
        "solutions/, notebooks/, tests/mistakes/, tests/alternatives/, or a module tests/test_....py."
    )


def _task(name: str) -> str:
    """The id of a task, as tests are named after it.

    Raises:
        CourseError: no lesson has it, or its notebook does not have it yet.
    """
    lesson = find_lesson(name)
    task = f"{int(lesson.number)}.{name.partition('.')[2]}"
    if task == lesson.app_task or (lesson.notebook.exists() and task in lesson.tasks):
        return task
    from course.making.build import read_source  # it needs jupytext

    if task in exercises_in(read_source(lesson)):
        raise CourseError(
            f"Exercise {task} is in lessons/{lesson.slug}/lesson.md, and not yet in the notebook: "
            f"run `course build {lesson.number}` first."
        )
    _must_have_notebook(lesson)
    raise CourseError(f"Lesson {lesson.number} has no task {name!r}. There are: {', '.join(lesson.tasks)}.")


def _must_have_notebook(lesson: Lesson) -> None:
    if not lesson.notebook.exists():
        raise CourseError(f"Lesson {lesson.number} has no notebook yet: run `course build {lesson.number}`.")


def _test(name: str) -> str:
    """The path of a test module, in whichever folder it lies."""
    return str(next(TESTS.rglob(name)))


def _only(names: Sequence[str]) -> list[str]:
    return [f"--only={name}" for name in names]
