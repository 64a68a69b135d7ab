"""Which sandbox there is on this machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from course.judging.child import Worker
from course.judging.sandbox import Sandbox
from course.lessons import CourseError
from course.teaching.confined import Bubblewrap
from course.teaching.contained import Container


class Unconfined:
    """A `Sandbox` that is none: for code that the teacher trusts."""

    def start(self, given: Path, *written: Path) -> Worker:
        """A worker like a learner's own."""
        return Worker()

    def inside(self, path: Path) -> str:
        """The same place."""
        return str(path)

    def terms(self) -> dict[str, Any]:
        """It works in the folder itself, which is a copy."""
        return {"given": ""}


def sandbox(*, trust: bool, tell: Callable[[str], None]) -> Sandbox:
    """What keeps the learners' code apart; nothing does if it is trusted.

    Args:
        trust: the code runs without one.
        tell: is given a sentence where something is made first.

    Raises:
        CourseError: there is nothing for that here, and nobody said that the code is trusted.
    """
    if trust:
        return Unconfined()
    if found := Bubblewrap.find() or Container.find(tell):
        return found
    raise CourseError(
        "Other people's code runs in a sandbox only, and there is none: neither bubblewrap (`bwrap`, for "
        "Linux; on Debian and Ubuntu `sudo apt install bubblewrap`) nor a Docker or Podman that runs. In a "
        "virtual machine of your own, or if you trust every file, say `--trust`: then the code runs as you."
    )
