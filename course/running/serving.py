"""What every server of the course does with an app, wherever it runs: on a desk or in the page.

`uvicorn_server.py` has the server of a desk, a real Uvicorn; `course.browser.driver` that of a page, which
calls the app itself. Both are a `Served`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import AbstractContextManager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from course.lessons import CourseError
from course.running.tracebacks import learner_traceback

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

TICKET = "x-course-ticket"
"""The header by which a client finds what the app raised for its request; apps never see it."""


class ServeError(CourseError):
    """The app could not be served; the message says why, with the learner's own lines."""


class Closed(Exception):
    """A WebSocket's other end has closed it; `code` is None when the connection was cut."""

    def __init__(self, code: int | None, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


class Refused(Exception):
    """A WebSocket was not opened: with an HTTP status, or with other words that say why."""

    def __init__(self, status: int | None, words: str = "") -> None:
        super().__init__(status, words)
        self.status = status
        self.words = words


class Connection(Protocol):
    """A client's end of an open WebSocket."""

    async def send(self, message: str | bytes) -> None:
        """Send a text or bytes. Raises `Closed`."""

    async def receive(self) -> str | bytes:
        """The next message. Raises `Closed`."""

    async def close(self, code: int = 1000) -> None:
        """Say goodbye, with a code of RFC 6455. Returns when the other end knows."""

    def cut(self) -> None:
        """Be gone without a goodbye, as a phone that is switched off."""


class Served:
    """An app with a server around it: what it raised is kept for the client that asked.

    Raises:
        ServeError: `app` is not an ASGI app.
    """

    port: int
    name = ""
    """Under which it was served."""

    def __init__(self, app: App) -> None:
        explain_if_no_app(app)
        self.app = app
        self._raised: dict[str, BaseException] = {}
        self._lifespan_raised: BaseException | None = None
        self.lifespan_sent: list[str] = []
        """The types of the messages that the app sent in its lifespan."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def address(self, path: str = "") -> str:
        """Where a browser finds it, which may be elsewhere than a program beside it does."""
        return f"{self.url}{path}"

    def raised_for(self, ticket: str) -> BaseException | None:
        """What the app raised for the request that carried `ticket`; it is told once."""
        return self._raised.pop(ticket, None)

    def docs_of(self, kind: str) -> dict[str, Any]:
        """What a docs panel of this server is told besides the schema."""
        return {}

    def client_options(self) -> dict[str, Any]:
        """How an `httpx.AsyncClient` is to be made that asks this server."""
        raise NotImplementedError

    async def connect(self, path: str, headers: dict[str, str], within: float) -> Connection:
        """Open a WebSocket to the app within this many seconds.

        Raises:
            Refused: the app, or what lies between, did not open it.
            TimeoutError: nobody answered.
        """
        raise NotImplementedError

    def held(self) -> AbstractContextManager[None]:
        """Have nothing of the app run inside of the block: what is sent there comes to it at one moment."""
        raise NotImplementedError

    def count_tasks(self) -> int:
        """How many tasks there are in the app's event loop that have not ended."""
        raise NotImplementedError

    def stop(self) -> None:
        """End running requests, run the lifespan's end. Returns when all is over."""
        raise NotImplementedError

    def _why_not_started(self) -> str:
        if self._lifespan_raised is None:
            return "Uvicorn did not start this app, and did not say why."
        return (
            "The app's lifespan raised before the server could start.\n"
            f"{learner_traceback(self._lifespan_raised)}"
        )

    async def _call(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":

            async def note(message: Message) -> None:
                self.lifespan_sent.append(message["type"])
                await send(message)

            try:
                await self.app(scope, receive, note)
            except BaseException as error:
                self._lifespan_raised = error
                raise
        elif scope["type"] == "http" and scope["path"].startswith(f"{scope.get('root_path', '')}/_course/"):
            await self._own_page(scope, receive, send)
        else:
            await self._request(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request to the app; an error answer waits until what caused it is known."""
        held: list[Message] = []
        headers = [pair for pair in scope["headers"] if pair[0] != TICKET.encode()]
        tickets = [value.decode() for name, value in scope["headers"] if name == TICKET.encode()]

        async def hold_errors(message: Message) -> None:
            if held or (message["type"] == "http.response.start" and message["status"] >= 500):
                held.append(message)
            else:
                await send(message)

        try:
            await self.app({**scope, "headers": headers}, receive, hold_errors)
        except Exception as error:
            self._raised.update(dict.fromkeys(tickets, error))
            if not held or held[-1].get("more_body"):
                raise
            # The answer is whole. If Uvicorn saw the error too, it would end the connection behind it,
            # and a client's next request on it would fail now and then.
        finally:
            for message in held:
                await send(message)

    async def _own_page(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The app's own docs page, with the course's copies of what it loads from a CDN."""
        root = scope.get("root_path", "")
        name = scope["path"].removeprefix(f"{root}/_course/")
        if name in ASSETS:
            return await _answer(send, asset(name), ASSETS[name])
        path = getattr(self.app, f"{name}_url", None)
        parts: list[bytes] = []

        async def collect(message: Message) -> None:
            parts.append(message.get("body", b""))

        if path is None:
            return await _answer(send, b"no such page", "text/plain", 404)
        path = root + path
        await self.app({**scope, "path": path, "raw_path": path.encode(), "headers": []}, receive, collect)
        page = b"".join(parts).decode()
        page = re.sub(rf"https://[^\"']*/({'|'.join(map(re.escape, ASSETS))})", rf"{root}/_course/\1", page)
        page = re.sub(r"<link [^>]*https://[^>]*>", "", page)  # fonts and icons of other hosts
        return await _answer(send, page.encode(), "text/html; charset=utf-8")


ASSETS = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "redoc.standalone.js": "text/javascript",
}


def asset(name: str) -> bytes:
    """One of `ASSETS`, from the package that has them as files; it asks no other host for anything."""
    package = find_spec("fastapi_offline")  # found, not imported: that would import FastAPI
    if package is None or not package.submodule_search_locations:
        raise ServeError("The package fastapi-offline is missing: `python3 run.py` installs it.")
    content = Path(package.submodule_search_locations[0], "static", name).read_bytes()
    # ReDoc shows its maker's logo.
    return content.replace(b"https://cdn.redoc.ly/redoc/logo-mini.svg", b"data:,")


async def _answer(send: Send, body: bytes, content_type: str, status: int = 200) -> None:
    headers = [(b"content-type", content_type.encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def explain_if_no_app(app: object) -> None:
    """Say what is wrong with something that Uvicorn cannot serve.

    Raises:
        ServeError: `app` is not an ASGI app.
    """
    if inspect.isclass(app):
        raise ServeError(f"serve() takes an app, and {app.__name__} is a class: write {app.__name__}().")
    if not callable(app):
        raise ServeError(
            f"serve() takes an ASGI app, such as FastAPI(); this is {type(app).__name__}: {app!r:.60}."
        )
    if any(kind.__name__ == "APIRouter" for kind in type(app).__mro__):
        raise ServeError(
            "serve() takes an app, and a router is none: make `app = FastAPI()`, and give it the router with "
            "`app.include_router(...)`."
        )
    if hasattr(app, "wsgi_app"):
        raise ServeError(
            f"serve() takes an ASGI app; a {type(app).__name__} app speaks WSGI, which Uvicorn does not."
        )
    call = app if inspect.isroutine(app) else type(app).__call__
    try:
        parameters = inspect.signature(call).parameters
    except (TypeError, ValueError):
        return
    count = len(parameters) - (0 if inspect.isroutine(app) else 1)
    variadic = any(p.kind is p.VAR_POSITIONAL for p in parameters.values())
    if count != 3 and not variadic:
        name = getattr(app, "__name__", type(app).__name__)
        raise ServeError(
            f"serve() takes an ASGI app, such as FastAPI(); this is {name}, which takes {count} "
            f"parameter{'' if count == 1 else 's'}, not scope, receive and send."
        )
