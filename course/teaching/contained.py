"""A sandbox for code that nobody trusts, by a container engine: where there is no bubblewrap.

An image has Python and the packages that learners have, and is made once. What runs in a container of it sees
the course without its solutions, the one folder that it is given, and a scratch folder in memory; it has no
network but its own loopback, and ends with whoever started it.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from course.desk.packages import LESSON_LOCK
from course.judging.child import Worker
from course.lessons import ROOT, CourseError, built_lessons
from course.teaching import confined

ENGINES = ("docker", "podman")

ANSWERS_WITHIN = 20.0
"""Seconds in which an engine that runs says so."""

COURSE, GIVEN, WRITTEN = "/opt/course", "/opt/given", "/opt/written"
"""Where a container has the course, the folder that it is given, and the files that it may write."""

DOCKERFILE = f"""\
FROM python:{sys.version_info.major}.{sys.version_info.minor}-slim
COPY locks /locks
RUN for lock in /locks/*; do pip install --no-cache-dir --no-deps --requirement "$lock" || exit 1; done
"""


class Container:
    """A `Sandbox` by Docker or Podman.

    Args:
        program: the engine's command.
        image: has Python, and what learners have.
        python: the command that is Python in it.
        more: options besides, for its `run`.
    """

    def __init__(self, program: str, image: str, python: str = "python", more: Sequence[str] = ()) -> None:
        self.program = program
        self.image = image
        self.python = python
        self.more = more

    @classmethod
    def find(cls, tell: Callable[[str], None]) -> Container | None:
        """The sandbox of this machine, its image made if need be; None where no engine runs.

        Args:
            tell: is given a sentence where an image is made, which takes minutes.

        Raises:
            CourseError: the image could not be made; the message has the engine's last words.
        """
        for name in ENGINES:
            program = shutil.which(name)
            if program and _asked(program, "info"):
                return cls(program, _image(program, tell))
        return None

    def start(self, given: Path, *written: Path) -> Worker:
        """A worker inside; the engine ends it when all its processes take too much memory."""
        name = f"course-{secrets.token_hex(8)}"
        words = self.words(name)
        for path in (given, *written):
            words += _mounted(path, self.inside(path), readonly=path is given)
        # The first process of a container cannot be killed from inside; that one is not the judge.
        words += [self.image, "sh", "-c", '"$@"; exit $?', "sh"]
        # Podman's monitor leaves a file where it runs, when memory was full.
        return _Contained(self.program, name, inside=words, python=self.python, folder=str(given.parent))

    def inside(self, path: Path) -> str:
        """Where a container has it."""
        return GIVEN if path.is_dir() else f"{WRITTEN}/{path.name}"

    def terms(self) -> dict[str, Any]:
        """Where the worker works, and limits for each of its processes."""
        limits = {"RLIMIT_FSIZE": confined.SCRATCH, "RLIMIT_CORE": 0}
        return {"folder": confined.WORK, "limits": limits}

    def words(self, name: str) -> list[str]:
        """The command that makes a container of this name, up to the image."""
        words = [self.program, "run", "--rm", "--interactive", f"--name={name}", *self.more]
        for place in confined.SEEN:
            words += _mounted(ROOT / place, f"{COURSE}/{place}", readonly=True)
        words += ["--network=none", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"]
        words += ["--security-opt=label=disable"]  # else SELinux hides what is mounted
        words += [f"--memory={confined.MEMORY}", f"--memory-swap={confined.MEMORY}"]
        words += [f"--pids-limit={confined.PROCESSES}", f"--shm-size={confined.SCRATCH // 2}"]
        words += [f"--tmpfs=/tmp:rw,exec,mode=1777,size={confined.SCRATCH}", "--workdir=/tmp"]
        if sys.platform != "win32":
            words += [f"--user={os.getuid()}:{os.getgid()}"]  # who may read what is mounted
            if Path(self.program).name == "podman" and os.getuid():
                words += ["--userns=keep-id"]
        inside = {"HOME": "/tmp", "LANG": "C.UTF-8", "PYTHONPATH": COURSE, "PYTHONUTF8": "1"}
        inside |= {"PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "ignore", "PYTHONDONTWRITEBYTECODE": "1"}
        return [*words, *(f"--env={name}={value}" for name, value in inside.items())]


class _Contained(Worker):
    """A worker in a container, which goes on when the command that asked for it is killed."""

    def __init__(self, program: str, name: str, **how: Any) -> None:
        self._remove = [program, "rm", "--force", "--volumes", name]
        super().__init__(**how)

    def stop(self) -> None:
        """End the container, whatever runs in it."""
        super().stop()
        subprocess.run(self._remove, capture_output=True, check=False)


def _mounted(source: Path, target: str, *, readonly: bool) -> list[str]:
    return ["--mount", f"type=bind,source={source},target={target}{',readonly' * readonly}"]


def _asked(*command: str) -> bool:
    try:
        return not subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=ANSWERS_WITHIN
        ).returncode
    except (OSError, subprocess.TimeoutExpired):
        return False


def _image(program: str, tell: Callable[[str], None]) -> str:
    """The name of the image that has what learners have, made where it is not there."""
    locks = [ROOT / "requirements.txt", *(lesson.folder / LESSON_LOCK for lesson in built_lessons())]
    there = [lock for lock in locks if lock.is_file()]
    digest = hashlib.sha256(DOCKERFILE.encode() + b"".join(lock.read_bytes() for lock in there))
    image = f"fastapi-by-running-it:{digest.hexdigest()[:12]}"
    if _asked(program, "image", "inspect", image):
        return image
    tell(f"Making the image {image} by {Path(program).name}: once, for some minutes …")
    with tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True) as context:
        Path(context, "Dockerfile").write_text(DOCKERFILE, encoding="utf-8")
        Path(context, "locks").mkdir()
        for number, lock in enumerate(there):
            shutil.copy(lock, Path(context, "locks", f"{number:02}.txt"))
        made = subprocess.run(
            [program, "build", "--tag", image, context],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    if made.returncode:
        last = "\n".join(made.stdout.splitlines()[-12:])
        raise CourseError(f"The image for the sandbox could not be made. {program} said:\n{last}")
    return image
