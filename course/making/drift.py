"""`course drift`: what changes in the course with other versions of what it locks, as a report in Markdown.

A copy of the course gets an environment of its own, with the newest releases or with those that were named.
In it all cells run, and all answers are judged, by the tests that `course test` has for them. What was
expected is what the course holds already: the stored outputs of the notebooks, solutions and alternatives
that pass, mistakes that fail at their check with their words. What differs is run once more, alone, with the
same versions and with the locked ones: if it is right then, or differs with the locked ones, too, then this
machine may be the cause, and the report says so.

Run as a module, this one runs the notebooks of the lessons named, in the environment that it stands in.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from difflib import unified_diff
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from rich.console import Console

from course.desk.packages import LESSON_LOCK
from course.lessons import ROOT, Cell, CourseError, Lesson, built_lessons, find_lesson
from course.making.build import MEASURED
from course.making.reporting import FAILED, FAR
from course.making.signposts import MAP
from course.making.testing import Outcome, Step, Watched, counted, drawn, units

LOCK = "requirements-dev.txt"
"""The lock that has all packages: learners', maintainers', and those of single lessons."""

RECIPES = "tests/making/test_recipes.py"
"""What holds the page of recipes to what each of them prints."""

CELL_LIMIT = 600.0
"""Seconds that one cell may take: on a busy machine, too, none takes nearly as long."""

LINES = 40
"""How many lines of a difference, or of what a check says, stand in a report."""

WIDTH = 300
"""How many characters of a line: a page of HTML may be one."""

LENGTH = 60_000
"""How many characters a report has at most: forges take 65,536 as the text of a pull request."""

CELLS, SOLUTIONS, ALTERNATIVES, MISTAKES = "cells", "solutions", "alternatives", "mistakes"
MUTANTS, TESTS, UNDONE = "mutants", "other tests", "what could not be run"
ANSWERS = "answers"
PARTS = {
    CELLS: "Cells whose output differs",
    SOLUTIONS: "Solutions that do not pass any more",
    ALTERNATIVES: "Other right answers that do not pass any more",
    MISTAKES: "Mistakes that are told otherwise, or not at all",
    MUTANTS: "Mutants that pass and should not, or the other way round",
    TESTS: "Other tests that fail",
    UNDONE: "What could not be run",
}
JUDGED_BY = {
    "test_the_solution_passes": SOLUTIONS,
    "test_another_right_answer_passes": ALTERNATIVES,
    "test_a_mistake_is_told": MISTAKES,
}


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it was expected: its part, its lesson's slug (or ""), what is said of it.

    `name` is a cell's id, a test's name, or a mutant's line.
    """

    part: str
    lesson: str
    name: str
    said: str


@dataclass
class Trial:
    """What an environment has shown."""

    findings: list[Finding] = field(default_factory=list)
    right: Counter[str] = field(default_factory=Counter)
    """How many CELLS were as expected, and how many tests of ANSWERS."""
    skipped: list[str] = field(default_factory=list)
    """Tests that were left out, with the reason."""

    def names(self) -> set[tuple[str, str]]:
        """Part and name of each finding."""
        return {(one.part, one.name) for one in self.findings}


@dataclass
class Report:
    """All that a report says."""

    lessons: Sequence[Lesson]
    named: Sequence[str]
    """What `--with` named; nothing if the newest releases were asked for."""
    moved: Sequence[tuple[str, str, str]]
    """Packages that have another version: the name, from, to. "" where there is none."""
    findings: Sequence[Finding]
    """What differs by the versions, each time that it was run."""
    unsteady: Sequence[Finding]
    """What differed once, and not when it was run again."""
    anyway: Sequence[Finding]
    """What differs with the locked versions, too."""
    trial: Trial
    page_map: Sequence[str]
    """What is to be said of the map of the official documentation, a line each."""
    map_differs: bool = False

    @property
    def differs(self) -> bool:
        return bool(self.findings or self.unsteady) or self.map_differs


def drift(
    lessons: Sequence[Lesson],
    named: Sequence[str],
    console: Console,
    *,
    processes: int,
    mutants: bool = False,
) -> Report:
    """Try other versions: the newest, or the locked ones but for those that `named` names ("fastapi==1.0").

    Args:
        lessons: which to run; for all of them, tests that belong to no lesson are run as well, and recipes.
        processes: how many tests, or notebooks, run at a time.
        mutants: whether solutions are changed as well, which takes most of the time.

    Raises:
        CourseError: there are no such versions, or they cannot be installed; the message has the
            installer's own words.
    """
    locked = versions_in((ROOT / LOCK).read_text(encoding="utf-8"))
    wanted = [_requirement(text, locked) for text in named]
    (ROOT / ".cache").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(
        prefix=f"drift-{os.getpid()}-", dir=ROOT / ".cache", ignore_cleanup_errors=True
    ) as folder:
        here = Place(Path(folder, "course"), console, processes)
        try:
            versions = here.set_up(wanted)
            trial = here.try_out(lessons, mutants=mutants)
            again = here.try_again(trial.findings)
        except KeyboardInterrupt:
            console.print("Interrupted: taking the environment away …")  # tens of thousands of files
            raise
    known = Place(ROOT, console, processes, Path(sys.executable)).try_again(trial.findings)
    findings, unsteady, anyway = told_apart(trial, again, known)
    lines, map_differs = compare_map(ROOT)
    return Report(
        lessons=lessons,
        named=named,
        moved=moves(locked, versions),
        findings=findings,
        unsteady=unsteady,
        anyway=anyway,
        trial=trial,
        page_map=lines,
        map_differs=map_differs,
    )


def told_apart(
    first: Trial, again: Trial, locked: Trial
) -> tuple[list[Finding], list[Finding], list[Finding]]:
    """What a trial found: by its versions; unsteady, as it was not found again; with the locked ones, too.

    A cell that shows one thing with these versions and another with the locked ones differs by the versions.
    What could not be run at all is not run again; and a second run that could not be made says nothing.
    """
    found: tuple[list[Finding], list[Finding], list[Finding]] = ([], [], [])
    by_versions, unsteady, anyway = found
    unsure = any(one.part == UNDONE for one in again.findings)
    for one in first.findings:
        name = (one.part, one.name)
        if one.part != UNDONE and not unsure and name not in again.names():
            unsteady.append(one)
        elif name in locked.names() and (one.part != CELLS or one in locked.findings):
            anyway.append(one)
        else:
            by_versions.append(one)
    return found


# Versions


def versions_in(lock: str) -> dict[str, str]:
    """The version of each package that a lock names for this machine and this Python, by name."""
    found = {}
    for line in re.findall(r"^([\w.-]+==[^\\\n]*)", lock, re.MULTILINE):
        wanted = Requirement(line)
        if wanted.marker is None or wanted.marker.evaluate():
            found[str(canonicalize_name(wanted.name))] = str(wanted.specifier).removeprefix("==")
    return found


def moves(before: Mapping[str, str], after: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """The packages whose version differs: name, from, to. "" stands for a package that is not there."""
    pairs = [
        (name, before.get(name, ""), after.get(name, "")) for name in sorted(before.keys() | after.keys())
    ]
    return [pair for pair in pairs if pair[1] != pair[2]]


def _requirement(text: str, locked: Mapping[str, str]) -> Requirement:
    """What `--with` says: a package that the course locks, with a version or without.

    Raises:
        CourseError: it names no version as pip understands it, or another package.
    """
    try:
        wanted = Requirement(text)
    except InvalidRequirement:
        raise CourseError(
            f"--with {text!r} names no version: write a package and a version, such as fastapi==0.160.0."
        ) from None
    if canonicalize_name(wanted.name) not in locked:
        raise CourseError(
            f"--with {text}: the course locks no package {wanted.name}. {LOCK} has those there are."
        )
    return wanted


# A course with its environment

Failure = tuple[str, str]
"""What a run tells of a failure: its name, and what is known of it."""


class Noted(Watched):
    """A run whose failures are kept for the report: told when they happen, they would stand there twice."""

    def __init__(self, label: str, console: Console) -> None:
        super().__init__(label, console, first=False)
        self.failures: list[Failure] = []

    def _is_told(self, line: str) -> bool:
        if line.startswith(FAILED):
            name, known = json.loads(line.removeprefix(FAILED))
            self.failures.append((name, known))
            return True
        return super()._is_told(line)


class Place:
    """A checkout of the course with the Python of its environment."""

    def __init__(self, root: Path, console: Console, processes: int, python: Path | None = None) -> None:
        self.root = root
        self._console = console
        self._processes = processes
        venv = root / ".venv"
        self._python = python or venv / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")

    def set_up(self, wanted: Sequence[Requirement]) -> dict[str, str]:
        """Copy the course to this place and make its environment. Returns the versions that it has.

        Raises:
            CourseError: uv found no versions that fit together, or could not install them.
        """
        copy_course(ROOT, self.root)
        resolved, constraints = self.root / "drift.txt", self.root / "drift-wanted.txt"
        shutil.copyfile(self.root / LOCK, resolved)  # what uv finds there it keeps, if it can
        constraints.write_text("".join(f"{one}\n" for one in wanted), encoding="utf-8")
        again = [f"--upgrade-package={one.name}" for one in wanted] or ["--upgrade"]
        everything = ["pyproject.toml", "--group", "pyproject.toml:dev", "--constraint", str(constraints)]
        plain = ["--no-annotate", "--no-header", "--no-emit-index-url", "-o", str(resolved)]
        install = ["pip", "install", "--python", str(self._python), "--no-deps"]
        itself = ["--no-build-isolation", "--editable", str(self.root)]
        found = [*everything, *plain, *again, "--python", sys.executable]
        self._uv("versions", "uv found no versions that fit", "pip", "compile", *found)
        new = ["--python", sys.executable, str(self.root / ".venv")]
        self._uv("environment", "uv could not make an environment", "venv", *new)
        failed = "uv could not install these versions"
        self._uv("packages", failed, *install, "--requirement", str(resolved))
        self._uv("the course itself", failed, *install, *itself)
        versions = versions_in(resolved.read_text(encoding="utf-8"))
        for lock in self.root.glob(f"lessons/*/{LESSON_LOCK}"):
            _renew(lock, versions)
        return versions

    def _uv(self, label: str, otherwise: str, *arguments: str) -> None:
        outcome, _ = self._run(label, [sys.executable, "-P", "-m", "uv", *arguments, "--quiet"])
        if outcome.failed:
            raise CourseError(f"{otherwise}. It says:\n{outcome.output.strip()}")

    def try_out(self, lessons: Sequence[Lesson], *, mutants: bool) -> Trial:
        """Run all cells of lessons, and judge all their answers."""
        trial = Trial()
        self._cells(trial, [lesson.slug for lesson in lessons])
        if len(lessons) == len(built_lessons()):
            self._tests(trial, (), ("tests/lessons", RECIPES))
        else:
            self._tests(trial, [f"--only={lesson.slug}" for lesson in lessons])
        for lesson in lessons if mutants else ():
            self._mutants(trial, lesson.slug)
        return trial

    def try_again(self, findings: Sequence[Finding]) -> Trial:
        """Run what was found elsewhere, and no more."""
        trial = Trial()
        if slugs := sorted({one.lesson for one in findings if one.part == CELLS}):
            self._cells(trial, slugs)
        if names := [one.name for one in findings if one.part in (*JUDGED_BY.values(), TESTS)]:
            with tempfile.TemporaryDirectory() as folder:
                listed = Path(folder, "tests.txt")  # a command line may be too short for all
                listed.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
                self._tests(trial, [f"@{listed}"], where=())
        for slug in sorted({one.lesson for one in findings if one.part == MUTANTS}):
            self._mutants(trial, slug)
        return trial

    def _cells(self, trial: Trial, slugs: Sequence[str]) -> None:
        command = [*self._module(__name__), str(self._processes), *slugs]
        outcome, failures = self._run("cells", command)
        trial.right[CELLS] += outcome.passed
        trial.findings += [
            Finding(CELLS, _slug(name.rpartition("-")[0]), name, said) for name, said in failures
        ]
        _note_what_was_not_run(trial, "The cells", outcome, failures)

    def _tests(self, trial: Trial, only: Sequence[str], where: Sequence[str] = ("tests/lessons",)) -> None:
        told, *options = units(*where, workers=self._processes)
        outcome, failures = self._run("answers", [*self._module(told), *options, *only])
        trial.right[ANSWERS] += outcome.passed
        trial.skipped += outcome.skipped
        for name, said in failures:
            test = name.partition("[")[0].rpartition("::")[2]
            trial.findings.append(Finding(JUDGED_BY.get(test, TESTS), _slug(name), name, gist(said)))
        _note_what_was_not_run(trial, "The answers", outcome, failures)

    def _mutants(self, trial: Trial, slug: str) -> None:
        command = [*self._module("course"), "mutants", slug, "--processes", str(self._processes)]
        outcome, _ = self._run(f"mutants of {slug}", command)
        failures = [
            (line.removeprefix("✗ "), "") for line in outcome.output.splitlines() if line.startswith("✗ ")
        ]
        trial.findings += [Finding(MUTANTS, slug, line, said) for line, said in failures]
        _note_what_was_not_run(trial, f"The mutants of {slug}", outcome, failures)

    def _module(self, name: str) -> list[str]:
        return [str(self._python), "-P", "-m", name]

    def _run(self, label: str, command: Sequence[str]) -> tuple[Outcome, list[Failure]]:
        which = "locked versions" if self.root == ROOT else "other versions"
        noted = Noted(f"{which}: {label}", self._console)

        def run(watched: Watched) -> Outcome:
            code, output = watched.run(command, self.root)
            return counted(output, code)

        with drawn([noted], self._console):
            outcome = noted.watch(Step(label, run))
        mark, differ = ("✗", f"{outcome.failed:,} differ, ") if outcome.failed else ("✓", "")
        self._console.print(f"{mark} {noted.label}: {differ}{noted.seconds:.0f} s", markup=False)
        return outcome, noted.failures


def copy_course(root: Path, to: Path) -> None:
    """Copy a checkout as it is now, but for what git does not keep."""
    ignored = [line.rstrip("/") for line in (root / ".gitignore").read_text(encoding="utf-8").split()]

    def left_out(folder: str, names: list[str]) -> set[str]:
        within = Path(folder).relative_to(root)
        paths = {name: (within / name).as_posix() for name in names}
        return {
            name
            for name, path in paths.items()
            if name == ".git"
            or any(fnmatch(path if "/" in pattern else name, pattern) for pattern in ignored)
        }

    shutil.copytree(root, to, ignore=left_out, symlinks=True)


def _renew(lock: Path, versions: Mapping[str, str]) -> None:
    """Let a lesson's own lock name the versions that are there: else its notebook says that they are missing.

    Nothing is installed by it any more, so the hashes stay as they are.
    """

    def now(found: re.Match[str]) -> str:
        return f"{found[1]}=={versions.get(str(canonicalize_name(found[1])), found[2])}"

    text = lock.read_text(encoding="utf-8")
    lock.write_text(re.sub(r"^([\w.-]+)==([^\s;\\]+)", now, text, flags=re.MULTILINE), encoding="utf-8")


def _slug(name: str) -> str:
    """The lesson that a test's name, or a cell's, speaks of; "" if it is of none."""
    numbered = re.search(r"\[(\d+)\.\w+\]$", name) or re.search(r"test_lesson_(\d\d)\.py", name)
    for lesson in built_lessons():
        if lesson.slug in name or (numbered and int(numbered[1]) == int(lesson.number)):
            return lesson.slug
    return ""


def gist(said: str) -> str:
    """What pytest knows of a failure, without the test's own lines: the message of an `assert`, if any."""
    lines = [line for line in said.splitlines() if not re.match(r"\[gw\d+\] ", line)]  # pytest-xdist's own
    marked = [line[1:].removeprefix(" " * 7) for line in lines if re.match(r"E( {3}|$)", line)]
    text = "\n".join(marked or lines).strip()
    message = re.match(r"AssertionError: (.*?)\nassert ", text, re.DOTALL)
    return message[1].replace("\n  ", "\n") if message else text  # pytest moves all lines but the first


def _note_what_was_not_run(trial: Trial, what: str, outcome: Outcome, failures: Sequence[Failure]) -> None:
    if outcome.failed and not failures:
        last = "\n".join(outcome.output.strip().splitlines()[-LINES:])
        trial.findings.append(Finding(UNDONE, "", f"{what} could not be run", last))


# Cells, in the environment that this module stands in


def main(processes: int, slugs: Sequence[str]) -> int:
    """Run the notebooks of lessons, and tell of each cell that shows something else than is stored.

    It tells as `reporting.py` does, and ends as pytest does: with a line that counts.
    """
    right = wrong = 0
    with ThreadPoolExecutor(processes) as pool:
        running = [pool.submit(differing_cells, find_lesson(slug)) for slug in slugs]
        for ended, done in enumerate(as_completed(running), 1):
            compared, found = done.result()
            right, wrong = right + compared - len(found), wrong + len(found)
            for failure in found:
                print(FAILED + json.dumps(failure))
            print(FAR + json.dumps([ended, len(running)]), flush=True)
    print(f"{right} passed, {wrong} failed")
    return 1 if wrong else 0


def differing_cells(lesson: Lesson) -> tuple[int, list[Failure]]:
    """How many cells of a lesson are compared, and those that differ: each id with the difference."""
    import nbformat
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    from course.making.build import run_cells

    stored = nbformat.read(lesson.notebook, as_version=4)
    fresh = nbformat.read(lesson.notebook, as_version=4)
    for cell in fresh.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    stopped = ""
    try:
        run_cells(lesson, fresh, limit=CELL_LIMIT, to_the_end=True)
    except (CellTimeoutError, DeadKernelError) as error:
        stopped = f"The notebook ended here: {type(error).__name__}."
    found: list[Failure] = []
    compared = 0
    for have, cell in zip(stored.cells, fresh.cells, strict=True):
        if cell.cell_type != "code" or not cell.source:
            continue
        if not cell.execution_count:
            found.append((cell.id, stopped or "It was not run."))
            compared += 1
            break
        raised = any(output.output_type == "error" for output in cell.outputs)
        tags = cell.metadata.get("tags", ())
        if MEASURED in tags and (not raised or "raises-exception" in tags):
            continue
        compared += 1
        if MEASURED in tags or _plain(have.outputs) != _plain(cell.outputs):
            found.append((cell.id, difference(have.outputs, cell.outputs)))
    return compared, found


def _plain(outputs: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Outputs as what a reader sees of them: without the numbers that Jupyter counts by."""
    unseen = ("execution_count", "metadata")
    return [{key: value for key, value in output.items() if key not in unseen} for output in outputs]


def difference(before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]]) -> str:
    """What differs between two lists of outputs: a unified diff of their texts, or else of all they have."""
    before, after = list(before), list(after)
    for whole in (False, True):
        old, new = (list(_lines(outputs, whole=whole)) for outputs in (before, after))
        if old != new:
            return "\n".join(list(unified_diff(old, new, lineterm="", n=2))[2:])
    return "The same lines, in other pieces."


def _lines(outputs: Iterable[Mapping[str, Any]], *, whole: bool) -> Iterator[str]:
    for output in outputs:
        if output["output_type"] == "stream":
            yield from output["text"].splitlines()
        elif output["output_type"] == "error":
            yield from "\n".join(output["traceback"]).splitlines()
        else:
            data = output["data"]
            kinds = sorted(data) if whole or "text/plain" not in data else ["text/plain"]
            for kind in kinds:
                text = data[kind] if isinstance(data[kind], str) else json.dumps(data[kind], sort_keys=True)
                yield from [f"{kind}:", *text.splitlines()] if whole else text.splitlines()


# The map of the official documentation


def compare_map(root: Path, fetch: Callable[[str], str] | None = None) -> tuple[list[str], bool]:
    """What is to be said of the map, a line each, and whether the documentation has other pages by now.

    Pages are those of the documentation's own site map. A page outside the folders that the map knows, such
    as `async`, is only seen to go.
    """
    known = tomllib.loads((root / MAP).read_text(encoding="utf-8"))
    address, official = known["address"], set(known["official"])
    try:
        text = (fetch or _fetch)(f"{address}sitemap.xml")
    except OSError as error:
        return [f"Not compared: {address} could not be reached ({error})."], False
    pages = {page.strip("/") for page in re.findall(rf"<loc>\s*{re.escape(address)}([^<\s]*)", text)}
    if not pages & official:
        return [f"Not compared: {address}sitemap.xml names none of the map's pages."], False
    sections = {page.partition("/")[0] for page in official if "/" in page}
    indexes = {page for page in pages if any(other.startswith(f"{page}/") for other in pages)}
    new = {page for page in pages - official - indexes if page.partition("/")[0] in sections and "/" in page}
    lines = [f"`{page}` is gone." for page in sorted(official - pages)]
    lines += [f"`{page}` is new." for page in sorted(new)]
    return lines or [f"All {len(official)} pages of {known['listed']} are there, and no others."], bool(lines)


def _fetch(address: str) -> str:
    """The text at an address.

    Raises:
        OSError: it cannot be had.
    """
    import httpx

    try:
        return httpx.get(address, follow_redirects=True, timeout=30).raise_for_status().text
    except httpx.HTTPError as error:
        raise OSError(str(error)) from None


# The report


def markdown(report: Report) -> str:
    """The report as Markdown: versions first, then what differs, lesson by lesson."""
    blocks = list(_blocks(report))
    kept: list[str] = []
    room = LENGTH
    for number, block in enumerate(blocks):
        room -= len(block) + 2
        if room < 0:
            left = sum(block.startswith("#### ") for block in blocks[number:])
            kept.append(
                f"… and {left} more, for which a report has no room: `course drift` with a lesson shows them."
            )
            break
        kept.append(block)
    return "\n\n".join(kept) + "\n"


def summary(report: Report) -> str:
    """What differs, in a sentence."""
    counts = Counter(one.part for one in report.findings)
    told = [f"{part} {counts[part]}" for part in PARTS if counts[part]]
    if report.unsteady:
        told.append(f"unsteady {len(report.unsteady)}")
    return f"What differs: {', '.join(told)}." if told else "Nothing differs by the versions."


def _blocks(report: Report) -> Iterator[str]:
    yield "# What changes with other versions"
    named = ", ".join(f"`{one}`" for one in report.named)
    yield f"The locked versions, but for {named}." if named else "The newest versions that fit together."
    rows = [
        f"| {name} | {before or '(none)'} | {after or '(none)'} |" for name, before, after in report.moved
    ]
    yield "\n".join(["| package | from | to |", "|---|---|---|", *rows]) if rows else "No version has moved."
    numbers = ", ".join(lesson.number for lesson in report.lessons)
    cells, answers = (report.trial.right[part] for part in (CELLS, ANSWERS))
    yield (
        f"**{summary(report)}** As expected were {cells:,} cells and {answers:,} tests of answers, in the "
        f"lessons {numbers}, with Python {platform.python_version()} on {platform.system()}."
    )
    if report.trial.skipped:
        yield "\n".join(["Not tried on this machine:", "", *(f"- {line}" for line in report.trial.skipped)])
    yield from _claims(report)
    yield "## The map of the official documentation"
    yield "\n".join(f"- {line}" for line in report.page_map)
    yield from _by_lesson(report.findings)
    if report.unsteady:
        yield "## Unsteady"
        yield "These differed once, and not when they were run again, alone. On a busy machine that happens:"
    for one in report.unsteady:
        yield from _told(one)
    if report.anyway:
        yield "## Not by the versions"
        yield "On this machine these differ with the locked versions, too:"
        yield "\n".join(f"- `{one.name}`" for one in report.anyway)


def _by_lesson(findings: Sequence[Finding]) -> Iterator[str]:
    lessons = {lesson.slug: lesson for lesson in built_lessons()}
    for slug in sorted({one.lesson for one in findings}, key=lambda slug: (not slug, slug)):
        yield f"## Lesson {lessons[slug].number}: {lessons[slug].title}" if slug else "## Of no lesson"
        for part, title in PARTS.items():
            found = [one for one in findings if (one.lesson, one.part) == (slug, part)]
            if found:
                yield f"### {title}"
            for one in found:
                yield from _told(one)


def _told(finding: Finding) -> Iterator[str]:
    yield f"#### `{_called(finding)}`"
    if finding.part == CELLS:
        yield _fenced(_beginning(find_lesson(finding.lesson), finding.name), "python")
    if finding.said:
        yield _fenced(finding.said, "diff" if finding.part == CELLS else "text")


def _called(finding: Finding) -> str:
    """A finding's name as people know it: "05-requests-and-responses/5.2-no-location", not a whole test's."""
    test = re.search(r"::(\w+)\[(.+)\]$", finding.name)
    if not test:
        return finding.name
    return test[2] if finding.part in JUDGED_BY.values() else f"{test[1]}[{test[2]}]"


def _beginning(lesson: Lesson, cell: str) -> str:
    """The first lines of a cell, by which it is known."""
    source = next((one.source for one in lesson.cells if one.id == cell), "")
    lines = [line for line in source.splitlines() if line.strip()]
    return "\n".join([*lines[:3], *(["…"] if len(lines) > 3 else [])])


def _fenced(text: str, kind: str) -> str:
    """Text as a block of code, cut where it is long; the fence is longer than any in the text."""
    lines = [line if len(line) <= WIDTH else f"{line[:WIDTH]} …" for line in text.splitlines()]
    if len(lines) > LINES:
        lines = [*lines[:LINES], f"… ({len(lines) - LINES} lines more)"]
    ticks = max((len(run) for run in re.findall(r"`{3,}", text)), default=2) + 1
    return "\n".join(["`" * ticks + kind, *lines, "`" * ticks])


def _claims(report: Report) -> Iterator[str]:
    """The claims whose cell differs; and those that nobody compared, as their cell measures."""
    page = (ROOT / "docs" / "claims.md").read_text(encoding="utf-8")
    rows = {row[1]: row for row in re.finditer(r"^\| (\d+) \| (.*?) \| (.*?) \|", page, re.MULTILINE)}
    found = {one.name for one in report.findings if one.part == CELLS}
    turned, measured = [], []
    for lesson in report.lessons:
        for cell, number in claims_in(lesson):
            if cell.id in found:
                _, claim, verdict = rows[number].groups()
                turned.append(f"- Claim {number}, “{claim}”, is called *{verdict}*: `{cell.id}`")
            elif MEASURED in cell.tags:
                measured.append(f"{number} (`{cell.id}`)")
    if turned:
        yield "## Claims that may turn"
        yield "Their cell shows something else. Read it, and see whether the verdict holds:"
        yield "\n".join(turned)
    if measured:
        yield f"Compared with nothing, as their cells measure, are claims {', '.join(measured)}."


def claims_in(lesson: Lesson) -> Iterator[tuple[Cell, str]]:
    """The cells of a lesson that test a claim, each with the claim's number."""
    for cell in lesson.cells:
        for tag in cell.tags:
            if tag.startswith("claim-"):
                yield cell, tag.removeprefix("claim-")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
