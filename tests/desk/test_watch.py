"""`course check --watch`, in a terminal of its own and without one."""

from __future__ import annotations

import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import watchfiles
from commandline import PATIENCE, command, course, environment, solve, write_app, write_exercise

from course.desk.watch import Blind, Events, Polls, Saved, is_shared, watched_files
from course.desk.workspace import Progress, sync
from course.lessons import ROOT, Lesson, find_lesson

EMPTY_APP = "from fastapi import FastAPI\n\napp = FastAPI()\n"
IGNORED = shutil.ignore_patterns("__pycache__")
BROKEN_APP = "app = 1 / 0\n"

needs_terminal = pytest.mark.skipif(
    sys.platform == "win32", reason="Python cannot make a console for another process on Windows"
)


@pytest.fixture
def space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path / "workspace"))
    return tmp_path / "workspace"


@pytest.fixture
def lesson(space: Path) -> Lesson:
    lesson = find_lesson("01")
    sync([lesson])
    return lesson


class Watching:
    """A running `course check --watch`: what it has written so far, and its keyboard."""

    def __init__(self, process: subprocess.Popen[bytes], output: int, terminal: int | None) -> None:
        self.process = process
        self._output = output
        self.terminal = terminal
        self._written = ""
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, args=(output,), daemon=True)
        self._reader.start()

    def _read(self, output: int) -> None:
        while block := _read_block(output):
            with self._news:
                self._written += block.decode(errors="replace")
                self._news.notify_all()

    @property
    def screen(self) -> str:
        """What was written since the screen was last cleared, without colours."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self._written.rpartition("\x1b[2J")[2])

    def wait_for(self, *words: str) -> str:
        """Wait until the screen shows all of `words`, and return it."""
        return self.wait_until(lambda screen: all(word in screen for word in words), words)

    def wait_until(self, fits: Callable[[str], bool], what: object) -> str:
        with self._news:
            shown = self._news.wait_for(lambda: fits(self.screen), PATIENCE)
            assert shown, f"never showed {what}; the last was:\n{self.screen}"
            return self.screen

    def press(self, key: str) -> None:
        assert self.terminal is not None
        os.write(self._output, key.encode())

    def end(self) -> int:
        """Wait for its end, and until all that it wrote is read; return the exit code."""
        code = self.process.wait(PATIENCE)
        if self.terminal is not None:
            os.close(self.terminal)  # our end hears of the end when nobody holds the other one
            self.terminal = None
        self._reader.join(PATIENCE)
        return code

    def kill(self) -> None:
        for process in self.processes() if self.process.poll() is None else []:
            process.kill()
        self.process.kill()
        self.end()
        os.close(self._output)

    def processes(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


def _read_block(output: int) -> bytes:
    try:
        return os.read(output, 1 << 16)
    except OSError:  # Linux says so when the last process has closed a terminal
        return b""


Start = Callable[..., Watching]


@pytest.fixture
def start(space: Path) -> Iterator[Start]:
    """Start watching in a terminal of 80 columns; whatever happens, nothing is left running."""
    import pty
    import termios

    started: list[Watching] = []

    def start(*arguments: str, **more: str) -> Watching:
        ours, theirs = pty.openpty()
        termios.tcsetwinsize(ours, (50, 80))
        process = subprocess.Popen(
            command("check", *arguments, "--watch"),
            cwd=space.parent,
            env=environment(space, TERM="xterm-256color", **more),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=lambda: _take_terminal(theirs),
        )
        started.append(Watching(process, ours, theirs))
        return started[-1]

    yield start
    for watching in started:
        watching.kill()


def _take_terminal(terminal: int) -> None:
    """Make `terminal` the one whose Ctrl-C reaches this process."""
    import fcntl
    import termios

    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)


@needs_terminal
def test_a_save_shows_the_new_result(lesson: Lesson, space: Path, start: Start) -> None:
    watching = start("01")
    screen = watching.wait_for("checked at")
    assert screen.startswith(f"Lesson 01: {lesson.title}\r\n")
    assert [task for task in lesson.tasks if f"○ {task} " in screen] == list(lesson.tasks)
    assert watching.processes(), "the next worker is there already"
    write_app(space, lesson, BROKEN_APP)
    watching.wait_for("✗ 1.app", "ZeroDivisionError", "checked at")
    solve(space, lesson, "1.app")
    watching.wait_for("✓ 1.app", "checked at")
    assert Progress(space).done("1.app")
    solve(space, lesson, "1.1")
    watching.wait_for("✓ 1.1", "checked at")
    watching.press("q")
    assert watching.end() == 0


@needs_terminal
def test_hints_and_the_solution_are_one_key_away(lesson: Lesson, space: Path, start: Start) -> None:
    write_app(space, lesson, EMPTY_APP)
    watching = start("1.app")
    watching.wait_for("404 Not Found", "checked at")
    watching.press("h")
    watching.wait_for("Hint 1 of", "404 Not Found", "checked at")
    watching.press("\x1bOSH")  # F4 is no command, though its code ends with one
    watching.wait_for("Hint 2 of", "checked at")
    assert "Solution" not in watching._written
    assert Progress(space).hints("1.app") == 2
    watching.press("s")
    watching.wait_for("1.app Solution", "@app.", "checked at")
    write_app(space, lesson, BROKEN_APP)
    screen = watching.wait_for("ZeroDivisionError", "checked at")
    assert "Solution" not in screen, "a save takes the help away"
    watching.press("q")
    assert watching.end() == 0


@needs_terminal
def test_enter_checks_at_once(lesson: Lesson, space: Path, start: Start) -> None:
    away = space.parent / "away.py"
    app = space / lesson.slug / "app.py"
    app.unlink()
    app.symlink_to(away)  # what happens there is no event here, as on a network drive
    away.write_text(BROKEN_APP, encoding="utf-8")
    watching = start("1.app")
    watching.wait_for("ZeroDivisionError", "checked at", "Enter check")
    away.write_text(EMPTY_APP, encoding="utf-8")
    watching.press("\n")
    watching.wait_for("404 Not Found", "checked at")
    watching.press("h")
    watching.wait_for("Hint 1 of", "checked at")
    watching.press("\r")
    assert "Hint" not in watching.wait_until(
        lambda screen: "Hint" not in screen and "checked at" in screen, "a check without the hint"
    )
    watching.press("q")
    assert watching.end() == 0


@needs_terminal
def test_n_goes_to_the_next_task(lesson: Lesson, space: Path, start: Start) -> None:
    first, second, third, *_ = lesson.tasks
    for task in (first, third):
        solve(space, lesson, task)
        write_exercise(space, lesson, task, "raise KeyError('first')" if task == first else "1 / 0")
    watching = start("01")
    watching.wait_for("KeyError: 'first'", "checked at", "n next task")
    watching.press("n")
    watching.wait_for(f"Next is {second}: write it in", f"✗ {first} ", "checked at")
    watching.press("n")
    assert "KeyError" not in watching.wait_for("ZeroDivisionError", "checked at")
    watching.press("h")
    watching.wait_for(f"{third} ", "Hint 1 of", "ZeroDivisionError", "checked at")
    assert Progress(space).hints(third) == 1
    solve(space, lesson, third)
    watching.wait_for(f"✓ {third} ", "KeyError: 'first'", "checked at")
    watching.press("q")
    assert watching.end() == 0


@needs_terminal
def test_n_goes_on_from_a_single_task(lesson: Lesson, space: Path, start: Start) -> None:
    first, second, *_ = lesson.tasks
    write_exercise(space, lesson, second, "1 / 0")
    watching = start(first)
    watching.wait_for(f"Next is {first}: write it in", "checked at")
    watching.press("n")
    assert f"{first} " not in watching.wait_for(f"✗ {second} ", "ZeroDivisionError", "checked at")
    watching.press("q")
    assert watching.end() == 0


@needs_terminal
def test_after_the_last_task_n_goes_to_the_next_unsolved_lesson(
    lesson: Lesson, space: Path, start: Start, tmp_path: Path
) -> None:
    checkout = copy_with_second_lesson(lesson, tmp_path / "checkout")
    watching = start("1.app", PYTHONPATH=str(checkout))
    watching.wait_for("○ 1.app", "checked at")
    watching.press("n")
    watching.wait_for("Lesson 02: ", str(Path("workspace", "02-second")), "○ 2.app", "checked at")
    write_app(space, Lesson("02-second"), BROKEN_APP)
    watching.wait_for("✗ 2.app", "ZeroDivisionError", "checked at")
    watching.press("n")
    watching.wait_for("Lesson 01: ", "○ 1.app", "checked at")
    for task in [task for task in (*lesson.tasks, *second_tasks(lesson)) if task != "1.1"]:
        Progress(space).mark_done(task)
    watching.press("n")
    watching.wait_for("no other lesson with anything left to do")
    watching.press("q")
    assert watching.end() == 0


def copy_with_second_lesson(lesson: Lesson, checkout: Path) -> Path:
    """The course with a second lesson: the first one, renumbered."""
    shutil.copytree(ROOT / "course", checkout / "course", ignore=IGNORED)
    for folder in (lesson.folder, lesson.solutions, lesson.notebook):
        for slug in (lesson.slug, "02-second"):
            target = checkout / folder.relative_to(ROOT).with_name(folder.name.replace(lesson.slug, slug))
            target.parent.mkdir(exist_ok=True)
            if folder.is_dir():
                shutil.copytree(folder, target, ignore=IGNORED)
            else:
                shutil.copy(folder, target)
    for path in [path for path in checkout.rglob("*") if "02-second" in str(path) and path.is_file()]:
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"\b1\.(?=\d|app|p\d)", "2.", text), encoding="utf-8")
    return checkout


def second_tasks(lesson: Lesson) -> list[str]:
    return [task.replace("1.", "2.", 1) for task in lesson.tasks]


@needs_terminal
def test_every_way_to_save_is_seen(lesson: Lesson, space: Path, start: Start) -> None:
    app = space / lesson.slug / "app.py"
    beside = app.with_name("app.py~new")
    watching = start("1.app")
    watching.wait_for("○ 1.app", "checked at")

    beside.write_text(BROKEN_APP, encoding="utf-8")  # as PyCharm does
    beside.replace(app)
    watching.wait_for("ZeroDivisionError", "checked at")

    app.rename(app.with_name("app.py~"))  # as vim does
    app.write_text(EMPTY_APP, encoding="utf-8")
    watching.wait_for("404 Not Found", "checked at")

    app.unlink()
    watching.wait_for("app.py is not in", "course reset 01", "checked at")
    app.write_text(BROKEN_APP, encoding="utf-8")
    watching.wait_for("ZeroDivisionError", "checked at")

    course(space, "reset", "01")  # while it is watched
    watching.wait_for("○ 1.app", "checked at")
    shutil.rmtree(app.parent)
    watching.wait_for("app.py is not in", "checked at")
    sync([lesson])
    watching.wait_for("○ 1.app", "checked at")
    app.write_text(EMPTY_APP, encoding="utf-8")
    watching.wait_for("404 Not Found", "checked at")


def make_old(path: Path) -> None:
    """Polling compares times in whole seconds: two saves in the same one look alike."""
    os.utime(path, (path.stat().st_mtime - 3600,) * 2)


@needs_terminal
def test_file_systems_that_send_no_events_are_polled(lesson: Lesson, space: Path, start: Start) -> None:
    make_old(space / lesson.slug / "app.py")
    watching = start("1.app", WATCHFILES_FORCE_POLLING="1", WATCHFILES_DEBUG="1")
    watching.wait_for("○ 1.app", "No event of a save comes here", "checked at")
    assert "PollWatcher" in watching._written
    write_app(space, lesson, BROKEN_APP)
    watching.wait_for("ZeroDivisionError", "checked at")


@needs_terminal
def test_a_save_replaces_the_check_that_runs(lesson: Lesson, space: Path, start: Start) -> None:
    started = space / "started"
    endless = f"open({str(started)!r}, 'w').close()\nwhile True:\n    pass\n"
    watching = start("1.app")
    watching.wait_for("○ 1.app", "checked at")
    write_app(space, lesson, endless)
    while not started.exists():
        assert watching.process.poll() is None
    watching.wait_for("checking …")
    (worker,) = watching.processes()
    write_app(space, lesson, EMPTY_APP)
    watching.wait_for("404 Not Found", "checked at")
    assert not worker.is_running()
    assert "did not end within" not in watching._written


@needs_terminal
@pytest.mark.parametrize("way", ["Ctrl-C", "SIGTERM", "SIGHUP"])
def test_however_it_ends_nothing_is_left(lesson: Lesson, space: Path, start: Start, way: str) -> None:
    import termios

    watching = start("1.app")
    assert watching.terminal is not None
    terminal = os.dup(watching.terminal)
    watching.wait_for("○ 1.app", "checked at")
    assert not termios.tcgetattr(terminal)[3] & termios.ECHO, "keys are read unseen"
    write_app(space, lesson, "while True:\n    pass\n")
    watching.wait_for("checking …")
    workers = watching.processes()
    assert workers
    if way == "Ctrl-C":
        watching.press("\x03")
        code = 130
    else:
        code = 128 + signal.Signals[way]
        watching.process.send_signal(code - 128)
    assert watching.process.wait(PATIENCE) == code
    local_modes = termios.tcgetattr(terminal)[3]
    assert local_modes & termios.ECHO
    assert local_modes & termios.ICANON
    os.close(terminal)
    watching.end()
    assert psutil.wait_procs(workers, PATIENCE)[1] == []
    assert "Traceback" not in watching._written


def test_without_a_terminal_results_follow_one_another(lesson: Lesson, space: Path) -> None:
    process = subprocess.Popen(
        command("check", "1.app", "--watch"),
        env=environment(space),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout is not None
    watching = Watching(process, process.stdout.fileno(), None)
    try:
        watching.wait_for("○ 1.app", "save a file to check again")
        write_app(space, lesson, BROKEN_APP)
        said = watching.wait_for("○ 1.app", "ZeroDivisionError")
        assert "\x1b" not in watching._written
        assert "checking" not in said
    finally:
        for child in watching.processes():
            child.kill()
        process.kill()
        watching.end()
        process.stdout.close()


def test_one_lesson_at_a_time(lesson: Lesson, space: Path, tmp_path: Path) -> None:
    checkout = copy_with_second_lesson(lesson, tmp_path / "checkout")
    done = course(space, "check", "01", "02", "--watch", code=1, PYTHONPATH=str(checkout))
    assert "one lesson at a time" in done.stderr


def test_where_the_system_allows_no_more_watches_files_are_polled(
    lesson: Lesson, space: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def refuse_events(*paths: Path, force_polling: bool | None, **options: Any) -> Iterator[Any]:
        asked.append(force_polling)
        if not force_polling:
            raise OSError("OS file watch limit reached.")
        return watchfiles.watch(*paths, force_polling=True, **options)

    monkeypatch.setattr("course.desk.watch.watch", refuse_events)
    make_old(space / lesson.slug / "app.py")
    events: Events = queue.SimpleQueue()
    with watched_files(events, lambda: space / lesson.slug):
        assert events.get(timeout=PATIENCE) == Polls()
        write_app(space, lesson, BROKEN_APP)
        assert events.get(timeout=PATIENCE) == Saved()
    assert asked == [None, True]


@pytest.mark.parametrize(
    ("folder", "shared"),
    [
        ("/home/ada/course", False),
        ("/home/ada/net drive/course", True),
        ("/home/ada/net", False),
        ("/course", True),
        ("/course/local", False),
        ("/", False),
    ],
)
def test_folders_that_others_write_to_are_known(tmp_path: Path, folder: str, shared: bool) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
        "23 22 0:40 / /home/ada/net\\040drive rw shared:2 master:3 - nfs4 host:/ada rw\n"
        "24 22 0:41 /c /course rw - fuse.grpcfuse grpcfuse rw\n"
        "25 24 8:2 / /course/local rw - ext4 /dev/sda2 rw\n",
        encoding="utf-8",
    )
    assert is_shared(Path(folder), mounts) is shared
    assert not is_shared(Path(folder), tmp_path / "none")


def test_what_cannot_be_watched_at_all_is_said(space: Path) -> None:
    events: Events = queue.SimpleQueue()
    with watched_files(events, lambda: space):  # there is no such folder
        assert isinstance(events.get(timeout=PATIENCE), Blind)
