"""A sandbox for code that nobody trusts, by bubblewrap: Linux namespaces, for ordinary users.

What runs inside sees the course without its solutions, the one folder that it is given, and a scratch folder
in memory. It has a network of its own with nothing but loopback, processes of its own that end with it, and
no file that it may write but those that it is given for that.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil

from course.judging.child import Worker
from course.lessons import ROOT

MEMORY = 1_500_000_000
"""Bytes that all processes of one learner may hold together."""

SCRATCH = 64_000_000
"""Bytes that they may write: half of that also where shared memory lies."""

PROCESSES = 200
"""Processes and threads."""

SEEN = ("course", "lessons", "notebooks")
"""What is seen of the course: all that judging reads. Solutions and other people's answers are not there."""

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
NAMES = ("alternatives", "hosts", "ld.so.cache", "localtime", "nsswitch.conf", "ssl")
"""What is seen of `/etc`."""

WORK = "/tmp/work"
"""Where the code works inside: the folder that it was given, as a copy."""


class Bubblewrap:
    """A `Sandbox` by the program `bwrap`."""

    def __init__(self, program: str) -> None:
        self.program = program

    @classmethod
    def find(cls) -> Bubblewrap | None:
        """The sandbox of this machine; None where there is none that works."""
        program = shutil.which("bwrap")
        if sys.platform != "linux" or program is None:
            return None
        found = cls(program)
        tried = subprocess.run([*found.words, "true"], capture_output=True, check=False)
        return found if tried.returncode == 0 else None

    @cached_property
    def words(self) -> list[str]:
        """The command that runs another one inside, without what it is given."""
        words = [self.program, "--unshare-all", "--unshare-user", "--uid", "1000", "--gid", "1000"]
        words += ["--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "sandbox"]
        words += [*_places(), "--proc", "/proc", "--dev", "/dev"]
        words += ["--size", str(SCRATCH // 2), "--tmpfs", "/dev/shm", "--remount-ro", "/dev"]
        words += ["--size", str(SCRATCH), "--tmpfs", "/tmp"]
        return words

    def start(self, given: Path, *written: Path) -> Worker:
        """A worker inside, that is stopped when it takes too much memory."""
        seen = ["--ro-bind", str(given), str(given)]
        for path in written:
            seen += ["--bind", str(path), str(path)]
        worker = Worker(
            inside=[*self.words, *seen, "--remount-ro", "/", "--chdir", "/tmp"],
            environment={"PATH": os.environ.get("PATH", os.defpath), "HOME": "/tmp", "LANG": "C.UTF-8"},
        )
        threading.Thread(target=_watch, args=(worker,), daemon=True).start()
        return worker

    def inside(self, path: Path) -> str:
        """The same place."""
        return str(path)

    def terms(self) -> dict[str, Any]:
        """Where the worker works, and the operating system's limits for each of its processes."""
        limits = {"RLIMIT_NPROC": PROCESSES, "RLIMIT_FSIZE": SCRATCH, "RLIMIT_CORE": 0}
        return {"folder": WORK, "limits": limits}


def _places() -> Iterator[str]:
    """The words that show what is the same for all who are judged."""
    for place in SYSTEM:
        if os.path.islink(place):  # noqa: PTH114
            yield from ("--symlink", os.readlink(place), place)  # noqa: PTH115
        else:
            yield from ("--ro-bind-try", place, place)
    for name in NAMES:
        yield from ("--ro-bind-try", f"/etc/{name}", f"/etc/{name}")
    pythons = {str(Path(prefix).resolve()) for prefix in (sys.prefix, sys.base_prefix)}
    for python in sorted(pythons):
        if not python.startswith("/usr"):
            yield from ("--ro-bind", python, python)
    for name in SEEN:
        yield from ("--ro-bind", str(ROOT / name), str(ROOT / name))


def _watch(worker: Worker) -> None:
    """Stop a worker that holds too much memory, all its processes together."""
    news = threading.Event()
    try:
        sandbox = psutil.Process(worker.pid)
        while sandbox.is_running() and sandbox.status() != psutil.STATUS_ZOMBIE:
            if _held(sandbox) > MEMORY:
                worker.ended_because = (
                    f"Your code took more than {MEMORY / 1e9:g} GB of memory: it was stopped."
                )
                sandbox.kill()
                return
            news.wait(0.1)
    except psutil.NoSuchProcess:
        return


def _held(sandbox: psutil.Process) -> int:
    """Bytes that its processes hold, what several share counted once where the system tells."""
    processes = sandbox.children(recursive=True)
    held = sum(_told(process, "memory_info", "rss") or 0 for process in processes)
    if held <= MEMORY:  # which is quick to read, and counts what is shared for each
        return held
    return sum(
        _told(process, "memory_full_info", "pss") or _told(process, "memory_info", "rss") or 0
        for process in processes
    )


def _told(process: psutil.Process, how: str, what: str) -> int | None:
    with contextlib.suppress(psutil.Error):
        return int(getattr(getattr(process, how)(), what))
    return None  # it has ended, or may not be read
