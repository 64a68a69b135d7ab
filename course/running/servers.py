"""Servers that are programs of their own, for the length of a block: an app in a folder, or any command.

    async with folder_server(folder / "flask", threads=4) as client:
        await client.get("/trails")

An ASGI app runs on Uvicorn; a WSGI app on gunicorn with one worker, or on waitress where gunicorn does not
run.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from course.lessons import CourseError

if TYPE_CHECKING:
    import httpx

SERVER = "waitress" if sys.platform == "win32" else "gunicorn"


def folder_server(
    folder: str | Path, app: str = "app:app", *, threads: int | None = None
) -> contextlib.AbstractAsyncContextManager[httpx.AsyncClient]:
    """Serve an app that stands in a folder, in one process; give a client for it.

    Args:
        folder: where the server runs, and looks for modules.
        app: a module of it and a name there, such as `"app:app"`.
        threads: for a WSGI app, how many requests it serves at once; None is for an ASGI app.

    Raises:
        CourseError: the server did not start; the message says why.
    """
    from course.running.programs import bound

    # At SIGINT Uvicorn ends once running requests have, and gunicorn at once, with its workers.
    return program_server(bound("SIGINT", *_served(app, threads)), folder)


@contextlib.asynccontextmanager
async def program_server(command: Sequence[str], folder: str | Path) -> AsyncIterator[httpx.AsyncClient]:
    """Run a command that is a server, in `folder`; give a client for it.

    The command says where it listens, as `http://127.0.0.1:8000`, and ends when its standard input is closed.
    It has answered a first `GET /` when the block begins, and is gone when it ends.

    Raises:
        CourseError: it did not start; the message has what it wrote.
    """
    import httpx

    from course.running.programs import Program

    server = Program(command, folder, {}, " ".join(command))
    try:
        try:
            await server.ready()
            await server.client.get("/")
        except (CourseError, httpx.TransportError):  # it may have listened before it could not load the app
            server.signal("SIGTERM")
            await server.ended()
            raise CourseError(f"The server did not start:\n{server.last()}") from None
        yield server.client
    finally:
        await server.aclose()


def _served(app: str, threads: int | None) -> list[str]:
    """What follows `python -m` to serve `app` on a free port."""
    if threads is None:
        return ["uvicorn", "--port=0", "--no-access-log", app]
    if SERVER == "waitress":
        return ["waitress", "--listen=127.0.0.1:0", f"--threads={threads}", app]
    # Its control socket would be one in the home folder.
    workers = ["--workers=1", f"--threads={threads}", "--no-control-socket"]
    return ["gunicorn", "--bind=127.0.0.1:0", *workers, app]
