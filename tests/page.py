"""This process as a page in a browser: its stand-ins in place, apps served by the driver, cells run."""

from __future__ import annotations

import builtins
import contextlib
import gc
import os
import re
import sys
from collections.abc import Awaitable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pytest
from aiosqlite import core
from sqlalchemy.util import concurrency

from course.browser import driver, loops, rich, threads
from course.browser.session import Session
from course.browser.substitutes import aiosqlite, greenlet
from course.desk import notebook as learner
from course.lessons import Lesson
from course.running import server
from course.running.tracebacks import is_learners

Result = TypeVar("Result")


@contextlib.contextmanager
def as_in_a_page() -> Iterator[None]:
    """Inside of this block nothing has threads, processes or sockets; afterwards all is as before."""
    kept, writes_none = server.kind, sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    driver.install()
    try:
        with pytest.MonkeyPatch.context() as patch:
            databases_as_in_a_page(patch)
            yield
    finally:
        for name in list(server._running):
            server._stop(name)
        server.kind, sys.dont_write_bytecode = kept, writes_none
        loops.forget()
        threads.uninstall()


def databases_as_in_a_page(patch: pytest.MonkeyPatch) -> None:
    """Have aiosqlite and SQLAlchemy's asyncio use the stand-ins for threads and greenlets."""
    concurrency._concurrency_shim.getcurrent()  # the real one has what is put back afterwards
    patch.setitem(sys.modules, "greenlet", greenlet)
    for name in ("greenlet", "getcurrent", "_AsyncIoGreenlet", "_has_gr_context"):
        patch.delattr(concurrency, name)  # imported anew by the next shim
    patch.setattr(concurrency, "_concurrency_shim", concurrency._concurrency_shim_cls())
    for name in ("SimpleQueue", "Thread"):
        patch.setattr(core, name, getattr(core, name))  # put back afterwards
    aiosqlite.change(core)


@pytest.fixture(params=["desk", "page"])
def where(request: pytest.FixtureRequest) -> Iterator[str]:
    """Runs a test twice: on Uvicorn, and on the server of a page."""
    with as_in_a_page() if request.param == "page" else contextlib.nullcontext():
        yield request.param


@pytest.fixture
def anyio_backend(where: str) -> tuple[str, dict[str, Any]]:
    """Async tests run on asyncio; those of a page on its own loop."""
    return "asyncio", {"loop_factory": loops.Loop} if where == "page" else {}


def run(main: Awaitable[Result]) -> Result:
    """Do `main` on the loop of a page's cells."""
    return loops.home().block(main)


class Page:
    """A lesson's page: runs cells and keeps what the browser would be told."""

    def __init__(self, lesson: Lesson) -> None:
        self.events: list[dict[str, Any]] = []
        self.session = Session(lesson.slug, self.events.append)
        self.session.start()
        # pytest has its own ones between a fixture and its test.
        self._stdout, self._stderr = sys.stdout, sys.stderr

    def run(
        self, code: str, name: str = "cell 1", files: Mapping[str, str] | None = None
    ) -> list[dict[str, Any]]:
        """Run a cell. Returns its outputs; `ok` tells how it ended."""
        before = len(self.events)
        with contextlib.redirect_stdout(self._stdout), contextlib.redirect_stderr(self._stderr):
            self.ok = loops.home().block(self.session.run(1, code, name, files))
        return joined(event["output"] for event in self.events[before:] if event["type"] == "output")

    def told(self, kind: str) -> list[dict[str, Any]]:
        """The events of one kind so far."""
        return [event for event in self.events if event["type"] == kind]


@contextlib.contextmanager
def opened(lesson: Lesson, workspace: Path) -> Iterator[Page]:
    """A page of a lesson, with an empty workspace."""
    folder, modules = Path.cwd(), dict(sys.modules)
    kept = sys.stdout, sys.stderr, builtins.input, rich.emit, learner.judge_app, list(sys.path)
    os.environ["COURSE_WORKSPACE"] = str(workspace)
    try:
        with as_in_a_page():
            yield Page(lesson)
    finally:
        os.chdir(folder)
        del os.environ["COURSE_WORKSPACE"]
        sys.stdout, sys.stderr, builtins.input, rich.emit, learner.judge_app, sys.path[:] = kept
        for name in ("__main__", *(name for name in sys.modules if name.partition(".")[0] == "IPython")):
            sys.modules.pop(name, None)
        sys.modules.update(modules)
        for name in sys.modules.keys() - modules.keys():
            if is_learners(getattr(sys.modules[name], "__file__", None) or "<frozen"):
                del sys.modules[name]  # written by a cell: the next page writes its own
        gc.collect()  # what cells left open warns here, and not in another test
        learner.on_report.clear()
        learner._cells.clear()
        server.on_serve.clear()


def joined(outputs: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Outputs with neighbouring pieces of a stream in one, as notebooks store them."""
    found: list[dict[str, Any]] = []
    for output in outputs:
        text = "".join(output.get("text", ""))
        if found and "name" in output and found[-1].get("name") == output["name"]:
            found[-1]["text"] += text
        else:
            found.append({**output, "text": text} if "name" in output else dict(output))
    return found


def comparable(outputs: Iterable[Mapping[str, Any]]) -> list[Any]:
    """What of outputs must be the same wherever a cell runs."""
    found: list[Any] = []
    for output in joined(outputs):
        if output["output_type"] == "stream":
            found.append((output["name"], _settled(output["text"])))
        elif output["output_type"] == "error":
            found.append(("error", output["ename"], _settled(output["evalue"])))
        else:
            data = {kind: _settled(value) for kind, value in output["data"].items()}
            found.append((output["output_type"], data))
    return found


def _settled(value: Any) -> Any:
    """A text without the port of the moment; a docs panel without what only a page says of it."""
    if isinstance(value, dict):
        return {key: one for key, one in value.items() if key not in ("app", "path")}
    return re.sub(r"(127\.0\.0\.1|localhost):\d{4,5}", r"\1:8000", "".join(value))
