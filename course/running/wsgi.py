"""`wsgi_server(app)`: a WSGI app on a real server, in a process of its own, for the length of a block.

    async with wsgi_server(trails, threads=4) as client:
        await client.get("/trails")

The server is gunicorn with one worker, or waitress where gunicorn does not run.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from course.lessons import CourseError
from course.running.servers import folder_server

if TYPE_CHECKING:
    import httpx

WsgiApp = Callable[..., Iterable[bytes]]


@contextlib.asynccontextmanager
async def wsgi_server(app: WsgiApp, *, threads: int = 1) -> AsyncIterator[httpx.AsyncClient]:
    """Serve `app`, a function of the notebook, with one worker; give a client for it.

    The server loads the app from a file, as servers do: `app`'s source, and that of what it uses. It has
    answered a first `GET /` when the block begins, and is gone when it ends.

    Raises:
        CourseError: the server did not start, or the app is no function; the message says why.
    """
    with tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True) as folder:
        _write(Path(folder, "wsgi_app.py"), module_source(app))
        async with folder_server(folder, f"wsgi_app:{app.__name__}", threads=threads) as client:
            yield client


# The app as a file


def _write(path: Path, source: str) -> None:
    path.write_text(source, encoding="utf-8")


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
