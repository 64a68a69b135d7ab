"""`course build 01 --watch`: every save is built, what is wrong is a sentence, and Ctrl-C ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from commandline import PATIENCE
from test_scaffold import checkout

from course.making.scaffold import new_lesson

__all__ = ["checkout"]


class Following:
    """The command, as somebody who reads its output sees it."""

    def __init__(self, checkout: Path) -> None:
        self.lesson = new_lesson("Followed", checkout)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "course", "build", "01", "--watch"],
            cwd=checkout,
            env={**os.environ, "PYTHONPATH": str(checkout), "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self._limit = threading.Timer(2 * PATIENCE, self.process.kill)
        self._limit.start()

    def until(self, words: str) -> str:
        """What is said up to a line with these words."""
        said = ""
        assert self.process.stdout
        for line in self.process.stdout:
            said += line
            if words in line:
                return said
        pytest.fail(f"it never said {words!r}, but:\n{said}")

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.lesson.folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE)

    def end(self) -> None:
        self._limit.cancel()
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def following(checkout: Path) -> Iterator[Following]:
    started = Following(checkout)
    try:
        yield started
    finally:
        started.end()


def test_each_save_is_built_and_what_is_wrong_is_a_sentence(following: Following) -> None:
    said = following.until("Watching lessons/01-followed")
    assert "✓ notebooks/01-followed.ipynb\n" in said
    assert "✓ docs/lessons/01-followed.md" in said

    following.edit("lesson.md", "## Recap\n", "A new sentence.\n\n## Recap\n")
    assert "✓ notebooks/01-followed.ipynb\n" in following.until("docs/lessons/01-followed.md")

    following.edit("checks.py", "async def counts_two", "async def counts two")
    assert "Traceback" not in following.until("lessons/01-followed/checks.py, line ")

    following.edit("checks.py", "async def counts two", "async def counts_two")
    following.until("✓ notebooks/01-followed.ipynb")
    if sys.platform != "win32":
        assert following.interrupt() == 0
        assert following.until("Ended.").count("Traceback") == 0
