"""One lesson in the page: its folder, its cells, what it serves, and what the page is told of it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx

from course.browser.cells import Cells, error_output
from course.browser.driver import Exchanged, Server
from course.browser.loops import home
from course.desk import notebook as learner
from course.desk import sittings
from course.desk.workspace import lesson_folder
from course.judging.answers import forget_modules, run_answer
from course.judging.report import Report, State
from course.judging.tasks import find_exercise, not_attempted, starter_source
from course.judging.verdicts import under_way
from course.lessons import CourseError, Lesson, same_code
from course.running import server
from course.running.exchange import Exchange
from course.running.serving import Served

LIMIT = 10.0
"""Seconds that an app may take, its checks included, as on a desk."""

PRINTED = 4000
"""Characters that are kept of what an app prints while it is checked."""

Event = dict[str, Any]


class Session:
    """A lesson that is being worked on.

    Args:
        name: the lesson's slug.
        post: called with each event, as plain data: outputs, reports, what is served, what was exchanged.
    """

    def __init__(self, name: str, post: Callable[[Event], None]) -> None:
        self.lesson = Lesson(name)
        self.folder = lesson_folder(self.lesson)
        self.cells = Cells(self._output)
        self._post = post
        self.served: dict[str, Server] = {}
        """What runs under each name."""
        self._run: str | int | None = None

    def start(self) -> None:
        """Lay the lesson's folder, go there, and have the course tell what happens."""
        if not (source := self.lesson.folder / "lesson.md").exists():
            source.touch()  # by this file a lesson is known; its text is on the page
        self.folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(self.lesson.folder.iterdir()):
            if path.is_file() and path.name not in ("lesson.md", "checks.py") and path.name[0] != ".":
                (self.folder / path.name).write_bytes(path.read_bytes())
        os.chdir(self.folder)
        if "" not in sys.path:
            sys.path.insert(0, "")
        self.cells.install()
        sittings.quiet, sittings.left_out = self.cells.silence, frozenset({"no-browser"})
        learner.judge_app = self._judge_app
        learner.on_report[:] = [self._report]
        learner.on_hint[:] = [self._hinted]
        server.on_serve[:] = [self._served]

    async def run(self, run: str | int, code: str, name: str, files: Mapping[str, str] | None = None) -> bool:
        """Run one cell, with `files` in the lesson's folder; its outputs are told as they come.

        `name` is what tracebacks call the cell. Returns whether it ended without an error.
        """
        self._run = run
        try:
            self.write(files or {})
        except CourseError as error:
            self.cells.emit(error_output(error))
            return False
        ok = await self.cells.run(code, name)
        learner.remember_cell(code, self.cells.last)
        return ok

    def server(self, name: str | None = None) -> Server | None:
        """What is served under a name; without one, what was served last."""
        running = [server for server in self.served.values() if server.running]
        return self.served.get(name) if name else (running[-1] if running else None)

    def write(self, files: Mapping[str, str]) -> None:
        """Lay files in the lesson's folder. What was imported from one that has changed is forgotten."""
        changed = False
        for name, text in files.items():
            path = (self.folder / name).resolve()
            if not path.is_relative_to(self.folder.resolve()):
                raise CourseError(f"{name} is not in the lesson's folder.")
            if path.is_file() and path.read_text(encoding="utf-8") == text:
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            changed = True
        if changed:
            forget_modules(self.folder)

    async def check(self, run: str | int, task: str, files: Mapping[str, str]) -> Report:
        """Judge the lesson's app as it stands in `files`."""
        self._run = run
        self.write(files)
        report = await self._judge_app(self.lesson, task)
        if report.passed:
            learner.progress().mark_done(task)
        self._report(report)
        return report

    async def _judge_app(self, lesson: Lesson, task: str) -> Report:
        """What `sandbox.check_lesson` does on a desk, without a process of its own."""
        made = find_exercise(lesson, task)
        try:
            source = (self.folder / "app.py").read_text(encoding="utf-8")
        except OSError:
            source = ""
        if same_code(source, starter_source(lesson, task)):
            return not_attempted(made)
        forget_modules(self.folder)
        report = not_attempted(made)
        with self.cells.capture(PRINTED) as printed:
            try:
                within = LIMIT * made.patience
                # Just before the limit, which takes back all that is under way.
                asked: list[tuple[str, str]] = []
                noting = asyncio.get_running_loop().call_later(
                    0.95 * within, lambda: asked.append(under_way())
                )
                async with asyncio.timeout(within) as limit:
                    report = await run_answer(lesson, task, source, self.folder)
            except TimeoutError:
                pass  # told below, also where the answer itself swallowed it
            finally:
                noting.cancel()
                forget_modules(self.folder)
        if limit.expired():
            report.state = State.STOPPED
            report.nudge = f"It did not end within {within:g} seconds: something in it waits too long."
            report.sent, report.came_back = asked[0] if asked else ("", "")
            report.expected = "an answer, to its end" if report.sent else ""
        report.printed = printed[0]
        return report

    # What the page is told

    def _output(self, output: dict[str, Any]) -> None:
        self._post({"type": "output", "id": self._run, "output": output})

    def _report(self, report: Report) -> None:
        self._post({"type": "report", "id": self._run, "task": report.task} | told(report))

    def _hinted(self, task: str, count: int) -> None:
        self._post({"type": "hint", "task": task, "count": count})

    def _served(self, name: str, served: Served) -> None:
        assert isinstance(served, Server)
        served.on_exchange = lambda exchanged: self._exchanged(name, exchanged)
        served.on_stop = lambda: self._post({"type": "app", "name": name, "state": "stopped"})
        self.served.pop(name, None)  # what is served last stands last
        self.served[name] = served
        self._post(
            {"type": "app", "name": name, "state": "serving", "url": served.url} | described(served.app)
        )

    def _exchanged(self, name: str, exchanged: Exchanged) -> None:
        self._post(
            {
                "type": "exchange",
                "app": name,
                "method": exchanged.method,
                "path": exchanged.path,
                "status": exchanged.status,
                "ms": 1000 * exchanged.seconds,
                "from": exchanged.origin,
                **parts_of(exchanged),
            }
        )


def told(report: Report) -> Event:
    """A report as the page takes it: the state for itself, and all of it with its drawing."""
    return {"state": str(report.state), "report": {**report.as_dict(), "html": report.html()}}


def parts_of(exchanged: Exchanged) -> dict[str, str]:
    """Both halves of an exchange as text, drawn as `show` draws them."""
    request = httpx.Request(
        exchanged.method,
        f"http://app{exchanged.path}",
        headers=exchanged.request_headers,
        content=exchanged.request_body,
    )
    # Not decoded: of a body that was cut nothing would be left.
    headers = [pair for pair in exchanged.response_headers if pair[0] != b"content-encoding"]
    response = httpx.Response(
        exchanged.status,
        headers=headers,
        content=exchanged.response_body,
        request=request,
        extensions={"http_version": b"HTTP/1.1"},
    )
    if exchanged.raised is not None:
        response.extensions["course.raised"] = exchanged.raised
    exchange = Exchange.of(response)
    return {
        "request": exchange.request.text(),
        "response": exchange.response.text(),
        "traceback": exchange.traceback,
    }


def described(app: Any) -> Event:
    """What there is of an app: its title, its pages, its paths. The app is only looked at."""
    paths: list[tuple[str, str, str]] = []
    sockets: list[str] = []
    for route in _routes(app):
        path = getattr(route, "path", "")
        if methods := getattr(route, "methods", None):
            if getattr(route, "include_in_schema", True):
                summary = getattr(route, "summary", None) or ""
                paths += [
                    (method, path, summary) for method in sorted(methods) if method not in ("HEAD", "OPTIONS")
                ]
        elif "WebSocket" in type(getattr(route, "route", route)).__name__:
            sockets.append(path)
    root = getattr(app, "openapi_url", None)
    return {
        "title": str(getattr(app, "title", None) or type(app).__name__),
        "docs": getattr(app, "docs_url", None) if root else None,
        "redoc": getattr(app, "redoc_url", None) if root else None,
        "openapi": root,
        "websockets": sockets,
        "paths": [list(path) for path in paths],
    }


def _routes(app: Any) -> Iterator[Any]:
    routes: list[Any] = list(getattr(app, "routes", None) or ())
    try:
        from fastapi.routing import iter_route_contexts
    except ImportError:
        yield from routes
    else:
        yield from iter_route_contexts(routes)


def run_now(session: Session, code: str, name: str = "cell 1") -> bool:
    """Run a cell to its end, for tests."""
    return home().run_until_complete(session.run(0, code, name))  # type: ignore[no-any-return]
