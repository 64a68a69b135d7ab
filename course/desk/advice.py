"""What to say after a check, and when somebody asks for help: the command line and `--watch` share it."""

from __future__ import annotations

from collections.abc import Sequence

from course.desk.terminal import place
from course.desk.workspace import Progress, lesson_folder, next_lesson, unsolved
from course.judging.report import Report, State
from course.lessons import Lesson, built_lessons


def worth_reading(reports: Sequence[Report]) -> Report | None:
    """The report to show whole: the first answer that is wrong, else the first that is missing."""
    wrong = [report for report in reports if not report.passed]
    tried = [report for report in wrong if report.state is not State.NOT_ATTEMPTED]
    return next(iter(tried or wrong), None)


def next_step(reports: Sequence[Report], lesson: Lesson, progress: Progress) -> str:
    """One line that says how to go on after a check of `lesson`."""
    shown = worth_reading(reports)
    if shown is None:
        return _after_success(lesson, progress)
    if shown.state is not State.NOT_ATTEMPTED:
        return f"Stuck? `course hint {shown.task}` helps a little, and a little more each time."
    name = "app.py" if lesson.of_app(shown.task) else lesson.notebook.name
    where = place(lesson_folder(lesson) / name)
    return f"Next is {shown.task}: write it in {where} and save."


def _after_success(lesson: Lesson, progress: Progress) -> str:
    if left := unsolved(lesson, progress):
        return f"Right! Next is `course check {left[0]}`."
    if following := next_lesson(built_lessons(), progress):
        return f"Lesson {lesson.number} is done! Next is `course learn {following.number}`."
    return "That was the last one: you have done the whole course!"


def next_hint(lesson: Lesson, task: str, progress: Progress) -> str:
    """Take the next hint for a task; after the last one, that one again.

    Raises:
        CourseError: there is no such task, or progress cannot be written.
    """
    # Exercises are what `checks.py` says, and that loads FastAPI, for which `course check` must not wait.
    from course.judging.tasks import find_exercise, hint_text

    made = find_exercise(lesson, task)
    taken = progress.hints(task)
    count = progress.take_hint(task) if taken < len(made.hints) else taken
    return f"{task} {made.title}\n\n{hint_text(lesson, task, count)}"
