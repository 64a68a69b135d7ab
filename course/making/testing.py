"""`course test`: everything that CI runs, or what concerns one lesson, and one summary."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from course.browser.build import javascript
from course.browser.build.steps import Build
from course.browser.build.tools import Missing
from course.desk.launch import BUILD
from course.lessons import ROOT, all_lessons
from course.making.reporting import FAILED, FAR

CORES = os.cpu_count() or 1
NOW_AND_THEN = 15.0
"""Seconds between two lines that say how far a step is, where a line cannot be drawn anew."""
SKIPPED = re.compile(r"^SKIPPED \[(\d+)\] \S+: (.+)$", re.M)
"""How pytest says of tests that they were not done, and why."""
MUTANTS_FAR = re.compile(r"\[ *\d+%\] ([\d,]+) of ([\d,]+) mutants are judged$")
"""What `course mutants` says of how far it is."""


def pytest(workers: int, dist: str, *more: str) -> list[str]:
    """A command that runs tests in so many processes; with 0 in its own."""
    told = ("-p", "course.making.reporting", "-p", "no:cacheprovider")
    spread = ("-n", str(workers), "--dist", dist) if workers else ()
    return ["pytest", "-q", "-rs", *told, *spread, *more]


def units(*what: str, workers: int = min(2 * CORES, 8)) -> list[str]:
    """Tests that wait for a process or a server of their own, and leave the processor to others meanwhile."""
    return pytest(workers, "worksteal", "-p", "no:nbval", *what)


def pages(*what: str) -> list[str]:
    """Tests in a browser, which leave less."""
    return units(*what, workers=min(CORES + 1, 6))


def notebooks(*what: str, workers: int = min(2 * CORES, 8)) -> list[str]:
    """Notebooks; `conftest.py` keeps the cells of one in one process."""
    return pytest(workers, "load", "--nbval", *what)


CODE = ["course", "tests", "benchmarks", "conftest.py", "run.py"]


@dataclass
class Outcome:
    """How a step ended: how many of its tests passed and failed, and all that it printed, failures aside."""

    passed: int
    failed: int
    output: str
    left_out: str = ""
    """Why it was not done, where this machine lacks something for it."""
    skipped: tuple[str, ...] = ()
    """How many of its tests were not done and why, a line each."""


class Watched:
    """A step under way, as those see it who watch it."""

    def __init__(self, label: str, console: Console, *, first: bool) -> None:
        self.label = label
        self.first = first
        """Whether the first failure ends it."""
        self.far = ""
        self.under_way = False
        self.seconds = 0.0
        self.changed: Callable[[], None] = lambda: None
        """Called when there is something else to draw."""
        self._console = console
        self._told = 0.0
        self._process: subprocess.Popen[str] | None = None

    def watch(self, step: Step) -> Outcome:
        """Do the step."""
        begun = self._told = time.monotonic()
        self.under_way = True
        self.changed()
        if not self._console.is_terminal:
            self._console.print(f"· {self.label}", markup=False)
        try:
            return step.run(self)
        finally:
            self.under_way = False
            self.seconds = time.monotonic() - begun

    def run(self, command: Sequence[str], cwd: Path) -> tuple[int, str]:
        """Run a command. Returns its exit code and what it printed, but for what was told meanwhile."""
        with subprocess.Popen(
            command,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUTF8": "1", "NO_COLOR": "1", "NO_MKDOCS_2_WARNING": "1"},
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as process:
            self._process = process
            try:
                lines = [line for line in process.stdout or () if not self._is_told(line)]
            except BaseException:
                process.terminate()
                raise
        return process.returncode, "".join(lines)

    def stop(self) -> None:
        """End it now."""
        if self._process is not None:
            self._process.terminate()

    def _is_told(self, line: str) -> bool:
        """Show a failure when it happens, and now and then how far the step is."""
        if line.startswith(FAILED):
            name, known = json.loads(line.removeprefix(FAILED))
            text = f"✗ {name}\n{known.rstrip()}\n"
            self._console.print(text, markup=False, soft_wrap=True)
            return True
        if line.startswith(FAR):
            ended, of = json.loads(line.removeprefix(FAR))
        elif found := MUTANTS_FAR.match(line):
            ended, of = (int(number.replace(",", "")) for number in found.groups())
        else:
            return False
        self.far = f"{100 * ended // max(of, 1)}%"
        self.changed()
        if not self._console.is_terminal and time.monotonic() - self._told > NOW_AND_THEN:
            self._told = time.monotonic()
            self._console.print(f"  {self.label}: {ended} of {of}", markup=False)
        return True


@dataclass(frozen=True)
class Step:
    """One thing that CI runs."""

    name: str
    run: Callable[[Watched], Outcome]
    browser: bool = False
    slow: bool = False
    """Whether `--fast` leaves it out, besides those in a browser."""
    before: bool = False
    """Whether all others wait for it: it makes what they read."""


def python(*arguments: str, cwd: Path = ROOT) -> Callable[[Watched], Outcome]:
    """A step that runs `python -m ...` and counts as many tests as pytest says, or one."""

    def run(watched: Watched) -> Outcome:
        stop = ["-x"] if watched.first and arguments[0] == "pytest" else []
        code, output = watched.run([sys.executable, "-m", *arguments, *stop], cwd)
        return counted(output, code)

    return run


def counted(output: str, code: int) -> Outcome:
    """How a command ended, by what pytest says in its last line, and by the exit code."""
    said = output.strip().rsplit("\n", 1)[-1]
    counts = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|error)", said)}
    failed = counts.get("failed", 0) + counts.get("error", 0)
    if code and not failed:
        failed = 1
    skipped: Counter[str] = Counter()
    for number, reason in SKIPPED.findall(output):
        skipped[reason] += int(number)
    lines = tuple(f"{number} left out: {reason}" for reason, number in skipped.items())
    return Outcome(counts.get("passed", 0 if failed else 1), failed, output, skipped=lines)


def lesson_types(watched: Watched) -> Outcome:
    """Check the types of lessons and solutions, whose folders are no package names, in a copy."""
    with tempfile.TemporaryDirectory() as folder:
        names = {}
        for name, source in _lesson_modules():
            copy = Path(folder, name)
            copy.write_text(source[1], encoding="utf-8")
            names[name] = source[0]
        shutil.copy(ROOT / "pyproject.toml", folder)
        outcome = python("mypy", ".", cwd=Path(folder))(watched)
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


def page_scripts(watched: Watched) -> Outcome:
    """Check the page's JavaScript. What is missing for that, `course assets` lacks as well, and fails."""
    try:
        found = list(javascript.check(Build(tell=lambda said: None)))
    except Missing as missing:
        return Outcome(0, 0, "", left_out=str(missing).splitlines()[0])
    wrong = [text for text in found if text]
    return Outcome(len(found) - len(wrong), len(wrong), "\n".join(wrong))


MUTATED = [f"{number:02}" for number in range(1, 8)]
"""Lessons whose mutants are judged each time.

Those of later ones wait for databases, streams and limits: they take longer than all the rest, so
`course mutants 08` is for whoever changes such a lesson.
"""

ASSETS = Step("what runs in the page (course assets)", python("course", "assets"), browser=True, before=True)
"""It is kept: a test that finds none, or an old one, makes its own and throws it away."""

STEPS = [
    # Tests read what these two make, and would make it themselves: so the time for it is where it is spent.
    ASSETS,
    Step("site (mkdocs build --strict)", python(*BUILD), before=True),
    Step("tests, lessons' checks, staleness", python(*units("tests", "--ignore", "tests/browser"))),
    Step("lint (ruff check)", python("ruff", "check", ".")),
    Step("format (ruff format)", python("ruff", "format", "--check", ".")),
    Step("types (mypy)", python("mypy", *CODE)),
    Step("types of lessons and solutions (mypy)", lesson_types),
    Step("the page's JavaScript (biome, tsc)", page_scripts),
    Step("notebooks (nbval)", python(*notebooks("notebooks"))),
    Step("browser", python(*pages("tests/browser")), browser=True),
    Step("mutants of the solutions", python("course", "mutants", *MUTATED), slow=True),
]


def run_steps(
    steps: Sequence[Step], *, fast: bool, first: bool, lanes: int = 2, console: Console | None = None
) -> int:
    """Run steps; if `fast`, without slow ones and browsers; if `first`, up to the first failure.

    Args:
        lanes: how many steps run at a time. One that checks types needs one core, and tests often wait.

    Returns:
        The exit code: 0 if nothing failed.
    """
    console = console or Console(highlight=False)
    # Where a shell forbids byte code, each of some thousand processes would compile all that it imports.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if fast:
        os.environ["COURSE_ASSETS"] = "off"
        os.environ.setdefault("npm_config_fetch_retries", "0")  # without network, npm would try for a minute
    begun = time.monotonic()
    steps = [step for step in steps if not (fast and (step.browser or step.slow))]
    watched = [
        (step, Watched(f"[{number}/{len(steps)}] {step.name}", console, first=first))
        for number, step in enumerate(steps, 1)
    ]
    passed = 0
    failures: list[tuple[Step, Outcome]] = []
    with drawn([one for _, one in watched], console):
        for step, one, outcome in _outcomes(watched, lanes, first):
            passed += outcome.passed
            if outcome.left_out:
                console.print(f"- {one.label}: left out. {outcome.left_out}", markup=False, soft_wrap=True)
                continue
            mark = "[red]✗[/red]" if outcome.failed else "[green]✓[/green]"
            counts = f"{outcome.passed} passed" + (f", {outcome.failed} failed" if outcome.failed else "")
            console.print(f"{mark} {escape(one.label)}: {counts} in {one.seconds:.0f} s", soft_wrap=True)
            for line in outcome.skipped:
                console.print(f"  {line}", markup=False, soft_wrap=True)
            if outcome.failed:
                failures.append((step, outcome))
                console.print(outcome.output.rstrip(), markup=False, soft_wrap=True)
    console.print()
    for step, outcome in failures:
        console.print(f"[red]✗[/red] {step.name}: {outcome.failed} failed")
    failed = sum(outcome.failed for _, outcome in failures)
    console.print(f"{passed} passed, {failed} failed, after {time.monotonic() - begun:.0f} s")
    return 1 if failed else 0


Run = tuple[Step, Watched]


def _outcomes(steps: Sequence[Run], lanes: int, first: bool) -> Iterator[tuple[Step, Watched, Outcome]]:
    """Each step with its outcome, as it ends; what others wait for comes first, one by one."""
    before = [run for run in steps if run[0].before]
    others = [run for run in steps if not run[0].before]
    for group, at_a_time in ((before, 1), (others, lanes)):
        with ThreadPoolExecutor(at_a_time) as pool:
            running = {pool.submit(one.watch, step): (step, one) for step, one in group}
            try:
                for done in as_completed(running):
                    outcome = done.result()
                    yield *running[done], outcome
                    if first and outcome.failed:
                        return
            finally:
                for future in running:
                    future.cancel()
                for _, one in group:
                    one.stop()


@contextlib.contextmanager
def drawn(steps: Sequence[Watched], console: Console) -> Iterator[None]:
    """On a terminal, show which steps are under way, and how far."""
    if not console.is_terminal:
        yield
        return
    with Status("", console=console) as status:

        def draw() -> None:
            status.update(escape("   ".join(f"{one.label} {one.far}" for one in steps if one.under_way)))

        for one in steps:
            one.changed = draw
        yield
