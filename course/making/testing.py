"""`course test`: everything that CI runs, one step after the other, and one summary."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.status import Status

from course.browser.build import javascript
from course.browser.build.steps import Build
from course.browser.build.tools import Missing
from course.lessons import ROOT, all_lessons

CORES = os.cpu_count() or 1


def pytest(workers: int, dist: str, *more: str) -> list[str]:
    """A command that runs tests in so many processes."""
    return ["pytest", "-q", "-n", str(workers), "--dist", dist, "-p", "no:cacheprovider", *more]


# Most tests wait for a process or a server of their own, and leave the processor to others meanwhile.
UNITS = pytest(min(2 * CORES, 8), "worksteal", "-p", "no:nbval", "tests", "--ignore", "tests/browser")
# Pages leave less.
PAGES = pytest(min(CORES + 1, 6), "worksteal", "-p", "no:nbval", "tests/browser")
# A notebook's cells belong to one kernel, and so to one process.
NBVAL = pytest(
    *(min(2 * CORES, 8), "loadscope", "-p", "course.making.kernels"),
    *("--nbval", "notebooks", "--nbval-sanitize-with", "tests/nbval.cfg"),
)
CODE = ["course", "tests", "benchmarks", "run.py"]


@dataclass
class Outcome:
    """How a step ended: how many of its tests passed and failed, and all that it printed."""

    passed: int
    failed: int
    output: str
    left_out: str = ""
    """Why it was not done, where this machine lacks something for it."""


@dataclass(frozen=True)
class Step:
    """One thing that CI runs."""

    name: str
    run: Callable[[Callable[[str], None]], Outcome]
    """Called with a function that is told each line as it is printed."""
    browser: bool = False


def python(*arguments: str, cwd: Path = ROOT) -> Callable[[Callable[[str], None]], Outcome]:
    """A step that runs `python -m ...` and counts as many tests as pytest says, or one."""

    def run(tell: Callable[[str], None]) -> Outcome:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUTF8": "1", "NO_COLOR": "1", "NO_MKDOCS_2_WARNING": "1"},
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        lines = []
        try:
            for line in process.stdout or ():
                lines.append(line)
                tell(line)
        finally:
            if process.poll() is None and sys.exc_info()[0] is not None:
                process.terminate()
            code = process.wait()
        return _counted("".join(lines), code)

    return run


def _counted(output: str, code: int) -> Outcome:
    said = output.strip().rsplit("\n", 1)[-1]
    counts = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|error)", said)}
    failed = counts.get("failed", 0) + counts.get("error", 0)
    if code and not failed:
        failed = 1
    return Outcome(counts.get("passed", 0 if failed else 1), failed, output)


def lesson_types(tell: Callable[[str], None]) -> Outcome:
    """Check the types of lessons and solutions, whose folders are no package names, in a copy."""
    with tempfile.TemporaryDirectory() as folder:
        names = {}
        for name, source in _lesson_modules():
            copy = Path(folder, name)
            copy.write_text(source[1], encoding="utf-8")
            names[name] = source[0]
        shutil.copy(ROOT / "pyproject.toml", folder)
        outcome = python("mypy", ".", cwd=Path(folder))(tell)
        for name, place in names.items():
            outcome.output = outcome.output.replace(name, place)
    return outcome


def _lesson_modules() -> Iterator[tuple[str, tuple[str, str]]]:
    """A module name for each source of the lessons, with the place it comes from and its text."""
    for lesson in all_lessons():
        for path in (lesson.folder / "checks.py", lesson.folder / "app.py", lesson.solutions / "app.py"):
            place = path.relative_to(ROOT).as_posix()
            yield f"{path.parts[-3]}_{lesson.number}_{path.name}", (place, path.read_text(encoding="utf-8"))
        # Each section is a cell of its own, in which names may come again.
        sections = (lesson.solutions / "exercises.py").read_text(encoding="utf-8").split("# %% ")[1:]
        for section in sections:
            task = section.split("\n", 1)[0].strip()
            place = f"solutions/{lesson.slug}/exercises.py ({task})"
            yield f"exercise_{task.replace('.', '_')}.py", (place, f"# {section}")


def page_scripts(tell: Callable[[str], None]) -> Outcome:
    """Check the page's JavaScript. What is missing for that, `course assets` lacks as well, and fails."""
    try:
        found = list(javascript.check(Build(tell=tell)))
    except Missing as missing:
        return Outcome(0, 0, "", left_out=str(missing).splitlines()[0])
    wrong = [text for text in found if text]
    return Outcome(len(found) - len(wrong), len(wrong), "\n".join(wrong))


STEPS = [
    Step("lint (ruff check)", python("ruff", "check", ".")),
    Step("format (ruff format)", python("ruff", "format", "--check", ".")),
    Step("types (mypy)", python("mypy", *CODE)),
    Step("types of lessons and solutions (mypy)", lesson_types),
    Step("the page's JavaScript (biome, tsc)", page_scripts),
    Step("tests, lessons' checks, staleness", python(*UNITS)),
    Step("notebooks (nbval)", python(*NBVAL)),
    # MkDocs makes it, too, but builds the site all the same where it cannot.
    Step("what runs in the page (course assets)", python("course", "assets"), browser=True),
    Step("site (mkdocs build --strict)", python("mkdocs", "-q", "build", "--strict")),
    Step("browser", python(*PAGES), browser=True),
]


def run_all(*, fast: bool, console: Console | None = None) -> int:
    """Run every step, without the browser if `fast`. Returns the exit code: 0 if nothing failed."""
    console = console or Console(highlight=False)
    steps = [step for step in STEPS if not (fast and step.browser)]
    # Where a shell forbids byte code, each of some thousand processes would compile all that it imports.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if fast:
        os.environ["COURSE_ASSETS"] = "off"
        os.environ.setdefault("npm_config_fetch_retries", "0")  # without network, npm would try for a minute
    begun = time.monotonic()
    passed = failed = 0
    failures: list[tuple[Step, Outcome]] = []
    for number, step in enumerate(steps, 1):
        label = f"[{number}/{len(steps)}] {step.name}"
        start = time.monotonic()
        outcome = _watched(step, label, console)
        passed += outcome.passed
        failed += outcome.failed
        if outcome.left_out:
            console.print(f"- {label}: left out. {outcome.left_out}", markup=False, soft_wrap=True)
            continue
        mark = "[red]✗[/red]" if outcome.failed else "[green]✓[/green]"
        counts = f"{outcome.passed} passed" + (f", {outcome.failed} failed" if outcome.failed else "")
        console.print(f"{mark} {label}: {counts} in {time.monotonic() - start:.0f} s", markup=True)
        if outcome.failed:
            failures.append((step, outcome))
            console.print(outcome.output.rstrip(), markup=False, soft_wrap=True)
    console.print()
    for step, outcome in failures:
        console.print(f"[red]✗[/red] {step.name}: {outcome.failed} failed")
    console.print(f"{passed} passed, {failed} failed, after {time.monotonic() - begun:.0f} s")
    return 1 if failed else 0


def _watched(step: Step, label: str, console: Console) -> Outcome:
    """Run a step; on a terminal, show meanwhile how far it is."""
    if not console.is_terminal:
        return step.run(lambda line: None)
    with Status(label, console=console) as status:

        def tell(line: str) -> None:
            if far := re.search(r"\[ *(\d+)%\]", line):
                status.update(f"{label} {far[1]}%")

        return step.run(tell)
