"""The command for teachers: `course class`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from course.desk.cli import app
from course.desk.terminal import clean, console, say, waiting, write
from course.judging.report import State
from course.lessons import CourseError, built_lessons, find_lesson

TEACH = "For teachers"


@app.command("class", rich_help_panel=TEACH)
def judge_class(
    folder: Annotated[
        Path,
        typer.Argument(help="The class: in it a folder or a ZIP file for each learner.", show_default=False),
    ],
    lessons: Annotated[
        list[str] | None, typer.Argument(metavar="[LESSON]...", help="Such as 05. Without: all with work.")
    ] = None,
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a row for each task, as CSV.")
    ] = None,
    as_json: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="The same as JSON.")] = None,
    page: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write it all as a page.")
    ] = None,
    feedback: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write a page for each learner, with all reports.")
    ] = None,
    trust: Annotated[
        bool, typer.Option("--trust", help="Run the code without a sandbox: as you, with all that you may.")
    ] = False,
) -> None:
    """Judge the work of a class, and see where it stands.

    Each learner's code runs in a sandbox. Nothing is written into FOLDER.
    """
    from course.desk.packages import install
    from course.teaching.contained import Container
    from course.teaching.gathered import gather
    from course.teaching.judged import judge, standings
    from course.teaching.sandboxes import sandbox
    from course.teaching.shown import (
        class_page,
        legend,
        sentences,
        table,
        write_csv,
        write_feedback,
        write_json,
    )

    for name in lessons or []:
        if "." in name:
            raise CourseError(f"{name} is a task: name lessons, such as {name.partition('.')[0]:0>2}.")
    named = [find_lesson(name) for name in lessons or []]
    learners = gather(folder, built_lessons())
    for path in (csv, as_json, page, feedback):
        if path:
            _must_be_writable(path, folder, is_folder=path == feedback)
    wanted = named or [
        lesson for lesson in built_lessons() if any(lesson.slug in one.works for one in learners)
    ]
    kept_apart = sandbox(trust=trust, tell=say)
    with waiting("Judging …") as tell:
        rows = judge(
            learners,
            wanted,
            sandbox=kept_apart,
            # An image has all of it.
            prepare=lambda lesson: None if isinstance(kept_apart, Container) else install(lesson, say),
            tell=lambda done, of: tell(f"Judging … {done} of {of}"),
        )
    begun = {
        task for row in rows for task, one in row.reports.items() if one.state is not State.NOT_ATTEMPTED
    }
    shown = named or [lesson for lesson in wanted if begun & set(lesson.tasks)]
    for lesson in shown:
        write(table(rows, lesson))
        say()
        for standing in standings(rows, lesson):
            first, *rest = sentences(standing)
            say(first, "bold" if rest else "")
            for sentence in rest:
                say(f"  {sentence}")
        say()
    console().print(legend(), soft_wrap=not console().is_terminal)
    for row in rows:
        for trouble in row.learner.troubles:
            say(f"{clean(row.learner.name)}: {clean(trouble)}", "yellow")
    for path, writing in ((csv, write_csv), (as_json, write_json), (feedback, write_feedback)):
        if path:
            writing(path, rows, shown)
            say(f"Written: {path}")
    if page:
        page.write_text(class_page(rows, shown), encoding="utf-8")
        say(f"Written: {page}")


def _must_be_writable(path: Path, folder: Path, *, is_folder: bool) -> None:
    """Say before judging what would fail after it."""
    if path.resolve().is_relative_to(folder.resolve()):
        raise CourseError(f"{path} is in the folder of the class, into which nothing is written.")
    if path.exists() and path.is_dir() != is_folder:
        raise CourseError(f"{path} is a {'file' if is_folder else 'folder'} already: name another one.")
    if not path.resolve().parent.is_dir():
        raise CourseError(f"There is no folder {path.resolve().parent} to write {path.name} into.")
