"""The commands for maintainers, and the site's, which is built before it is read.

They join the command line when this module is imported.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from course.desk.cli import LEARN, NoBrowserOption, PortOption, app
from course.desk.terminal import complain, console, say, waiting
from course.lessons import ROOT, CourseError, Lesson, all_lessons, find_lesson

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
    fast: Annotated[bool, typer.Option("--fast", help="Leave the browser tests out.")] = False,
    first: Annotated[bool, typer.Option("-x", "--exitfirst", help="Stop at the first failure.")] = False,
) -> None:
    """Test all that continuous integration does, or what concerns one lesson."""
    from course.making.chosen import steps_for
    from course.making.testing import STEPS, run_steps

    if what:
        steps = steps_for(what)
        raise typer.Exit(run_steps(steps, fast=fast, first=first, lanes=len(steps)))
    raise typer.Exit(run_steps(STEPS, fast=fast, first=first))


@app.command(rich_help_panel=MAINTAIN)
def new(
    title: Annotated[str, typer.Argument(metavar="TITLE", help='Such as "Background tasks".')],
) -> None:
    """Begin a new lesson from a small one that works."""
    from course.making.scaffold import new_lesson

    lesson = new_lesson(title)
    _build([lesson])
    say(f"Write the lesson in {lesson.folder.relative_to(ROOT)}; it is whole and works as it is.")
    say(f"`course build {lesson.number} --watch` follows you; `course test {lesson.number}` tests it.")


@app.command(rich_help_panel=MAINTAIN)
def lock(
    upgrade: Annotated[
        bool, typer.Option("--upgrade", help="Take the newest versions that fit together.")
    ] = False,
) -> None:
    """Renew the locks: learners', maintainers', and of what runs in the page."""
    from course.browser.build.steps import renew_lock

    renew_lock(ROOT)
    say("✓ course/browser/web/package-lock.json")
    renew_locks(ROOT, upgrade=upgrade)


PAGE = "course/browser/requirements.txt"
"""The lock of what lessons have in the page, where Python is another."""


def renew_locks(root: Path, *, upgrade: bool) -> None:
    """Write `requirements.txt` and, for maintainers, `requirements-dev.txt` beside pyproject.toml.

    The page's lock follows, with the very versions of `requirements.txt`.

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
    for name, more in (
        (learner, everywhere),
        (maintainer, [*everywhere, "--group", "dev", "-c", learner]),
        (PAGE, [*in_page, "-c", learner]),
    ):
        with waiting(f"{name} …"):
            done = subprocess.run([*uv, *more, "-o", name], cwd=root, check=False)
        if done.returncode:
            raise CourseError(f"uv could not renew {name}: what it says is above.")
        say(f"✓ {name}")


def _page_python(root: Path) -> str:
    """The Python that Pyodide brings, which its version begins with: "3.14" for 314.0.7."""
    package = json.loads((root / "course/browser/web/package.json").read_text(encoding="utf-8"))
    major: str = package["dependencies"]["pyodide"].partition(".")[0]
    return f"{major[0]}.{major[1:]}"
