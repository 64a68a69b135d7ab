"""`course build 05 --watch`: a lesson's notebook and its page anew at each save."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from traceback import extract_tb

from watchfiles import watch

from course.judging.tasks import forget_exercises
from course.lessons import CourseError, Lesson
from course.making.build import build
from course.making.pages import write_pages

Tell = Callable[[str], None]


def follow(lessons: Sequence[Lesson], tell: Tell, complain: Tell) -> None:
    """Make lessons anew whenever a file of theirs is saved, until somebody presses Ctrl-C.

    What is wrong with a lesson is told in a sentence, and the next save waited for.
    """
    folders = {folder: lesson for lesson in lessons for folder in (lesson.folder, lesson.solutions)}
    names = ", ".join(str(folder.relative_to(lesson.root)) for folder, lesson in folders.items())
    watching = False
    try:
        # Only the first timeout tells that watching has begun: no save from then on is missed.
        for changes in watch(*folders, rust_timeout=500, yield_on_timeout=True):
            saved = {folder for _, path in changes for folder in Path(path).parents}
            make(
                [one for one in lessons if not watching or saved & {one.folder, one.solutions}],
                tell,
                complain,
            )
            if not watching:
                tell(f"Watching {names}: save a file to build anew, Ctrl-C ends.")
            watching = True
    except KeyboardInterrupt:
        tell("Ended.")


def make(lessons: Sequence[Lesson], tell: Tell, complain: Tell) -> None:
    """Make the notebooks and the pages of lessons; tell what became of each."""
    for lesson in lessons:
        forget_exercises(lesson)

        def notebook(lesson: Lesson = lesson) -> None:
            changed = build(Lesson(lesson.slug, lesson.root))  # another one: this remembers its notebook
            tell(f"✓ {lesson.notebook.relative_to(lesson.root)}{'' if changed else ', as it was'}")

        _told(notebook, lesson, complain)

        def pages(lesson: Lesson = lesson) -> None:
            for page in write_pages(lesson.root, strict=False):
                tell(f"✓ {page}")

        _told(pages, lesson, complain)


def _told(action: Callable[[], None], lesson: Lesson, complain: Tell) -> None:
    """Do something with a lesson, in which anything may be wrong while somebody writes it."""
    try:
        action()
    except CourseError as error:
        complain(str(error))
    except Exception as error:
        frames = [(frame.filename, frame.lineno) for frame in extract_tb(error.__traceback__)]
        if isinstance(error, SyntaxError):
            frames.append((error.filename or "", error.lineno))
        own = [(name, line) for name, line in frames if Path(name).is_relative_to(lesson.root / "lessons")]
        where = f"{Path(own[-1][0]).relative_to(lesson.root)}, line {own[-1][1]}: " if own else ""
        complain(f"{where}{type(error).__name__}: {error}")
