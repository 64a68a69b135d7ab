"""Judges the work of a class: on all cores, each learner's code in a sandbox, and nothing twice."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course.judging.child import Worker
from course.judging.report import Report, State
from course.judging.sandbox import LIMIT, Sandbox, check_lesson, damaged, read_answers
from course.judging.tasks import find_exercise, load_exercises, not_attempted, starter_source
from course.lessons import ROOT, CourseError, Lesson
from course.teaching.gathered import Learner, Work

KEPT = Path(sys.prefix, "class")
"""Where verdicts are kept: with the environment, as they hold for its versions."""


@dataclass
class Row:
    """One learner, and how each task came out; a task of which nothing was handed in has no report."""

    learner: Learner
    reports: dict[str, Report] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)
    """Tasks of a notebook that is damaged."""

    def passed(self, tasks: Iterable[str]) -> int:
        """How many of these tasks are right."""
        return sum(task in self.reports and self.reports[task].passed for task in tasks)


@dataclass(frozen=True)
class Standing:
    """Where a class stands with one task."""

    task: str
    title: str
    right: int
    attempted: int
    checks: list[Stuck]
    """The checks at which somebody stands, the most first."""


@dataclass(frozen=True)
class Stuck:
    """A check at which some stand, and what most of them saw."""

    label: str
    learners: int
    saw: str
    """The first difference that most of them saw; empty if they saw none, or each another one."""
    of_these: int
    """How many saw it."""


STOOD_BEFORE = {
    State.RAISED: "the code itself, which raised when it was loaded",
    State.STOPPED: "the code itself, which did not end or was stopped",
}
"""Where somebody stands whose code came to no check."""

Tell = Callable[[int, int], None]
"""Told how many pairs of learner and lesson are judged, and of how many."""


def judge(
    learners: Sequence[Learner],
    lessons: Sequence[Lesson],
    *,
    sandbox: Sandbox,
    tell: Tell,
    prepare: Callable[[Lesson], None] = lambda lesson: None,
    kept: Path = KEPT,
) -> list[Row]:
    """Judge what these learners have of these lessons.

    What has not changed since it was judged last is not judged again. Ctrl-C ends all that runs.

    Args:
        prepare: called once for each lesson of which anything is to be run, before that.
        kept: where verdicts are kept from one time to the next. Where nothing can be written, none are.
    """
    rows = {id(learner): Row(learner) for learner in learners}
    todo = [
        (learner, learner.works[lesson.slug])
        for lesson in lessons
        for learner in learners
        if lesson.slug in learner.works
    ]
    for lesson in lessons:
        load_exercises(lesson)  # here, as threads would each begin to
    running = _Running(sandbox, prepare)
    judges = {lesson.slug: _Kept(kept, lesson, sandbox) for lesson in lessons}
    # Threads that wait for processes: one a core.
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        futures: dict[Future[list[Report]], Learner] = {
            pool.submit(_judge, rows[id(learner)], work, judges[work.lesson.slug], running): learner
            for learner, work in todo
        }
        try:
            for count, future in enumerate(as_completed(futures), start=1):
                rows[id(futures[future])].reports.update({one.task: one for one in future.result()})
                tell(count, len(todo))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            running.stop()
            raise
    return list(rows.values())


def _judge(row: Row, work: Work, kept: _Kept, running: _Running) -> list[Report]:
    lesson, learner = work.lesson, row.learner
    with tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch)
        for name, content in work.files.items():
            try:
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            except (OSError, ValueError) as error:  # a name that is none here
                learner.troubles.append(f"{name!r} cannot be written here: {error}.")
        notebook = folder / lesson.notebook.name
        if notebook.exists() and damaged(notebook):
            learner.troubles.append(f"{notebook.name} is damaged, and can no longer be read as a notebook.")
            row.unreadable |= set(lesson.starters)
        reports = []
        left: dict[str, str] = {}
        for task, source in read_answers(lesson, folder).items():
            key = kept.key(work, task, source)
            if source.strip() == starter_source(lesson, task).strip():
                # The text alone is compared: even to parse it is for the sandbox.
                reports.append(not_attempted(find_exercise(lesson, task)))
            elif known := kept.read(key):
                reports.append(known)
            else:
                left[task] = key
        if not left:
            return reports
        running.prepare(lesson)
        # Others are judged at the same time, so each may take longer than at home.
        for report in check_lesson(lesson, folder, list(left), limit=2 * LIMIT, sandbox=running):
            if running.stopped:
                break
            report.title = report.title or find_exercise(lesson, report.task).title
            if report.state is not State.STOPPED:  # on a busy machine it may end another time
                kept.write(left[report.task], report)
            reports.append(report)
    return reports


class _Running:
    """A sandbox that knows what runs in it, to end it all."""

    def __init__(self, sandbox: Sandbox, prepare: Callable[[Lesson], None]) -> None:
        self._sandbox = sandbox
        self._prepare = prepare
        self._prepared: set[str] = set()
        self._preparing = threading.Lock()
        self._workers: list[Worker] = []
        self._lock = threading.Lock()
        self.stopped = False

    def prepare(self, lesson: Lesson) -> None:
        """See to it that there is what a lesson needs."""
        with self._preparing:
            if lesson.slug not in self._prepared:
                self._prepare(lesson)
                self._prepared.add(lesson.slug)

    def start(self, given: Path, *written: Path) -> Worker:
        """A worker, unless all are to end."""
        with self._lock:
            if self.stopped:
                raise CourseError("Judging was broken off.")
            worker = self._sandbox.start(given, *written)
            self._workers = [*(one for one in self._workers if one.running), worker]
            return worker

    def inside(self, path: Path) -> str:
        """As the sandbox has it."""
        return self._sandbox.inside(path)

    def terms(self) -> dict[str, Any]:
        """Those of the sandbox."""
        return self._sandbox.terms()

    def stop(self) -> None:
        """End all, and let none begin."""
        with self._lock:
            self.stopped = True
            for worker in self._workers:
                worker.stop()


class _Kept:
    """Verdicts of one lesson, by all that they depend on: the answer, the checks, the course."""

    def __init__(self, folder: Path, lesson: Lesson, sandbox: Sandbox) -> None:
        digest = hashlib.sha256(type(sandbox).__name__.encode())
        sources = [*lesson.folder.glob("*.py"), ROOT / "requirements.txt"]
        sources += [path for room in ("judging", "running") for path in (ROOT / "course" / room).glob("*.py")]
        for path in sorted(sources):
            digest.update(path.read_bytes())
        self._folder = folder / lesson.slug / digest.hexdigest()[:16]
        with contextlib.suppress(OSError):
            for old in self._folder.parent.iterdir():
                if old != self._folder:
                    shutil.rmtree(old, ignore_errors=True)

    def key(self, work: Work, task: str, source: str) -> str:
        """What stands for one answer: its source, and all other files but notebooks, which it may import."""
        digest = hashlib.sha256(f"{task}\n{source}".encode(errors="surrogatepass"))
        for name, content in sorted(work.files.items()):
            if not name.endswith(".ipynb"):
                digest.update(f"\n{name}\n{len(content)}\n".encode(errors="surrogatepass") + content)
        return digest.hexdigest()

    def read(self, key: str) -> Report | None:
        """The verdict on this answer, if it is known."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            return Report.from_dict(json.loads((self._folder / key).read_text(encoding="utf-8")))
        return None

    def write(self, key: str, report: Report) -> None:
        """Keep a verdict, whole or not at all."""
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            unfinished = self._folder / f"{key}.{threading.get_ident()}"
            unfinished.write_text(json.dumps(report.as_dict()), encoding="utf-8")
            unfinished.replace(self._folder / key)


def standings(rows: Sequence[Row], lesson: Lesson) -> Iterator[Standing]:
    """For each task of a lesson: how many have it right, and at which checks the others stand."""
    for task in lesson.tasks:
        reports = [row.reports[task] for row in rows if task in row.reports]
        attempted = [one for one in reports if one.state is not State.NOT_ATTEMPTED]
        stuck: dict[str, list[Report]] = {}
        for one in attempted:
            if not one.passed:
                before = STOOD_BEFORE.get(one.state, "the first check")
                label = next((line.label for line in one.lines if line.name == one.failed), before)
                stuck.setdefault(label, []).append(one)
        yield Standing(
            task,
            find_exercise(lesson, task).title,
            sum(one.passed for one in reports),
            len(attempted),
            [
                Stuck(label, len(those), *_seen_by_most(those))
                for label, those in sorted(stuck.items(), key=lambda item: -len(item[1]))
            ],
        )


def _seen_by_most(reports: Sequence[Report]) -> tuple[str, int]:
    """The difference that most of these reports have, and how many have it."""
    seen = Counter(one.differs for one in reports if one.differs)
    return seen.most_common(1)[0] if seen else ("", 0)
