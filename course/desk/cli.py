"""The command line, and its commands for learners: what each takes, does and says.

What a command needs is imported when it runs, so that `--help` is quick and `check` never waits for
FastAPI in this process: a worker process has imported it meanwhile.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from course.desk.advice import next_hint, next_step, worth_reading
from course.desk.terminal import (
    complain,
    console,
    end_on_signals,
    place,
    prepare_streams,
    progress_table,
    report_details,
    report_line,
    say,
    solution_view,
    waiting,
    write,
)
from course.desk.workspace import Progress, lesson_folder, next_lesson, sync, unsolved, workspace
from course.lessons import CourseError, Lesson, built_lessons, find_lesson

if TYPE_CHECKING:
    from course.judging.child import Worker
    from course.judging.report import Report

LEARN = "For learners"

app = typer.Typer(
    add_completion=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)


def run(worker: Worker | None = None) -> int:
    """Run the command that the process was started with and return its exit code.

    `worker` is one that was started ahead; only `check` uses it.
    """
    prepare_streams()
    end_on_signals()
    try:
        app(prog_name=os.environ.get("COURSE_PROG") or "course", obj=worker)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except CourseError as error:
        complain(str(error))
    except ModuleNotFoundError as error:
        again = f"{os.environ.get('COURSE_PROG') or 'python3 run.py'} {shlex.join(sys.argv[1:])}"
        complain(f"This needs {error.name}, which only maintainers install: `{again}` does that and goes on.")
    except OSError as error:
        complain(f"The operating system refused: {error}.")
    except Exception as error:
        complain(
            f"The course itself is at fault ({type(error).__name__}: {error}). "
            f"Please report it with what is in {_keep_traceback()}."
        )
    return 1


def _keep_traceback() -> str:
    """Write the traceback of the exception that is handled to a file of its own; return its path."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile(
        "w", prefix="course-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        traceback.print_exc(file=file)
    return file.name


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"course {version('fastapi-course')}")
        raise typer.Exit


LessonArgument = Annotated[
    str | None, typer.Argument(metavar="[LESSON]", help="Such as 03. Without: the next unsolved one.")
]
TaskArgument = Annotated[
    str | None, typer.Argument(metavar="[TASK]", help="Such as 1.2 or 1.app. Without: the next unsolved.")
]
PortOption = Annotated[
    int | None, typer.Option(min=1, max=65535, help="The port to listen on. Without: the next free one.")
]
NoBrowserOption = Annotated[bool, typer.Option("--no-browser", help="Print the address only; open nothing.")]


@app.callback(
    invoke_without_command=True,
    epilog="A lesson is named by its number, a task by its id: 1.2 is an exercise, 1.app the app to build.",
)
def course(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_print_version, help="Show the version."),
    ] = False,
) -> None:
    """An interactive course that teaches FastAPI by running it.

    Without a command it opens the next lesson, as [bold cyan]learn[/] does.
    """
    if context.invoked_subcommand is None:
        learn()


@app.command(rich_help_panel=LEARN)
def learn(
    lesson: LessonArgument = None, port: PortOption = None, no_browser: NoBrowserOption = False
) -> None:
    """Open a lesson in JupyterLab."""
    from course.desk.launch import run_jupyterlab

    lessons = built_lessons()
    wanted = find_lesson(lesson) if lesson else _next_lesson() or lessons[-1]
    _tell(sync(lessons))
    _bring(wanted)
    run_jupyterlab(wanted, port=port, browser=not no_browser)


def _bring(lesson: Lesson) -> None:
    """Install what this lesson needs besides, and go on without it where that fails."""
    from course.desk.packages import install

    try:
        install(lesson, say)
    except CourseError as error:
        complain(str(error))


@app.command(rich_help_panel=LEARN)
def check(
    context: typer.Context,
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[LESSON or TASK]...",
            help="Such as 01, 1.2 or 1.app. Without: the next unsolved lesson.",
        ),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Check again whenever you save a file.")
    ] = False,
) -> None:
    """Check your answers; exit code 0 if all are right."""
    wanted = wanted_tasks(what or [])
    if watch:
        from course.desk.watch import Watch

        if len(wanted) > 1:
            raise CourseError("`course check --watch` follows one lesson at a time: name one.")
        (lesson, tasks), *_ = wanted.items()
        Watch(lesson, tasks, context.obj).run()
        return
    reports = []
    worker: Worker | None = context.obj
    with waiting("Checking …"):
        for lesson, tasks in wanted.items():
            if len(wanted) > 1:
                say(f"Lesson {lesson.number}: {lesson.title}", "bold")
            for report in _check(lesson, tasks, worker):
                reports.append(report)
                if report.passed or len(tasks) > 1:
                    console().print(report_line(report))
            worker = None
    shown = worth_reading(reports)
    if shown is not None:
        if len(reports) > 1:
            say()
        console().print(report_details(shown))
    say()
    advice = next_step(reports, list(wanted)[-1], Progress(workspace()))
    say(advice, "" if shown else "green")
    raise typer.Exit(0 if shown is None else 1)


def _check(lesson: Lesson, tasks: Sequence[str], worker: Worker | None) -> Iterator[Report]:
    """Check tasks of a lesson in the workspace, and note those that passed."""
    from course.judging.sandbox import check_lesson

    if not lesson_folder(lesson).exists():
        _tell(sync([lesson]))
    progress = Progress(workspace())
    for report in check_lesson(lesson, lesson_folder(lesson), tasks, worker=worker):
        if report.passed:
            progress.mark_done(report.task)
        yield report


def wanted_tasks(names: Sequence[str]) -> dict[Lesson, list[str]]:
    """The tasks that are meant, by lesson; without names those of the next unsolved lesson."""
    if not names:
        lesson = _next_lesson()
        if lesson is None:
            raise CourseError("Every lesson is done: name one to check it again.")
        return {lesson: list(lesson.tasks)}
    wanted: dict[Lesson, list[str]] = {}
    for name in names:
        lesson = find_lesson(name)
        tasks = wanted.setdefault(lesson, [])
        named = [_task_id(lesson, name)] if "." in name else lesson.tasks
        tasks += [task for task in named if task not in tasks]
    return wanted


def _task_id(lesson: Lesson, name: str) -> str:
    """The id that a task of the lesson has, also when it is written as "01.2"."""
    task = f"{int(lesson.number)}.{name.partition('.')[2]}"
    if task not in lesson.tasks:
        known = ", ".join(lesson.tasks)
        raise CourseError(f"Lesson {lesson.number} has no task {name!r}. There are: {known}.")
    return task


def _one_task(name: str | None) -> tuple[Lesson, str]:
    """The task that is meant: one by its id, or the next unsolved of a lesson, or of all."""
    if name is not None and "." in name:
        lesson = find_lesson(name)
        return lesson, _task_id(lesson, name)
    found = find_lesson(name) if name is not None else _next_lesson()
    left = unsolved(found, Progress(workspace())) if found else []
    if found is None or not left:
        raise CourseError("Everything there is solved: name the task that you mean, such as 1.2.")
    return found, left[0]


def _next_lesson() -> Lesson | None:
    return next_lesson(built_lessons(), Progress(workspace()))


def _tell(changes: Iterable[str]) -> None:
    """Say what was done to the workspace."""
    changes = list(changes)
    if changes:
        say(f"In your workspace, {place(workspace())}:")
    for change in changes:
        say(f"  {change}", "dim")


@app.command(rich_help_panel=LEARN)
def hint(task: TaskArgument = None) -> None:
    """Get a hint; a little more each time."""
    lesson, found = _one_task(task)
    say(next_hint(lesson, found, Progress(workspace())))


@app.command(rich_help_panel=LEARN)
def solution(task: TaskArgument = None) -> None:
    """Read a solution, and why it is built so."""
    from course.judging.tasks import solution_text

    lesson, found = _one_task(task)
    write(solution_view(found, *solution_text(lesson, found)))


@app.command("progress", rich_help_panel=LEARN)
def show_progress(
    as_json: Annotated[bool, typer.Option("--json", help="For programs: when, how many hints.")] = False,
) -> None:
    """See what is done, and where to go on."""
    lessons, progress = built_lessons(), Progress(workspace())
    if as_json:
        print(json.dumps([_record(lesson, progress) for lesson in lessons], indent=2))
        return
    console().print(progress_table(lessons, progress))
    say()
    if (following := next_lesson(lessons, progress)) is None:
        say("You have done the whole course!")
    else:
        number = following.number
        say(f"Go on with lesson {number}: `course learn`, or `course check {number} --watch`.")


def _record(lesson: Lesson, progress: Progress) -> dict[str, object]:
    tasks = [
        {"task": task, "done": progress.done_at(task), "hints": progress.hints(task)} for task in lesson.tasks
    ]
    return {
        "lesson": lesson.number,
        "slug": lesson.slug,
        "title": lesson.title,
        "done": sum(task["done"] is not None for task in tasks),
        "of": len(tasks),
        "tasks": tasks,
    }


@app.command("continue", rich_help_panel=LEARN)
def continue_here(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="What “Hand in” saved in the page.", show_default=False)
    ],
) -> None:
    """Go on here with work from the page; what is newer stays."""
    from course.desk.handed_in import merge, read

    handed_in = read(file)
    say(f"In your workspace, {place(workspace())}:")
    for line in merge(handed_in, built_lessons()):
        say(f"  {line}")
    say("Is a notebook of these open in JupyterLab? There: File, Reload Notebook from Disk.", "dim")


@app.command(rich_help_panel=LEARN)
def reset(
    lesson: Annotated[str, typer.Argument(metavar="LESSON", help="Such as 03.")],
) -> None:
    """Begin a lesson anew; a dated copy of your work is kept."""
    from course.desk import workspace as files

    found = find_lesson(lesson)
    copy = files.reset(found)
    say(f"Lesson {found.number} is as new in {place(lesson_folder(found))}.")
    if copy is not None:
        say(f"Your work is kept in {place(copy)}.")
