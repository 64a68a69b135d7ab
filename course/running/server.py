"""`serve(app)`: run an app and get a client for it. Which server runs it depends on where this is."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import html
import itertools
import json
from collections.abc import Callable
from typing import Any

import httpx

from course.running.address import whole
from course.running.serving import TICKET, App, Served, ServeError, explain_if_no_app
from course.running.tracebacks import learner_traceback

OPENAPI_MIME = "application/vnd.course.openapi+json"
"""The type under which an output keeps the schema that a docs panel shows."""


WAITS = 20.0
"""Seconds that a client waits for its app, where httpx would wait 5: a busy machine may need them."""


class Client(httpx.AsyncClient):
    """An `httpx.AsyncClient` whose base URL is a server of ours, and that can show its docs."""

    def __init__(self, server: Served, **options: Any) -> None:
        options = {"timeout": WAITS, **server.client_options(), **options}
        super().__init__(base_url=server.url, **options)
        self.server = server
        self._tickets = itertools.count()
        self.loop: asyncio.AbstractEventLoop | None = None
        """Where its connections live, and so where it is to be closed."""
        self.replaced = False
        """Whether another app is served by now under the name of this client's."""

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """As in httpx; what the app raised stands in `response.extensions["course.raised"]`.

        If it raised in the middle of its answer there is no response: then it stands in the extensions of
        the error's request, and in a note on the error.

        Raises:
            ServeError: another app is served by now in place of this client's.
        """
        if self.replaced:
            raise ServeError(
                "This client's app was replaced by a later `serve(...)`: ask the client that it returned, or "
                'keep both with a name, such as `serve(app, name="second")`.'
            )
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

    def turn_to(self, server: Served) -> None:
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
        return Docs(self.server.address(f"/_course/{kind}"), kind, schema, self.server.docs_of(kind))

    def link(self, path: str = "/") -> Link:
        """A page of the app, to be opened in a browser."""
        return Link(self.server.address(path), at_home=self.server.url + path)


class Link:
    """Where a browser finds a page; `at_home` is where a program on the same machine does."""

    def __init__(self, url: str, at_home: str) -> None:
        self.url = url
        self.at_home = at_home

    def __repr__(self) -> str:
        return f"Open {whole(self.url)}"

    def _repr_html_(self) -> str | None:
        """A link where the address alone leads nowhere."""
        if self.url == self.at_home:
            return None
        url = html.escape(self.url, quote=True)
        return f'Open <a href="{url}" target="_blank" rel="noopener">{html.escape(whole(self.url))}</a>'


class Docs:
    """A frame with an app's documentation page; keeps the schema for where no server runs."""

    def __init__(
        self, url: str, kind: str, schema: dict[str, Any], more: dict[str, Any] | None = None
    ) -> None:
        self.url = url
        self.more = more or {}
        self.kind = kind
        self.schema = schema

    @property
    def name(self) -> str:
        return {"docs": "Swagger UI", "redoc": "ReDoc"}[self.kind]

    def __repr__(self) -> str:
        info = self.schema["info"]
        return f"{self.name} of {info['title']} {info['version']}: {whole(self.url)}"

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
            OPENAPI_MIME: {"kind": self.kind, "schema": schema, **self.more},
        }


kind: type[Served] | None = None
"""The server that apps get: a page puts its own here, before anything is served; elsewhere it is Uvicorn."""


def in_page() -> bool:
    """Whether this runs in a page, with neither threads nor processes nor sockets."""
    return kind is not None


def make_server(app: App, **options: Any) -> Served:
    """A running server for `app`; `options` are those of Uvicorn's configuration, which a page ignores.

    Raises:
        ServeError: `app` is not an ASGI app, or its lifespan raised.
    """
    if kind is not None:
        return kind(app, **options)
    from course.running.uvicorn_server import UvicornServer

    return UvicornServer(app, **options)


_running: dict[str, tuple[Served, Client]] = {}


def serve(app: App, *, name: str = "app") -> Client:
    """Run `app` on a real Uvicorn, or in the page, and return a client for it.

    Serving under the same `name` again stops the former server first.

    Raises:
        ServeError: `app` is not an ASGI app, or its lifespan raised.
    """
    explain_if_no_app(app)
    if name in _running:
        _running[name][1].replaced = True
    _stop(name)
    server = make_server(app)
    server.name = name
    client = Client(server)
    _running[name] = server, client
    for tell in on_serve:
        tell(name, server)
    return client


on_serve: list[Callable[[str, Served], None]] = []
"""Who wants to know what is served from now on, and under which name."""


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
