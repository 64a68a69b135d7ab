"""`course check --watch`: save a file, see the result.

Three threads tell the one that draws: the first watches files, the second reads keys, the third runs a
check. A save while a check runs stops that check, and the next one finds a worker that has imported
FastAPI already.
"""

from __future__ import annotations

import contextlib
import os
import queue
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from rich.console import RenderableType
from rich.text import Text
from watchfiles import Change, watch

from course.desk.advice import next_hint, next_step, worth_reading
from course.desk.terminal import console, place, report_details, report_line, sentence, solution_view
from course.desk.workspace import Progress, lesson_folder, next_lesson, sync, unsolved, workspace
from course.judging.child import Worker
from course.judging.report import Report, State
from course.judging.sandbox import check_lesson
from course.lessons import CourseError, Lesson, built_lessons

PATIENCE = 0.3
"""Seconds for which the former result stays on the screen while a check runs: no flicker."""

# What editors and Python write beside the file that is meant.
_NOT_A_SAVE = re.compile(r"\..*|.*~|#.*#|4913|.*\.(py[co]|sw.|tmp)|.*___jb_...___|__pycache__")

# Arrows, function keys and their like, as terminals send them.
_OTHER_KEYS = re.compile(r"\x1b(\[[0-9;?]*[@-~]|O?.)")


_KEYS = {"Enter": "check", "h": "hint", "s": "solution", "n": "next task", "q": "quit"}

# File systems whose files others may write, of which the system here hears nothing.
_SHARED = re.compile(
    r"(nfs\d?|cifs|smb\w*|9p|afs|ceph|lustre|gpfs|vboxsf|prl_fs|vmhgfs|virtiofs|fakeowner|osxfs|grpcfuse|fuse\..*)"
)


@dataclass(frozen=True)
class Saved:
    """A file of the lesson was written, removed or put back."""


@dataclass(frozen=True)
class Key:
    """Somebody pressed a key."""

    character: str


@dataclass(frozen=True)
class News:
    """From a running check: a report, what prevents the check, or None at its end."""

    run: CheckRun
    what: Report | CourseError | None


@dataclass(frozen=True)
class Blind:
    """Files cannot be watched here, and why."""

    why: OSError


@dataclass(frozen=True)
class Polls:
    """No event of a save comes here: files are looked at again and again."""


Events: TypeAlias = "queue.SimpleQueue[Saved | Key | News | Blind | Polls]"


class CheckRun:
    """One check of a lesson in a thread of its own, which can be called off."""

    def __init__(self, lesson: Lesson, tasks: Sequence[str], worker: Worker, events: Events) -> None:
        self._lesson = lesson
        self._left = list(tasks)
        self._worker = worker
        self._events = events
        self._lock = threading.Lock()
        self._called_off = False
        threading.Thread(target=self._run, daemon=True).start()

    def call_off(self) -> None:
        """Stop it now; what it still tells is of no interest any more."""
        with self._lock:
            self._called_off = True
            self._worker.stop()

    def _run(self) -> None:
        try:
            while self._left and not self._called_off:
                self._run_until_stopped()
                self._renew_worker()
        except CourseError as error:
            self._events.put(News(self, error))
        except OSError as error:  # a file went away while it was copied, say
            self._events.put(News(self, CourseError(f"Your files could not be read ({error}): save again.")))
        self._events.put(News(self, None))

    def _run_until_stopped(self) -> None:
        """Run tasks up to the first that was stopped: the rest needs a worker, which must be ours."""
        folder = lesson_folder(self._lesson)
        for report in check_lesson(self._lesson, folder, tuple(self._left), worker=self._worker):
            self._left.remove(report.task)
            self._events.put(News(self, report))
            if report.state is State.STOPPED:
                return

    def _renew_worker(self) -> None:
        with self._lock:
            if self._left and not self._called_off:
                self._worker = Worker()


class Watch:
    """The screen that follows a lesson: `tasks` are checked at every save."""

    def __init__(self, lesson: Lesson, tasks: Sequence[str], worker: Worker | None) -> None:
        self._lesson = lesson
        self._tasks = list(tasks)
        self._warm = worker
        self._events: Events = queue.SimpleQueue()
        self._progress = Progress(workspace())
        self._run: CheckRun | None = None
        self._reports: list[Report] = []
        self._notes: list[RenderableType] = []
        self._draw_at: float | None = None
        self._checked_at = datetime.now()
        self._has_keys = False
        self._polls = False
        self._chosen: str | None = None
        """The task that somebody went on to; without one the first that is wrong or missing is shown."""

    def run(self) -> None:
        """Watch until somebody presses q or Ctrl-C."""
        self._lay_lesson()
        followed = watched_files(self._events, lambda: lesson_folder(self._lesson))
        try:
            with followed, pressed_keys(self._events) as self._has_keys:
                self._check()
                while self._take_next():
                    pass
        finally:
            if self._run is not None:  # an idle worker ends by itself when we do
                self._run.call_off()

    def _lay_lesson(self) -> None:
        if not lesson_folder(self._lesson).exists():
            sync([self._lesson])

    def _check(self) -> None:
        """Begin a check, in place of one that may be running."""
        if self._run is not None:
            self._run.call_off()
        self._reports = []
        worker, self._warm = self._warm or Worker(), None
        self._run = CheckRun(self._lesson, self._tasks, worker, self._events)
        self._draw_at = time.monotonic() + PATIENCE

    def _take_next(self) -> bool:
        """Handle what happens next; tell whether to go on."""
        # Never without a limit: on Windows Ctrl-C waits for the end of `get`.
        left = 0.5 if self._draw_at is None else self._draw_at - time.monotonic()
        try:
            event = self._events.get(timeout=max(0.0, left))
        except queue.Empty:
            if self._draw_at is not None:
                self._draw_at = None
                self._draw()
            return True
        match event:
            case Saved():
                self._notes = []
                self._check()
            case News(run, what) if run is self._run:
                self._hear(what)
            case Blind(why):
                raise CourseError(f"Nothing can be watched in {workspace()}: {why}.")
            case Polls():
                self._polls = True
            case Key("\n" | "\r"):
                self._notes = []
                self._check()
            case Key("q"):
                return False
            case Key(character):
                self._press(character)
        return True

    def _hear(self, what: Report | CourseError | None) -> None:
        if isinstance(what, Report):
            self._reports.append(what)
            if what.passed:
                self._progress.mark_done(what.task)
                if what.task == self._chosen:
                    self._chosen = None
        elif isinstance(what, CourseError):
            self._notes = [sentence(str(what), "red")]
        else:
            self._run = None
            self._checked_at = datetime.now()
            self._warm = Worker()
            self._draw_at = None
        if self._draw_at is None:
            self._draw()

    def _press(self, character: str) -> None:
        try:
            if character == "h":
                note = next_hint(self._lesson, self._task(), self._progress)
                self._notes = [sentence(note)]
            elif character == "s":
                self._notes = [self._solution()]
            elif character == "n":
                self._go_on()
            else:
                return
        except CourseError as error:
            self._notes = [sentence(str(error), "red")]
        self._draw()

    def _solution(self) -> RenderableType:
        from course.judging.tasks import solution_text  # loads FastAPI: not before somebody asks

        task = self._task()
        return solution_view(task, *solution_text(self._lesson, task))

    def _shown(self) -> Report | None:
        """The report to show whole."""
        chosen = [report for report in self._reports if report.task == self._chosen]
        return worth_reading(chosen) or worth_reading(self._reports)

    def _task(self) -> str:
        """The task that help is wanted for."""
        if self._chosen is not None:
            return self._chosen
        if shown := self._shown():
            return shown.task
        left = unsolved(self._lesson, self._progress)
        return next((task for task in self._tasks if task in left), self._tasks[-1])

    def _go_on(self) -> None:
        """Turn to the lesson's next unsolved task; after its last one, to the next lesson with any."""
        self._notes = []
        tasks = self._lesson.tasks
        left = unsolved(self._lesson, self._progress)
        after = [task for task in tasks[tasks.index(self._task()) + 1 :] if task in left]
        if after and after[0] in self._tasks:
            self._chosen = after[0]
            return
        if after:
            self._tasks = after[:1]
        else:
            lessons = built_lessons()
            here = lessons.index(self._lesson)
            following = next_lesson(lessons[here + 1 :] + lessons[:here], self._progress)
            if following is None:
                raise CourseError("There is no other lesson with anything left to do.")
            self._lesson, self._tasks = following, list(following.tasks)
            self._lay_lesson()
        self._chosen = None
        self._check()

    def _draw(self) -> None:
        """Draw the screen anew; where there is none, print what has come out."""
        screen = console()
        if self._run is not None and not screen.is_terminal:
            return
        with screen:  # everything in one write: no flicker
            screen.clear()
            for part in self._parts():
                screen.print(part)

    def _parts(self) -> Iterator[RenderableType]:
        yield Text(f"Lesson {self._lesson.number}: {self._lesson.title}", "bold")
        yield Text(place(lesson_folder(self._lesson)), "dim")
        if self._polls:
            yield Text("No event of a save comes here, so your files are looked at again and again.", "dim")
        yield ""
        shown = self._shown() if self._run is None else None
        if shown is None or len(self._tasks) > 1:
            yield from map(report_line, self._reports)
            yield ""
        if shown is not None:
            yield report_details(shown)
            yield ""
        if self._run is None and self._reports and (not shown or shown.state is State.NOT_ATTEMPTED):
            advice = next_step([shown] if shown else self._reports, self._lesson, self._progress)
            yield sentence(advice, "" if shown else "green")
            yield ""
        for note in self._notes:
            yield note
            yield ""
        yield self._bar()

    def _bar(self) -> Text:
        state = "checking …" if self._run is not None else f"checked at {self._checked_at:%H:%M:%S}"
        if not self._has_keys:
            return Text(f"{state}; save a file to check again, Ctrl-C to quit", "dim")
        bar = Text(style="reverse", no_wrap=True, overflow="crop")
        for key, meaning in _KEYS.items():
            bar.append(f" {key}", "bold").append(f" {meaning}  ")
        return bar.append(f" {state} ")


@contextlib.contextmanager
def watched_files(events: Events, folder: Callable[[], Path]) -> Iterator[None]:
    """Tell of every save in the folder that is followed at that time."""
    # The workspace is watched, not the lesson's folder: that one may vanish and come back.
    stop, ready = threading.Event(), threading.Event()
    thread = threading.Thread(target=_watch_files, args=(events, folder, stop, ready), daemon=True)
    thread.start()
    ready.wait()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _watch_files(
    events: Events, folder: Callable[[], Path], stop: threading.Event, ready: threading.Event
) -> None:
    def is_save(_: Change, path: str) -> bool:
        try:
            parts = Path(path).relative_to(folder()).parts
        except ValueError:
            return False
        return not any(_NOT_A_SAVE.fullmatch(part) for part in parts)

    def follow(force_polling: bool | None) -> None:
        # Short timeouts, because only the first of them tells that watching has begun.
        for changes in watch(
            workspace(),
            watch_filter=is_save,
            stop_event=stop,
            rust_timeout=100,
            yield_on_timeout=True,
            force_polling=force_polling,
        ):
            if force_polling and not ready.is_set():
                events.put(Polls())
            ready.set()
            if changes:
                events.put(Saved())

    try:
        if not is_shared(workspace()) and not os.environ.get("WATCHFILES_FORCE_POLLING"):
            with contextlib.suppress(OSError):  # there are more watches than the system allows
                return follow(force_polling=None)
        follow(force_polling=True)
    except OSError as error:
        events.put(Blind(error))
    finally:
        ready.set()


def is_shared(folder: Path, mounts: Path = Path("/proc/self/mountinfo")) -> bool:
    """Whether `folder` lies on a network drive, or in a folder that a container shares with its host."""
    kinds: dict[str, str] = {}
    with contextlib.suppress(OSError):  # only Linux has it; elsewhere the system tells of all saves
        for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines():
            before, _, after = line.partition(" - ")
            mounted_at = re.sub(r"\\(\d{3})", lambda code: chr(int(code[1], 8)), before.split(" ")[4])
            kinds[mounted_at] = after.split(" ")[0]
    kind = next((kinds[str(path)] for path in (folder, *folder.parents) if str(path) in kinds), "")
    return _SHARED.fullmatch(kind) is not None


@contextlib.contextmanager
def pressed_keys(events: Events) -> Iterator[bool]:
    """Tell of keys as they are pressed, and whether there is a keyboard at all."""
    if sys.stdin is None or not sys.stdin.isatty():
        yield False
    elif sys.platform == "win32":
        stop = threading.Event()
        threading.Thread(target=_read_windows_keys, args=(stop, events), daemon=True).start()
        yield True
        stop.set()
    else:
        with _read_posix_keys(events):
            yield True


if sys.platform == "win32":

    def _read_windows_keys(stop: threading.Event, events: Events) -> None:
        import msvcrt

        # Asked, not waited for: while `getwch` waits, Ctrl-C is a key like any other.
        while not stop.wait(0.05):
            while msvcrt.kbhit():
                character = msvcrt.getwch()
                if character in "\x00\xe0":  # an arrow or function key: its code follows
                    msvcrt.getwch()
                else:
                    events.put(Key(character.lower()))

else:

    @contextlib.contextmanager
    def _read_posix_keys(events: Events) -> Iterator[None]:
        import termios
        import tty

        terminal = sys.stdin.fileno()
        before = termios.tcgetattr(terminal)
        stop, ask_to_stop = os.pipe()
        thread = threading.Thread(target=_read_until, args=(stop, terminal, events), daemon=True)
        try:
            tty.setcbreak(terminal)  # keys come at once and unseen; Ctrl-C still interrupts
            thread.start()
            yield
        finally:
            os.close(ask_to_stop)
            if thread.is_alive():
                thread.join()
            os.close(stop)
            termios.tcsetattr(terminal, termios.TCSAFLUSH, before)

    def _read_until(stop: int, terminal: int, events: Events) -> None:
        import select

        while stop not in (ready := select.select([stop, terminal], [], [])[0]):
            block = os.read(terminal, 64) if ready else b""
            if not block:
                return  # the terminal is gone
            for character in _OTHER_KEYS.sub("", block.decode(errors="ignore")):
                events.put(Key(character.lower()))
