"""From `python3 run.py` to a JupyterLab that answers: the first time, and every later time.

The floor of the first is what it cannot do without, done by hand: uv makes the environment and
installs the same lock, and JupyterLab starts as it comes. What the course adds is that uv has to be
fetched by pip first, its own install, the learner's workspace, and its command line. Downloads are
in the caches of pip and uv from the second round on, for both.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from benchmarks.common import ROOT, Row, medians

BASE = str(getattr(sys, "_base_executable"))  # noqa: B009  (typeshed does not know it)
WINDOWS = sys.platform == "win32"
LIMIT = 300.0


def run(repeat: int) -> list[Row]:
    """Start the course and its floor in turn, each in folders of its own."""
    with tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True) as scratch:
        course, bare = Path(scratch, "course"), Path(scratch, "bare")
        copy_repository(course)
        python = str(bare / ("Scripts/python.exe" if WINDOWS else "bin/python"))
        # Whoever measures has a Jupyter of their own, perhaps with settings
        clean = {
            name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "COURSE"))
        }
        clean |= {
            name: str(Path(scratch, name))
            for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")
        }

        def start_course() -> float:
            return seconds_to_answer([BASE, "run.py", "learn", "--no-browser"], course, clean)

        def start_course_afresh() -> float:
            for made in (".venv", "workspace"):
                shutil.rmtree(course / made, ignore_errors=True)
            return start_course()

        def start_jupyterlab() -> float:
            return seconds_to_answer([python, "-m", "jupyterlab", "--no-browser", *ALLOW_ROOT], course, clean)

        def start_jupyterlab_afresh() -> float:
            shutil.rmtree(bare, ignore_errors=True)
            uv = [sys.executable, "-m", "uv", "--quiet"]
            lock = ["--no-deps", "--require-hashes", "--requirement", str(ROOT / "requirements.txt")]
            started = time.perf_counter()
            subprocess.run([*uv, "venv", "--python", BASE, str(bare)], check=True)
            subprocess.run([*uv, "pip", "install", "--python", python, *lock], check=True)
            return time.perf_counter() - started + start_jupyterlab()

        fresh, again, floor_fresh, floor_again = medians(
            repeat, start_course_afresh, start_course, start_jupyterlab_afresh, start_jupyterlab
        )
    return [
        Row(
            "fresh start to JupyterLab answering", fresh, "uv installs the lock, bare JupyterLab", floor_fresh
        ),
        Row("later start to JupyterLab answering", again, "bare JupyterLab", floor_again),
    ]


ALLOW_ROOT = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []


def copy_repository(target: Path) -> None:
    """Copy what git tracks, as it is now."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)


def seconds_to_answer(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> float:
    """Start a JupyterLab, wait until its API answers, and end it again; what it took to answer.

    Raises:
        RuntimeError: it ended by itself or never answered; the message is what it printed.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        with subprocess.Popen(
            [*command, "--port", str(port)],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        ) as process:
            try:
                while not answers(port):
                    if process.poll() is not None or time.perf_counter() - started > LIMIT:
                        output.seek(0)
                        raise RuntimeError(output.read().decode(errors="replace"))
                    time.sleep(0.01)
                return time.perf_counter() - started
            finally:
                end(process)


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api", timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def end(process: subprocess.Popen[bytes]) -> None:
    """End it as Ctrl-C does, and whatever it leaves behind."""
    if process.poll() is None:
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGTERM if WINDOWS else signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
        for left in psutil.wait_procs(family, timeout=5)[1]:
            left.kill()
