"""`course mutants`: does a wrong answer pass? Solutions are changed, one small change at a time, and judged.

`operators.py` makes the mutants. Checks run in this package's own way, in processes that keep what they have
imported; one that hangs on a mutant, or dies of it, is ended and replaced, and the mutant counts as found.

A mutant that passes is a hole in the checks, or it answers the same as the solution. Then a person writes it
into `tests/equivalents/<lesson>.toml`, with the reason:

    [[same]]
    task = "5.2"
    line = 'raise HTTPException(404, f"Nobody wears badge {number}.")'
    became = ["raise HTTPException(404)"]
    reason = "The brief asks for the status only."

`line` is the changed line as the solution has it, with single spaces. `became` lists what it may become;
without it, all that it becomes is meant. `part` is a piece of the line, in place of the whole; `operator` is
the kind of change. What is left out is open, so one entry may stand for many: every title, say. An entry that
fits no mutant any more, or only such as fail, is no longer true: an error.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import re
import sys
import tempfile
import threading
import time
import tomllib
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from course.judging.answers import run_answer
from course.judging.tasks import find_exercise, solution_text, starter_source
from course.lessons import CourseError, Lesson
from course.making.operators import Mutant, examples_in, mutants_of

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess
    from multiprocessing.process import BaseProcess

CORES = os.cpu_count() or 1
PROCESSES = 3 * CORES
"""Many checks wait for an answer, and leave the processor to others meanwhile."""

PATIENCE = 3.0
"""Seconds that a mutant has; besides, twice as many as the baseline took, which asks each check twice."""

STARTS_WITHIN = 120.0
"""Seconds that a process has to import everything."""

NOTHING = "(nothing)"
"""What is said to stand there where a line was left out."""

ASKED_ALONE = 2
"""How many checks are asked alone, and first, because they have found the most like this mutant."""


@dataclass
class Subject:
    """A task's solution with its mutants."""

    lesson: Lesson
    task: str
    source: str
    place: Path
    """The file that the solution stands in."""
    above: int
    """How many of the file's lines stand above the solution."""
    mutants: list[Mutant]
    limit: float = 0.0
    """Seconds that each mutant has."""
    alone: frozenset[str] = frozenset()
    """The checks that the solution also passes when no other check was before."""
    killers: dict[int, Counter[str]] = field(default_factory=dict)
    """How many mutants each check has found: by line, and 0 for all lines."""

    def told(self, mutant: Mutant) -> str:
        """A mutant in a line: "solutions/…/exercises.py:12 5.2 number: before -> after"."""
        where = f"{self.place.relative_to(self.lesson.root).as_posix()}:{self.above + mutant.line}"
        return f"{where} {self.task} {mutant.operator}: {mutant.before} -> {mutant.after or NOTHING}"

    def first_asked(self, mutant: Mutant) -> list[str]:
        """The checks that have found the most mutants of the same line, or else of the task."""
        counts = Counter({name: 1000 * count for name, count in self.killers.get(mutant.line, {}).items()})
        counts.update(self.killers.get(0, {}))
        return [name for name, _ in counts.most_common() if name in self.alone][:ASKED_ALONE]

    def found_by(self, mutant: Mutant, check: str) -> None:
        for line in (0, mutant.line):
            self.killers.setdefault(line, Counter())[check] += 1


def subject_of(lesson: Lesson, task: str) -> Subject:
    """A task's solution, and every mutant of the lines that its starter does not have."""
    source = solution_text(lesson, task)[1]
    app = lesson.of_app(task)
    place = lesson.solutions / ("app.py" if app else "exercises.py")
    text = place.read_text(encoding="utf-8")
    start = text.index(source, 0 if app else text.index(f"# %% {task}\n"))
    examples = examples_in(brief_of(lesson, task))
    mutants = mutants_of(source, starter_source(lesson, task), examples)
    return Subject(lesson, task, source, place, text.count("\n", 0, start), mutants)


def brief_of(lesson: Lesson, task: str) -> str:
    """The Markdown that says what a task asks: from its heading to the next."""
    heading = r"## Build it" if task == lesson.app_task else rf"### Exercise {re.escape(task)}\b"
    text = "\n\n".join(cell.source for cell in lesson.cells if cell.kind == "markdown")
    found = re.search(rf"^{heading}.*?(?=^##|\Z)", text, re.MULTILINE | re.DOTALL)
    return found[0] if found else ""


@dataclass
class Same:
    """An entry of a lesson's list: which mutants answer the same as the solution, and why."""

    reason: str
    task: str | None = None
    line: str | None = None
    part: str | None = None
    became: Sequence[str] | None = None
    operator: str | None = None

    def fits(self, task: str, mutant: Mutant) -> bool:
        return (
            self.task in (None, task)
            and self.line in (None, mutant.before)
            and (self.part is None or self.part in mutant.before)
            and (self.became is None or (mutant.after or NOTHING) in self.became)
            and self.operator in (None, mutant.operator)
        )

    def __str__(self) -> str:
        said = (self.task, self.operator, self.line, self.part, *(self.became or ()))
        return ", ".join(word for word in said if word)


def equivalents(lesson: Lesson) -> list[Same]:
    """The entries of a lesson's list; none if it has no list.

    Raises:
        CourseError: the list cannot be read, or an entry has no reason, or could fit anything.
    """
    path = lesson.root / "tests" / "equivalents" / f"{lesson.slug}.toml"
    if not path.exists():
        return []
    found = []
    try:
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["same"]:
            same = Same(**entry)
            if not same.reason.strip() or not (same.line or same.part or same.operator):
                raise CourseError(f"{path.name}: an entry needs a reason, and a line, a part or an operator.")
            if isinstance(same.became, str):
                raise CourseError(f"{path.name}: `became` is a list.")
            found.append(same)
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise CourseError(f"{path.name} is no list of [[same]]: {error}") from None
    return found


@dataclass
class Outcome:
    """What the mutants of some tasks have shown."""

    judged: dict[str, int]
    """How many mutants each lesson has, by its slug."""
    same: int
    """How many passed that a list names."""
    survivors: list[tuple[Subject, Mutant]]
    """Those that passed otherwise, in the order of lessons and lines."""
    untrue: list[str]
    """What is wrong with the lists, an entry a line."""

    @property
    def right(self) -> bool:
        return not self.survivors and not self.untrue


def judge(
    wanted: Mapping[Lesson, Sequence[str]],
    tell: Callable[[int, int], None] = lambda done, total: None,
    *,
    processes: int = PROCESSES,
    patience: float = PATIENCE,
) -> Outcome:
    """Judge every mutant of some tasks of some lessons.

    `tell` is called with how many mutants are judged, and how many there are.

    Raises:
        CourseError: a solution does not pass its own checks, or a list cannot be read.
    """
    lists = {lesson: equivalents(lesson) for lesson in wanted}
    subjects = [
        subject_of(lesson, task)
        for lesson, tasks in wanted.items()
        for task in tasks
        if task not in lesson.milestones  # they judge the mutants of the whole app
    ]
    total = sum(len(subject.mutants) for subject in subjects)
    passed: list[tuple[Subject, Mutant]] = []
    ended: list[tuple[Subject, Mutant]] = []
    tell(0, total)
    with Pool(min(processes, max(total, 1))) as pool:
        for subject, answer, seconds in pool.run((subject, _baseline(subject)) for subject in subjects):
            _take_baseline(subject, answer, seconds, patience)
        jobs = (((subject, mutant), _job(subject, mutant)) for subject, mutant in _mixed(subjects))
        for done, ((subject, mutant), answer, _) in enumerate(pool.run(jobs), 1):
            match answer:
                case None:
                    ended.append((subject, mutant))
                case {"passed": True}:
                    passed.append((subject, mutant))
                case {"failed": str(check)}:
                    subject.found_by(mutant, check)
            tell(done, total)
    order = {id(mutant): n for n, mutant in enumerate(m for subject in subjects for m in subject.mutants)}
    passed.sort(key=lambda pair: order[id(pair[1])])
    return _compared(subjects, passed, ended, wanted, lists)


def _compared(
    subjects: Sequence[Subject],
    passed: Sequence[tuple[Subject, Mutant]],
    ended: Sequence[tuple[Subject, Mutant]],
    wanted: Mapping[Lesson, Sequence[str]],
    lists: Mapping[Lesson, Sequence[Same]],
) -> Outcome:
    """Tell apart, among the mutants that passed, those that a list names.

    `ended` ran out of time, which on a busy machine says nothing against an entry.
    """
    undecided = (*passed, *ended)
    judged: Counter[str] = Counter()
    for subject in subjects:
        judged[subject.lesson.slug] += len(subject.mutants)
    survivors = [
        (subject, mutant)
        for subject, mutant in passed
        if not any(same.fits(subject.task, mutant) for same in lists[subject.lesson])
    ]
    untrue = []
    for lesson, entries in lists.items():
        own = [subject for subject in subjects if subject.lesson is lesson]
        whole = set(wanted[lesson]) == set(lesson.tasks)
        for same in entries:
            if any(same.fits(subject.task, mutant) for subject, mutant in undecided if subject in own):
                continue
            if not whole and same.task not in wanted[lesson]:  # it may be for a task that was not asked for
                continue
            known = any(same.fits(subject.task, mutant) for subject in own for mutant in subject.mutants)
            why = "a check tells it from the solution" if known else "fits no mutant any more"
            untrue.append(f"{lesson.slug}.toml: {why}: {same}")
    return Outcome(dict(judged), len(passed) - len(survivors), survivors, untrue)


def _mixed(subjects: Sequence[Subject]) -> list[tuple[Subject, Mutant]]:
    """The mutants of all tasks side by side: while those of one wait, those of others compute."""
    placed = [
        ((number + 0.5) / len(subject.mutants), subject, mutant)
        for subject in subjects
        for number, mutant in enumerate(subject.mutants)
    ]
    return [(subject, mutant) for _, subject, mutant in sorted(placed, key=lambda each: each[0])]


# What a process is asked


@dataclass(frozen=True)
class Job:
    """A source to judge: by each of `alone` without the others before it, then by all checks in order."""

    root: Path
    slug: str
    task: str
    source: str
    alone: Sequence[str]
    limit: float
    baseline: bool = False
    """Of the solution, to learn which checks can be asked alone."""


def _baseline(subject: Subject) -> Job:
    lesson = subject.lesson
    names = [
        check.__name__
        for task in _judging(lesson, subject.task)
        for check in find_exercise(lesson, task).checks
    ]
    return Job(lesson.root, lesson.slug, subject.task, subject.source, names, 300.0, baseline=True)


def _judging(lesson: Lesson, task: str) -> Sequence[str]:
    """The tasks whose checks judge a mutant of this one: for an app, its milestones first."""
    return (*lesson.milestones, task) if task == lesson.app_task else (task,)


def _take_baseline(subject: Subject, answer: dict[str, Any] | None, seconds: float, patience: float) -> None:
    if answer is None or not answer["passed"]:
        why = answer["failed"] if answer else "it does not end"
        raise CourseError(f"The solution of {subject.task} does not pass its own checks: {why}.")
    subject.alone = frozenset(answer["alone"])
    subject.limit = patience + 2 * seconds


def _job(subject: Subject, mutant: Mutant) -> Job:
    lesson = subject.lesson
    alone = subject.first_asked(mutant)
    return Job(lesson.root, lesson.slug, subject.task, mutant.source, alone, subject.limit)


READY: dict[str, Any] = {}
"""What a process says when it has imported everything: only then does its first job's time begin."""


def _work(orders: Connection, folder: Path) -> None:
    """The processes' own loop: judge one job after the other, whatever the mutants print or break."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started this process ends it
    if parent := multiprocessing.parent_process():
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    warnings.simplefilter("ignore")
    sys.dont_write_bytecode = True  # what Python keeps of a file knows no changes within a second
    os.chdir(folder)
    lessons: dict[str, Lesson] = {}
    orders.send(READY)
    while True:
        try:
            job: Job = orders.recv()
        except EOFError:
            return
        lesson = lessons.setdefault(job.slug, Lesson(job.slug, job.root))
        (folder / "app.py").write_text(job.source, encoding="utf-8")
        try:
            answer = _answer(lesson, job, folder)
        except BaseException as error:  # a mutant may raise anything, anywhere
            answer = {"passed": False, "failed": type(error).__name__}
        orders.send(answer)


def _end_with(parent: BaseProcess) -> None:
    """End this process, whatever it does, when the one that started it is gone."""
    parent.join()
    os._exit(1)


def _answer(lesson: Lesson, job: Job, folder: Path) -> dict[str, Any]:
    exercises = [find_exercise(lesson, task) for task in _judging(lesson, job.task)]
    every = [list(made.checks) for made in exercises]
    good = []
    try:
        for name in (*job.alone, None):
            for made, checks in zip(exercises, every, strict=True):
                made.checks = [check for check in checks if name in (None, check.__name__)]
                if not made.checks:
                    continue
                report = asyncio.run(run_answer(lesson, made.id, job.source, folder, to_the_end=False))
                if report.passed and name is not None:
                    good.append(name)
                if not report.passed and not (job.baseline and name is not None):
                    return {"passed": False, "failed": report.failed}
    finally:
        for made, checks in zip(exercises, every, strict=True):
            made.checks = checks
    return {"passed": True, "failed": "", "alone": good}


class _Worker:
    """A process, with the job that it is at."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        context = multiprocessing.get_context("spawn")
        self.orders, theirs = context.Pipe()
        self.process: SpawnProcess = context.Process(target=_work, args=(theirs, folder), daemon=True)
        self.process.start()
        theirs.close()
        self.key: Any = None
        self.begun = 0.0
        self.deadline = 0.0
        self._limit = 0.0
        self._ready = False

    def start(self, key: Any, job: Job) -> None:
        self.key = key
        self._limit = job.limit
        self._begin()
        self.orders.send(job)

    def answer(self) -> dict[str, Any] | None:
        """What the process has sent, or nothing if it has ended."""
        with contextlib.suppress(EOFError, OSError):
            answer: dict[str, Any] = self.orders.recv()
            return answer
        return None

    def is_ready(self) -> None:
        self._ready = True
        self._begin()

    def _begin(self) -> None:
        self.begun = time.monotonic()
        self.deadline = self.begun + (self._limit if self._ready else STARTS_WITHIN)

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.orders.close()


class Pool:
    """Processes that judge jobs; one that does not answer in time is ended, and a new one takes its place."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._workers: list[_Worker] = []

    def __enter__(self) -> Self:
        self._stack = contextlib.ExitStack()
        folder = self._stack.enter_context(
            tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True)
        )
        self._workers = [_Worker(Path(folder, str(number))) for number in range(self._count)]
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.end()
        self._stack.close()

    def run(self, jobs: Iterable[tuple[Any, Job]]) -> Iterator[tuple[Any, dict[str, Any] | None, float]]:
        """Each job's key with its answer, None where a process had to be ended, and the seconds it took.

        A job is only asked for when a process is free for it.
        """
        waiting = iter(jobs)
        idle = list(self._workers)
        while True:
            while idle and (job := next(waiting, None)) is not None:
                idle.pop().start(*job)
            busy = [worker for worker in self._workers if worker not in idle]
            if not busy:
                return
            soonest = min(worker.deadline for worker in busy)
            ready = wait([worker.orders for worker in busy], max(0.0, soonest - time.monotonic()))
            for worker in busy:
                now = time.monotonic()
                answer = None
                if worker.orders in ready:
                    answer = worker.answer()
                elif now < worker.deadline:
                    continue
                if answer == READY:
                    worker.is_ready()
                    continue
                key, seconds = worker.key, now - worker.begun
                idle.append(worker if answer is not None else self._replaced(worker))
                yield key, answer, seconds

    def _replaced(self, worker: _Worker) -> _Worker:
        worker.end()
        new = _Worker(worker.folder)
        self._workers[self._workers.index(worker)] = new
        return new
