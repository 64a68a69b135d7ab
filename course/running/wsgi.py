"""`wsgi_server(app)`: a WSGI app on a real server, in a process of its own, for the length of a block.

    async with wsgi_server(trails, threads=4) as client:
        await client.get("/trails")

The server is gunicorn with one worker, or waitress where gunicorn does not run.
"""

from __future__ import annotations

import ast
import asyncio
import concurrent.futures
import contextlib
import inspect
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from types import FunctionType, ModuleType
from typing import IO, TYPE_CHECKING, Any

from course.lessons import CourseError

if TYPE_CHECKING:
    import httpx

WsgiApp = Callable[..., Iterable[bytes]]

SERVER = "waitress" if sys.platform == "win32" else "gunicorn"

ENDS_WITHIN = 5.0
"""Seconds that a server gets to end by itself."""


@contextlib.asynccontextmanager
async def wsgi_server(app: WsgiApp, *, threads: int = 1) -> AsyncIterator[httpx.AsyncClient]:
    """Serve `app`, a function of the notebook, with one worker; give a client for it.

    The server loads the app from a file, as servers do: `app`'s source, and that of what it uses. It has
    answered a first `GET /` when the block begins, and is gone when it ends.

    Raises:
        CourseError: the server did not start, or the app is no function; the message says why.
    """
    import httpx

    with tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True) as folder:
        process = _start(app, threads, folder)
        log = _Log(process.stderr)
        try:
            address = await asyncio.wrap_future(log.address)
            async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=30) as client:
                try:
                    await client.get("/")
                except httpx.TransportError:  # it listened, and then could not load the app
                    raise CourseError(log.why_it_ended()) from None
                yield client
        finally:
            await asyncio.to_thread(_stop, process)
            log.finish()


def _start(app: WsgiApp, threads: int, folder: str) -> subprocess.Popen[str]:
    Path(folder, "wsgi_app.py").write_text(module_source(app), encoding="utf-8")
    return subprocess.Popen(
        # At SIGINT gunicorn ends at once, and takes its workers along.
        [
            sys.executable,
            "-X",
            "utf8",
            "-m",
            "course.running.bound",
            "SIGINT",
            *_command(threads, app.__name__),
        ],
        cwd=folder,
        stdin=subprocess.PIPE,  # closes when this process ends, however it does
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )


def _command(threads: int, app: str) -> list[str]:
    """What follows `python -m` to serve `app` on a free port."""
    if SERVER == "waitress":
        return ["waitress", "--listen=127.0.0.1:0", f"--threads={threads}", f"wsgi_app:{app}"]
    workers = ["--workers=1", f"--threads={threads}", "--no-control-socket"]  # else one in the home folder
    return ["gunicorn", "--bind=127.0.0.1:0", *workers, f"wsgi_app:{app}"]


def _stop(process: subprocess.Popen[str]) -> None:
    """End a server and its workers. Returns when they are gone."""
    with contextlib.suppress(OSError):
        if process.stdin:
            process.stdin.close()
    try:
        process.wait(ENDS_WITHIN)
    except subprocess.TimeoutExpired:
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class _Log:
    """What a server writes, read to its end; in it stands the address that the server got."""

    def __init__(self, pipe: IO[str] | None) -> None:
        if pipe is None:
            raise RuntimeError("the server was started without a pipe")
        self.address: concurrent.futures.Future[str] = concurrent.futures.Future()
        self._pipe = pipe
        self._lines: list[str] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """Wait until the server has closed the other end."""
        self._thread.join(ENDS_WITHIN)
        self._pipe.close()

    def why_it_ended(self) -> str:
        """Its last words, once it has ended."""
        self._thread.join(ENDS_WITHIN)
        return "The WSGI server did not start:\n" + "".join(self._lines[-30:]).rstrip()

    def _read(self) -> None:
        for line in self._pipe:
            self._lines.append(line)
            if not self.address.done() and (found := re.search(r"http://127\.0\.0\.1:\d+", line)):
                self.address.set_result(found[0])
        if not self.address.done():
            self.address.set_exception(
                CourseError("The WSGI server did not start:\n" + "".join(self._lines).rstrip())
            )


# The app as a file


def module_source(app: WsgiApp) -> str:
    """The source of a module that holds the function `app`, and what it uses of where it was written.

    Raises:
        CourseError: `app` is no function, or uses something that cannot be written down.
    """
    if not isinstance(app, FunctionType):
        raise CourseError(f"wsgi_server() takes a function; this is {type(app).__name__}.")
    parts: dict[str, str] = {}
    _collect(app.__name__, app, app.__module__, parts)
    # Hints stay text: the types that they name are not needed to run.
    return "\n\n".join(["from __future__ import annotations", *parts.values()])


def _collect(name: str, value: Any, home: str, parts: dict[str, str]) -> None:
    """Add to `parts` the source that defines `name`, below that of what it uses; `home` is its module."""
    if name in parts:
        return
    if isinstance(value, ModuleType):
        parts[name] = f"import {value.__name__} as {name}"
    elif isinstance(value, FunctionType) and value.__module__ == home:
        parts[name] = ""  # it may call itself
        for other, used in inspect.getclosurevars(value).globals.items():
            _collect(other, used, home, parts)
        del parts[name]
        parts[name] = inspect.getsource(value)
    elif _is_literal(value):
        parts[name] = f"{name} = {value!r}"
    elif inspect.isroutine(value) or (inspect.isclass(value) and value.__module__ != home):
        parts[name] = f"from {value.__module__} import {value.__name__} as {name}"
    else:
        raise CourseError(
            f"The WSGI server is another process, and cannot have `{name}`, a {type(value).__name__}: "
            "let the app use functions, modules, numbers and texts, lists and dictionaries of them."
        )


def _is_literal(value: object) -> bool:
    try:
        return bool(ast.literal_eval(repr(value)) == value)
    except (SyntaxError, ValueError):
        return False
