"""Answers tried by hand: the report that a file gets, and a mistake written down from one.

course try wrong.py                  what a learner with this answer would read
course mistake 5.2 no-location       write a wrong answer in an editor; its section is made of it
"""

from __future__ import annotations

import re
from pathlib import Path

from course.judging.report import Report
from course.judging.sandbox import check_source
from course.judging.tasks import solution_text
from course.lessons import EXERCISE_LINE, CourseError, Lesson, find_lesson
from course.making.mistakes import NAME, Mistakes, edit_between, mistakes_file, section

WORDS = 9
"""How many words of a message stand in a mistake's `says`: enough to know it by."""

UNCHANGED = "# Make the mistake in this answer, save, and close. To give up, change nothing.\n"
"""What the answer begins with in an editor."""


def task_of(path: Path, source: str, named: str = "") -> tuple[Lesson, str]:
    """The task that a file answers: as `named`, by its first line, or by where it lies.

    Raises:
        CourseError: none of these tells it, or there is no such task.
    """
    found = named
    if not found and (line := EXERCISE_LINE.match(source)):
        found = line[1]
    if not found and re.match(r"\d\d-", path.parent.name):  # tests/alternatives/05-.../app-by-hand.py
        stem = path.stem.partition("-")[0]
        found = f"{int(path.parent.name[:2])}.app" if stem == "app" else stem
    if not found:
        raise CourseError(
            f"Which task does {path.name} answer? Begin it with a line such as `# Exercise 5.2`, "
            "or name the task: course try FILE 5.app."
        )
    lesson = find_lesson(found)
    if found not in lesson.tasks:
        raise CourseError(
            f"Lesson {lesson.number} has no task {found!r}. There are: {', '.join(lesson.tasks)}."
        )
    return lesson, found


def judge_file(path: Path, named: str = "") -> Report:
    """The report on the answer in a file, as a learner gets it.

    Raises:
        CourseError: the file cannot be read as text, or it is not known which task it answers.
    """
    source = read(path)
    lesson, task = task_of(path, source, named)
    return check_source(lesson, task, source)


def read(path: Path) -> str:
    """A file's text.

    Raises:
        CourseError: there is none.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CourseError(f"{path} cannot be read: {error}") from None


def to_edit(lesson: Lesson, task: str) -> str:
    """What a person makes a mistake in: the solution."""
    return UNCHANGED + solution_text(lesson, task)[1] + "\n"


def write_mistake(lesson: Lesson, task: str, name: str, answer: str) -> tuple[Path, str]:
    """Judge a wrong answer, and add it to the mistakes of its task: its change, its check, its words.

    Returns:
        The file and the section that was added.

    Raises:
        CourseError: the name is taken or is none, or the answer is no mistake: it is the solution, nobody has
            touched it, or the checks accept it.
    """
    answer = answer.removeprefix(UNCHANGED)
    if lesson.of_app(task):  # a copy of the file has its docstring, too: why it is built so
        file = (lesson.solutions / "app.py").read_text(encoding="utf-8")
        answer = answer.removeprefix(file[: file.index(solution_text(lesson, task)[1])])
    if not NAME.fullmatch(name):
        raise CourseError(
            f"{name!r} is no name for a mistake: write it in small letters, such as no-location."
        )
    if name in Mistakes(lesson, task).sections:
        raise CourseError(f"{task} has a mistake {name} already: choose another name.")
    change = edit_between(solution_text(lesson, task)[1], answer)
    if not change:
        raise CourseError("This is the solution: nothing was changed, so there is no mistake to write down.")
    report = check_source(lesson, task, answer)
    if report.passed:
        raise CourseError(
            "The checks accept this answer. If it is right, it belongs to tests/alternatives; "
            "if it is wrong, a check is missing."
        )
    if not report.failed:
        raise CourseError(f"No check was asked: {report.text()}")
    text = section(name, report.failed, words_of(report), change)
    path = mistakes_file(lesson, task)
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_text(encoding="utf-8").rstrip("\n") + "\n\n" if path.exists() else ""
    path.write_text(before + text, encoding="utf-8", newline="\n")
    return path, text


def words_of(report: Report) -> str:
    """Words by which a report's message is known: of its nudge, else of what it says differs, or raised."""
    said = report.nudge or report.differs or report.traceback.strip().rsplit("\n", 1)[-1]
    return " ".join(said.split()[:WORDS])
