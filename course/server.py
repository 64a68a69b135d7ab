"""`serve(app)`: a real Uvicorn on a free loopback port, in a thread behind the notebook."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import ctypes
import html
import inspect
import itertools
import json
import re
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from course.lessons import CourseError
from course.tracebacks import learner_traceback

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

GRACE = 2.0
"""Seconds that running requests get to end when their server stops."""

OPENAPI_MIME = "application/vnd.course.openapi+json"
"""The type under which an output keeps the schema that a docs panel shows."""


TICKET = "x-course-ticket"
"""The header by which a client finds what the app raised for its request; apps never see it."""


class ServeError(CourseError):
    """The app could not be served; the message says why, with the learner's own lines."""


class Server:
    """One running Uvicorn. It answers as soon as the constructor returns.

    Raises:
        ServeError: `app` is not an ASGI app, or its lifespan did not start.
    """

    def __init__(self, app: App, **options: Any) -> None:
        explain_if_no_app(app)
        self.app = app
        self._raised: dict[str, BaseException] = {}
        self._lifespan_raised: BaseException | None = None
        self.lifespan_sent: list[str] = []
        """The types of the messages that the app sent in its lifespan."""
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        # Said to be TCP, so that asyncio sends small packets at once: head and body of an answer are two, and
        # the second would wait 40 ms for the client to confirm the first.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.bind(("127.0.0.1", 0))
        self.port: int = listener.getsockname()[1]
        self._listener = listener
        self._uvicorn = _Uvicorn(
            uvicorn.Config(
                self._call,
                interface="asgi3",
                log_config=None,
                log_level="critical",
                access_log=False,
                **options,
            ),
            self._ready,
        )
        self._thread = threading.Thread(target=self._run, name=f"course-{self.port}", daemon=True)
        self._thread.start()
        self._ready.wait()
        if not self._uvicorn.started:
            self._thread.join()
            raise ServeError(self._why_not_started())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def raised_for(self, ticket: str) -> BaseException | None:
        """What the app raised for the request that carried `ticket`; it is told once."""
        return self._raised.pop(ticket, None)

    def stop(self) -> None:
        """Stop listening, end running requests, run the lifespan's end. Returns when all is over."""
        self._uvicorn.ask_to_stop()
        self._thread.join(GRACE + 1)
        if self._thread.is_alive():  # its event loop is blocked by an endless loop
            _raise_in(self._thread, SystemExit)
            self._thread.join(GRACE)
        for thread in threading.enumerate():
            if self._loop is not None and getattr(thread, "loop", None) is self._loop:
                thread.join(GRACE / 10)  # AnyIO's worker threads end with their loop,
                if thread.is_alive():  # but for a plain `def` endpoint that never ends
                    _raise_in(thread, SystemExit)
                    thread.join(GRACE)
        self._listener.close()

    def _run(self) -> None:
        try:
            with contextlib.suppress(SystemExit):  # Uvicorn's way to say that start-up failed
                self._uvicorn.run(sockets=[self._listener])
        finally:
            self._listener.close()
            self._ready.set()

    def _why_not_started(self) -> str:
        if self._lifespan_raised is None:
            return "Uvicorn did not start this app, and did not say why."
        return (
            "The app's lifespan raised before the server could start.\n"
            f"{learner_traceback(self._lifespan_raised)}"
        )

    async def _call(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            self._loop = asyncio.get_running_loop()

            async def note(message: Message) -> None:
                self.lifespan_sent.append(message["type"])
                await send(message)

            try:
                await self.app(scope, receive, note)
            except BaseException as error:
                self._lifespan_raised = error
                raise
        elif scope["type"] == "http" and scope["path"].startswith("/_course/"):
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
        name = scope["path"].removeprefix("/_course/")
        if name in ASSETS:
            return await _answer(send, asset(name), ASSETS[name])
        path = getattr(self.app, f"{name}_url", None)
        parts: list[bytes] = []

        async def collect(message: Message) -> None:
            parts.append(message.get("body", b""))

        if path is None:
            return await _answer(send, b"no such page", "text/plain", 404)
        await self.app({**scope, "path": path, "raw_path": path.encode(), "headers": []}, receive, collect)
        page = b"".join(parts).decode()
        page = re.sub(rf"https://[^\"']*/({'|'.join(map(re.escape, ASSETS))})", r"/_course/\1", page)
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


class _Uvicorn(uvicorn.Server):
    """Uvicorn that tells when it is ready and stops when asked, where its own loop polls for both.

    The stock server looks ten times a second whether to stop and waits a tenth more while stopping; a
    notebook that serves ten apps would spend two seconds on that.
    """

    def __init__(self, config: uvicorn.Config, ready: threading.Event) -> None:
        super().__init__(config)
        self._ready = ready
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()

    def ask_to_stop(self) -> None:
        self.should_exit = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed already
                self._loop.call_soon_threadsafe(self._wake.set)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self._ready.set()

    async def main_loop(self) -> None:
        counter = 0
        while not await self.on_tick(counter):
            counter = (counter + 10) % 864000  # in ticks of 0.1 s: the Date header is due each second
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), 1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        state = self.server_state
        for connection in list(state.connections):
            connection.shutdown()
        try:
            async with asyncio.timeout(GRACE):
                # Uvicorn's connections tell nobody when they are gone.
                while state.connections or state.tasks:  # noqa: ASYNC110
                    await asyncio.sleep(0.002)
        except TimeoutError:
            for task in state.tasks:
                task.cancel()
        await self.lifespan.shutdown()


def _raise_in(thread: threading.Thread, error: type[BaseException]) -> None:
    """Raise `error` in another thread, at its next line of Python."""
    if thread.ident is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(error))


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


class Client(httpx.AsyncClient):
    """An `httpx.AsyncClient` whose base URL is a server of ours, and that can show its docs."""

    def __init__(self, server: Server, **options: Any) -> None:
        # The course's traffic stays on this machine, whatever proxy the machine has for the rest.
        # Its server speaks no TLS: a context that trusts nobody spares 15 ms of loading certificates.
        nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        super().__init__(base_url=server.url, trust_env=False, verify=nobody, **options)
        self.server = server
        self._tickets = itertools.count()
        self.loop: asyncio.AbstractEventLoop | None = None
        """Where its connections live, and so where it is to be closed."""

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """As in httpx; what the app raised stands in `response.extensions["course.raised"]`.

        If it raised in the middle of its answer there is no response: then it stands in the extensions of
        the error's request, and in a note on the error.
        """
        self.loop = asyncio.get_running_loop()
        ticket = self.ticket()
        request.headers[TICKET] = ticket  # the server takes it off again
        try:
            response = await super().send(request, **options)
        except httpx.TransportError as error:
            if raised := self.server.raised_for(ticket):  # in the middle of its answer
                request.extensions["course.raised"] = raised
                error.add_note(f"The app raised:\n{learner_traceback(raised)}")
            raise
        finally:
            del request.headers[TICKET]
        response.extensions["course.ticket"] = ticket
        if raised := self.server.raised_for(ticket):
            response.extensions["course.raised"] = raised
        return response

    def turn_to(self, server: Server) -> None:
        """Ask another server from now on."""
        self.server = server
        self.base_url = httpx.URL(server.url)

    def ticket(self) -> str:
        """A new ticket, for a request that is not sent by `send`."""
        return str(next(self._tickets))

    def docs(self, kind: str = "docs") -> Docs:
        """The app's Swagger UI, or with `"redoc"` its ReDoc, to be shown below the cell.

        Raises:
            ServeError: the app has no such page.
        """
        app = self.server.app
        if not all(getattr(app, name, None) for name in ("openapi_url", f"{kind}_url")):
            raise ServeError(f"This app has no page {kind!r}: it was made without, or is no FastAPI app.")
        schema = app.openapi()  # type: ignore[attr-defined]  # what has those addresses has this too
        return Docs(f"{self.server.url}/_course/{kind}", kind, schema)


class Docs:
    """A frame with an app's documentation page; keeps the schema for where no server runs."""

    def __init__(self, url: str, kind: str, schema: dict[str, Any]) -> None:
        self.url = url
        self.kind = kind
        self.schema = schema

    @property
    def name(self) -> str:
        return {"docs": "Swagger UI", "redoc": "ReDoc"}[self.kind]

    def __repr__(self) -> str:
        info = self.schema["info"]
        return f"{self.name} of {info['title']} {info['version']}: {self.url}"

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        title = html.escape(f"{self.name} of {self.schema['info']['title']}", quote=True)
        frame = (
            f'<iframe src="{self.url}" title="{title}" width="100%" height="600" '
            'style="border:1px solid #8886;background:#fff"></iframe>'
        )
        # A copy: what is shown is the schema of now, whatever the learner does to the app later.
        schema = json.loads(json.dumps(self.schema))
        return {
            "text/plain": repr(self),
            "text/html": frame,
            OPENAPI_MIME: {"kind": self.kind, "schema": schema},
        }


_running: dict[str, tuple[Server, Client]] = {}


def serve(app: App, *, name: str = "app") -> Client:
    """Run `app` on a real Uvicorn and return a client for it.

    Serving under the same `name` again stops the former server first.

    Raises:
        ServeError: `app` is not an ASGI app, or its lifespan raised.
    """
    explain_if_no_app(app)
    _stop(name)
    server = Server(app)
    client = Client(server)
    _running[name] = server, client
    return client


_closing: set[asyncio.Task[None]] = set()
"""Keeps the tasks alive that close former clients; the event loop itself does not."""


def _stop(name: str) -> None:
    if name not in _running:
        return
    server, client = _running.pop(name)
    server.stop()
    with contextlib.suppress(RuntimeError):  # no loop runs here
        if client.loop is asyncio.get_running_loop():
            task = client.loop.create_task(client.aclose())
            _closing.add(task)
            task.add_done_callback(_closing.discard)


@atexit.register
def _stop_all() -> None:
    for name in list(_running):
        _stop(name)
