"""The commands for maintainers, and the site's, which is built before it is read.

They join the command line when this module is imported.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer

from course.desk.cli import LEARN, NoBrowserOption, PortOption, app, wanted_tasks
from course.desk.packages import LESSON_LOCK
from course.desk.terminal import complain, console, report_details, say, waiting
from course.lessons import ROOT, CourseError, Lesson, all_lessons, built_lessons, find_lesson

MAINTAIN = "For maintainers"


@app.command(rich_help_panel=LEARN)
def site(
    port: PortOption = None,
    no_browser: NoBrowserOption = False,
    build_only: Annotated[
        bool, typer.Option("--build", help="Write the site to site/ instead, strictly.")
    ] = False,
    fast: Annotated[
        bool, typer.Option("--fast", help="Show stored outputs: do not make what runs lessons in the page.")
    ] = False,
) -> None:
    """Read the course as a web site, on this machine."""
    from course.desk.launch import build_site, run_site

    if fast:
        os.environ["COURSE_ASSETS"] = "off"
    if build_only:
        raise typer.Exit(build_site())
    from course.browser.build.steps import wanted
    from course.browser.build.tools import Missing

    if wanted():
        with suppress(Missing):  # the site itself says what it lacks
            _make_assets(fetch=False)
    run_site(port=port, browser=not no_browser)


@app.command("build", rich_help_panel=MAINTAIN)
def build_notebooks(
    lessons: Annotated[
        list[str] | None, typer.Argument(metavar="[LESSON]...", help="Such as 03. Without: all.")
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Build notebook and page again whenever you save a file.")
    ] = False,
) -> None:
    """Make notebooks from lessons: run every cell, store what it shows."""
    wanted = [find_lesson(name) for name in lessons or []] or all_lessons()
    if watch:
        from course.making.following import follow

        follow(wanted, say, complain)
        return
    _build(wanted)
    what = f"test {wanted[0].number}" if len(wanted) == 1 else "test"
    say(f"Next: `course {what}` tests it, `course site --fast` shows it.")


def _build(lessons: Sequence[Lesson]) -> None:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from course.making.build import build_all
    from course.making.pages import update_nav

    columns = (TextColumn("Building"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console(), transient=True, disable=not console().is_terminal) as bar:
        for lesson, changed in bar.track(build_all(lessons), total=len(lessons)):
            say(f"✓ {lesson.notebook.relative_to(ROOT)}{'' if changed else ', as it was'}")
    if update_nav():
        say("✓ mkdocs.yml names the lessons anew")


@app.command(rich_help_panel=MAINTAIN)
def assets() -> None:
    """Make what runs lessons in the page: docs/live, for the site."""
    if not _make_assets(fetch=True):
        say("✓ docs/live is as it should be")


def _make_assets(*, fetch: bool) -> bool:
    """Bring docs/live up to date, and say what that takes. Returns whether it was not.

    Raises:
        Missing: a tool, or the network; with `fetch`, a browser is had in that case.
    """
    from course.browser.build.steps import current, make, summary

    if current(ROOT):
        return False
    with waiting("Building …") as show:

        def tell(step: str) -> None:
            show(f"Building {step} …") if console().is_terminal else say(f"  {step}")

        manifest = make(ROOT, tell=tell, fetch=fetch)
    say(f"✓ docs/live: {summary(manifest)}")
    return True


@app.command(rich_help_panel=MAINTAIN)
def test(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[WHAT]...",
            help="A lesson (05), a task (5.2, 5.app), or a file: a test, a mistake, an alternative, a "
            "lesson's. Without: all that continuous integration runs.",
        ),
    ] = None,
    fast: Annotated[bool, typer.Option("--fast", help="Leave browsers and mutants out.")] = False,
    first: Annotated[bool, typer.Option("-x", "--exitfirst", help="Stop at the first failure.")] = False,
) -> None:
    """Test all that continuous integration does, or what concerns one lesson."""
    import jupytext  # noqa: F401  (a learner's environment has none: said here, not by each test)

    from course.making.chosen import steps_for
    from course.making.testing import STEPS, run_steps

    if what:
        steps = steps_for(what)
        raise typer.Exit(run_steps(steps, fast=fast, first=first, lanes=len(steps)))
    # One step at a time: nearly each uses all cores.
    raise typer.Exit(run_steps(STEPS, fast=fast, first=first, lanes=1))


@app.command("try", rich_help_panel=MAINTAIN)
def try_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An answer, right or wrong.")],
    task: Annotated[
        str, typer.Argument(metavar="[TASK]", help="Such as 5.app. Without: as the file says.")
    ] = "",
) -> None:
    """See the report that an answer gets; exit code 0 if it is right."""
    from course.making.trying import judge_file

    with waiting("Checking …"):
        report = judge_file(file, task)
    console().print(report_details(report))
    raise typer.Exit(0 if report.passed else 1)


@app.command(rich_help_panel=MAINTAIN)
def mistake(
    task: Annotated[str, typer.Argument(metavar="TASK", help="Such as 5.2 or 5.app.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="Such as no-location.")],
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="The wrong answer. Without: written in your editor, $EDITOR."),
    ] = None,
) -> None:
    """Write a mistake down: what it changes, the check that fails, and its words."""
    import click

    from course.making import trying

    lesson, task = trying.task_of(Path(f"{name}.py"), "", task)
    if file is None:
        try:
            answer = click.edit(trying.to_edit(lesson, task), extension=".py")
        except click.ClickException as error:
            raise CourseError(
                f"Your editor did not work ({error.format_message()}): set EDITOR, or name a FILE."
            ) from None
        if answer is None:
            raise CourseError("Nothing was saved, so no mistake was written down.")
    else:
        answer = trying.read(file)
    with waiting("Checking …"):
        path, section = trying.write_mistake(lesson, task, name, answer)
    say(f"✓ {path.relative_to(ROOT)}")
    print(f"\n{section}")
    say(f"Is `says` what this mistake has to be told? Then `course test {task}` is the last step.")


@app.command(rich_help_panel=MAINTAIN)
def mutants(
    what: Annotated[
        list[str] | None,
        typer.Argument(metavar="[LESSON or TASK]...", help="Such as 05, 5.2 or 5.app. Without: all."),
    ] = None,
    only_list: Annotated[bool, typer.Option("--list", help="Say which there are, and judge none.")] = False,
    processes: Annotated[
        int | None,
        typer.Option("--processes", "-p", min=1, help="How many at a time; else three a core."),
    ] = None,
) -> None:
    """Change each solution, one small change at a time: the checks should tell."""
    from course.making.mutants import PROCESSES, judge, subject_of

    wanted = {lesson: list(lesson.tasks) for lesson in all_lessons()} if not what else wanted_tasks(what)
    if only_list:
        for lesson, tasks in wanted.items():
            for task in tasks:
                if task in lesson.milestones:
                    continue
                subject = subject_of(lesson, task)
                for mutant in subject.mutants:
                    say(subject.told(mutant))
        return
    with _far() as tell:
        outcome = judge(wanted, tell, processes=processes or PROCESSES)
    for subject, mutant in outcome.survivors:
        say(f"✗ {subject.told(mutant)}")
    for line in outcome.untrue:
        say(f"✗ {line}")
    for slug, judged in outcome.judged.items():
        passed = sum(subject.lesson.slug == slug for subject, _ in outcome.survivors)
        say(f"{slug}: {judged:,} mutants, {passed:,} pass and should not")
    say(f"{outcome.same:,} more pass, and answer the same as the solution: tests/equivalents says why.")
    raise typer.Exit(0 if outcome.right else 1)


@contextmanager
def _far() -> Iterator[Callable[[int, int], None]]:
    """Yield what to tell how much is done: a bar on a terminal, elsewhere a line for each twentieth."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("Judging"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console(), transient=True, disable=not console().is_terminal) as bar:
        task = bar.add_task("")
        told = -1

        def tell(done: int, total: int) -> None:
            nonlocal told
            bar.update(task, completed=done, total=total)
            far = 100 * done // max(total, 1)
            if not console().is_terminal and far // 5 > told:
                told = far // 5
                say(f"[{far:3}%] {done:,} of {total:,} mutants are judged")

        yield tell


@app.command(rich_help_panel=MAINTAIN)
def drift(
    lessons: Annotated[
        list[str] | None, typer.Argument(metavar="[LESSON]...", help="Such as 05. Without: all.")
    ] = None,
    named: Annotated[
        list[str] | None,
        typer.Option(
            "--with",
            metavar="VERSION",
            help="Such as fastapi==0.160.0, and the locked version of all else. Without: the newest of all.",
        ),
    ] = None,
    mutants: Annotated[
        bool, typer.Option("--mutants", help="Change the solutions, too, which takes long.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where the report is written.")
    ] = None,
    processes: Annotated[
        int | None, typer.Option("--processes", "-p", min=1, help="How many at a time; else one a core.")
    ] = None,
) -> None:
    """Report what changes with other versions of what the course needs.

    Exit code 0 if nothing does, 1 if something does, 2 if there is no such environment.
    """
    from course.making import drift as drifting
    from course.making.testing import CORES

    try:
        wanted = [find_lesson(name) for name in dict.fromkeys(lessons or [])] or built_lessons()
        report = drifting.drift(
            wanted, named or [], console(stderr=True), processes=processes or CORES, mutants=mutants
        )
    except CourseError as error:
        complain(str(error))
        raise typer.Exit(2) from None
    text = drifting.markdown(report)
    if output is None:
        print(text, end="")
    else:
        output.write_text(text, encoding="utf-8", newline="\n")
    say(drifting.summary(report), stderr=True)
    raise typer.Exit(1 if report.differs else 0)


@app.command(rich_help_panel=MAINTAIN)
def new(
    what: Annotated[
        str,
        typer.Argument(metavar="TITLE or TASK", help='Such as "Background tasks"; or an exercise: 7.5.'),
    ],
) -> None:
    """Begin a new lesson, or a new exercise, from a small one that works."""
    import course.making.build  # noqa: F401  (what it needs must be there before anything is written)
    from course.making.scaffold import ANSWERS, new_exercise, new_lesson

    exercise = re.fullmatch(r"0*(\d+)\.0*(\d+)", what)
    lesson = new_exercise(f"{exercise[1]}.{exercise[2]}") if exercise else new_lesson(what)
    _build([lesson])
    folders = (lesson.folder, lesson.solutions, *(ROOT / "tests" / kind / lesson.slug for kind in ANSWERS))
    say("It is whole and works as it is. What to write anew lies in")
    for folder in folders:
        say(f"  {folder.relative_to(ROOT)}")
    say(f"Then run `course build {lesson.number}` and `course test {what if exercise else lesson.number}`.")


@app.command(rich_help_panel=MAINTAIN)
def lock(
    upgrade: Annotated[
        bool, typer.Option("--upgrade", help="Take the newest versions that fit together.")
    ] = False,
) -> None:
    """Renew the locks: learners', maintainers', of what runs in the page, and of what a hub needs."""
    from course.browser.build.steps import renew_lock

    for folder in PACKAGES:
        renew_lock(ROOT / folder)
        say(f"✓ {folder}/package-lock.json")
    renew_locks(ROOT, upgrade=upgrade)


PAGE = "course/browser/requirements.txt"
"""The lock of what lessons have in the page, where Python is another."""

HOSTED = "course/desk/hosted/requirements.txt"
"""The lock of what a hub needs besides what learners have."""

PACKAGES = ("course/browser/web", "course/desk/hosted")
"""Where packages of npm are named: what runs in the page, and the hub's proxy."""


def renew_locks(root: Path, *, upgrade: bool) -> None:
    """Write `requirements.txt` and, for maintainers, `requirements-dev.txt` beside pyproject.toml.

    So is a lesson's own lock, of what that lesson needs besides, the hub's, and the page's. No two have
    different versions of a package.

    Raises:
        CourseError: uv found no versions that fit together, or could not ask for them.
    """
    uv = [sys.executable, "-m", "uv", "pip", "compile", "--quiet"]
    uv += ["--generate-hashes", "--no-annotate", "--no-header"]
    uv += ["--no-emit-index-url"]  # a lock that names an index works nowhere else
    uv += ["--upgrade"] if upgrade else []
    everywhere = ["pyproject.toml", "--universal", "--python-version", "3.11"]
    learner, maintainer = "requirements.txt", "requirements-dev.txt"
    in_page = ["--group", "pyproject.toml:browser", "--python-version", _page_python(root)]
    in_page += ["--python-platform", "wasm32-pyodide2025"]  # the newest that uv knows decides alike
    groups = _groups(root)

    def renew(name: str, *options: str) -> None:
        with waiting(f"{name} …"):
            done = subprocess.run([*uv, *options, "-o", name], cwd=root, check=False)
        if done.returncode:
            raise CourseError(f"uv could not renew {name}: what it says is above.")
        say(f"✓ {name}")

    renew(learner, *everywhere)
    same = ["-c", learner]
    in_it = re.findall(r"^([\w.-]+)==", (root / learner).read_text(encoding="utf-8"), re.MULTILINE)
    for group, name in groups.items():
        besides = [option for package in in_it for option in ("--no-emit-package", package)]
        renew(name, *everywhere[1:], "--group", f"pyproject.toml:{group}", *besides, *same)
        same += ["-c", name]
    renew(maintainer, *everywhere, "--group", "dev", *same)
    renew(PAGE, *in_page, *same)


def _groups(root: Path) -> dict[str, str]:
    """The groups of packages that single lessons or a hub need besides, each with the path of its lock.

    Raises:
        CourseError: a group is named after a lesson that is not there.
    """
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    found = {}
    for group in project.get("dependency-groups", {}):
        if group.startswith("lesson-"):
            folder = next((root / "lessons").glob(f"{group.removeprefix('lesson-')}-*"), None)
            if folder is None:
                raise CourseError(f"pyproject.toml has a group {group}, and there is no such lesson.")
            found[group] = (folder / LESSON_LOCK).relative_to(root).as_posix()
    if "hosted" in project.get("dependency-groups", {}):
        found["hosted"] = HOSTED
    return found


def _page_python(root: Path) -> str:
    """The Python that Pyodide brings, which its version begins with: "3.14" for 314.0.7."""
    package = json.loads((root / "course/browser/web/package.json").read_text(encoding="utf-8"))
    major: str = package["dependencies"]["pyodide"].partition(".")[0]
    return f"{major[0]}.{major[1:]}"
