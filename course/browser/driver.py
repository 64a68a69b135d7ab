"""The server of a page: it calls the app itself, message by message, as Uvicorn would over a socket.

What Uvicorn does that an app or a client can see is done here too: the lifespan with its state, pieces of
bodies as they come, a client that goes away, an answer that breaks off, WebSockets that are refused, closed
or cut. What it does that only a network can see is not.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
import socket
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Iterator
from contextvars import Context
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any
from urllib.parse import unquote

import httpx

from course.browser import threads
from course.browser.loops import Bell, Deadlock, Loop, NotInBrowser, is_suspended, not_here, wait_until
from course.browser.threads import StandIn, in_app
from course.running import server as running
from course.running.serving import (
    TICKET,
    App,
    Closed,
    Message,
    Receive,
    Refused,
    Scope,
    Send,
    Served,
    ServeError,
)

Headers = list[tuple[bytes, bytes]]

GRACE = 2.0
"""Seconds that running requests get to end when their server stops."""

STARTS_WITHIN = 8.0
"""Seconds that a lifespan may take to begin: nothing else happens in the page meanwhile."""

AHEAD = 65536
"""Bytes of a body that are kept for a reader who is slower than the writer; then the writer waits."""

KEPT = 4000
"""Bytes of each body that are kept for the log of exchanges."""

_HEADER_NAME = re.compile(rb'[\x00-\x1f\x7f()<>@,;:\[\]={} \t\\"]')
_HEADER_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")

_ports = itertools.count(8000)
_tickets = itertools.count()
_serving: dict[int, Server] = {}
"""Servers by port: what `http://127.0.0.1:8000` leads to in a page."""


@dataclass
class Exchanged:
    """One request and its answer, for the log; bodies are cut."""

    method: str
    path: str
    status: int
    seconds: float
    origin: str
    """Who asked: "cell", or what the page says of itself."""
    request_headers: Headers
    request_body: bytes
    response_headers: Headers
    response_body: bytes
    raised: BaseException | None = None


class Server(Served):
    """An app that is served in the page: its lifespan has begun when the constructor returns.

    Args:
        app: any ASGI app.
        options: those of Uvicorn; they mean nothing here.

    Raises:
        ServeError: `app` is not an ASGI app, or its lifespan did not start.
    """

    def __init__(self, app: App, **options: Any) -> None:
        super().__init__(app)
        self.port = next(_ports)
        self.state: dict[str, Any] = {}
        self.on_exchange: Callable[[Exchanged], None] | None = None
        self.on_stop: Callable[[], None] | None = None
        self.loop = Loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._calls: set[Call] = set()
        self._sockets: set[Socket] = set()
        self._lifespan = _Lifespan(self)
        if not self._lifespan.start():
            why = self._why_not_started()
            self._end_loop()
            self._lifespan.forget()
            raise ServeError(why)
        _serving[self.port] = self

    @property
    def running(self) -> bool:
        return self.port in _serving

    def held(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()  # there is one thread: what is sent without a wait comes together

    def count_tasks(self) -> int:
        return len(asyncio.all_tasks(self.loop))

    def stop(self) -> None:
        """End running requests, run the lifespan's end. Returns when all is over."""
        if _serving.pop(self.port, None) is None:
            return
        for call in list(self._calls):
            if call.origin != "cell":  # a panel's open streams would keep everything waiting
                call.leave()
        for opened in list(self._sockets):
            opened.leave(1012)
        # Whoever stops the server from inside of one of its own requests does not wait for that request.
        running = [task for task in self._tasks if not is_suspended(task)]
        try:
            wait_until(lambda: all(task.done() for task in running), within=GRACE)
        except (TimeoutError, Deadlock):
            for call in list(self._calls):
                call.leave()
            for task in running:
                task.cancel()
        self._lifespan.stop()
        self._end_loop()
        if self.on_stop is not None:
            self.on_stop()

    def _end_loop(self) -> None:
        """Give what was cancelled a last turn. A loop that is in the middle of one is left to itself."""
        with contextlib.suppress(TimeoutError, Deadlock):
            wait_until(lambda: self.loop.due_in() != 0, within=GRACE, first=self.loop)
        if not self.loop.is_running():
            self.loop.close()

    def docs_of(self, kind: str) -> dict[str, Any]:
        # The page asks the app itself for its docs, by the app's name.
        return {"app": self.name, "path": getattr(self.app, f"{kind}_url", None)}

    def client_options(self) -> dict[str, Any]:
        return {"transport": Transport()}

    def run(self, scope: Scope, receive: Receive, send: Send) -> asyncio.Task[None]:
        """Call the app in a task of its own, apart from whatever asks it, as in another thread."""
        context = Context()
        context.run(in_app.set, True)
        call: Coroutine[Any, Any, None] = self._call(scope, receive, send)
        task = self.loop.create_task(call, context=context)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def request(
        self,
        method: str,
        path: str,
        query: str = "",
        headers: Iterable[tuple[bytes, bytes]] = (),
        *,
        root: str = "",
        origin: str = "cell",
    ) -> Call:
        """Begin a request: its body is fed to the `Call`, and its answer read from it.

        `path` is as it stands in a URL, escaped; `root` is what lies before the app's own paths.
        """
        return Call(self, method, path, query, headers, root, origin)

    async def connect(
        self,
        path: str,
        headers: dict[str, str] | None = None,
        within: float | None = None,
        *,
        subprotocols: Iterable[str] = (),
        root: str = "",
    ) -> Socket:
        path, _, query = path.partition("?")
        raw = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
        raw = [(b"host", f"127.0.0.1:{self.port}".encode()), *raw]
        socket = Socket(self, path, query, raw, list(subprotocols), root)
        async with asyncio.timeout(within):
            await socket.opened()
        return socket

    def scope(self, kind: str, path: str, query: str, headers: Headers, root: str) -> Scope:
        """What an app is told about a request or a WebSocket, in Uvicorn's words."""
        scheme, version = {"http": ("http", "2.3"), "websocket": ("ws", "2.4")}[kind]
        return {
            "type": kind,
            "asgi": {"version": "3.0", "spec_version": version},
            "http_version": "1.1",
            "server": ("127.0.0.1", self.port),
            "client": ("127.0.0.1", 50000 + self.port % 10000),
            "scheme": scheme,
            "root_path": root,
            "headers": headers,
            "state": self.state.copy(),
            "path": root + unquote(path),
            "raw_path": (root + path).encode(),
            "query_string": query.encode(),
        }


class _Lifespan:
    """An app's lifespan: one call that begins with the server and ends with it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.inbox: asyncio.Queue[Message] = asyncio.Queue()
        self.started = False
        self.failed = False
        self.stopped = False
        self.task: asyncio.Task[None] | None = None

    def start(self) -> bool:
        """Returns whether the app may be served: an app without a lifespan may."""
        scope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": self.server.state,
        }
        self.inbox.put_nowait({"type": "lifespan.startup"})
        self.task = self.server.run(scope, self.inbox.get, self._send)
        self.server._tasks.discard(self.task)
        try:
            wait_until(
                lambda: self.started or self.failed or self._over(),
                within=STARTS_WITHIN,
                first=self.server.loop,
                hopeful=False,
            )
        except (TimeoutError, Deadlock) as error:
            self.task.cancel()
            late = TimeoutError(f"It took more than {STARTS_WITHIN:g} seconds.")
            self.server._lifespan_raised = error if isinstance(error, Deadlock) else late
            self.failed = True
        return not self.failed

    def stop(self) -> None:
        if self._over() or not self.started:
            return
        self.inbox.put_nowait({"type": "lifespan.shutdown"})
        try:
            wait_until(lambda: self.stopped or self._over(), within=GRACE, first=self.server.loop)
        except (TimeoutError, Deadlock):
            if self.task is not None:
                self.task.cancel()

    def _over(self) -> bool:
        if self.task is None or not self.task.done():
            return False
        self.forget()
        return True

    def forget(self) -> None:
        """Look at what the lifespan raised, so that nobody is told that nobody did."""
        if self.task is not None and self.task.done() and not self.task.cancelled():
            self.task.exception()

    async def _send(self, message: Message) -> None:
        kind = message["type"]
        self.started |= kind == "lifespan.startup.complete"
        self.failed |= kind == "lifespan.startup.failed"
        self.stopped |= kind in ("lifespan.shutdown.complete", "lifespan.shutdown.failed")


class BrokenOff(Exception):
    """The app ended before its answer did."""


@dataclass(eq=False)
class Call:
    """One request that an app answers: the body goes in by `feed`, the answer comes by `start`, `piece`."""

    server: Server
    method: str
    path: str
    query: str
    headers: Iterable[tuple[bytes, bytes]]
    root: str
    origin: str
    status: int = 0
    answer_headers: Headers = field(default_factory=list)

    def __post_init__(self) -> None:
        headers = [(name.lower(), value) for name, value in self.headers]
        tickets = [value for name, value in headers if name == TICKET.encode()]
        # What the app raises is kept under a ticket, also for who brings none.
        self._ticket = tickets[0].decode() if tickets else f"page-{next(_tickets)}"
        self._own_ticket = not tickets
        self.headers = headers if tickets else [*headers, (TICKET.encode(), self._ticket.encode())]
        self._news = Bell()
        self._body: deque[bytes] = deque()
        self._fed = False
        self._asked_for_body = False
        self._told_end_of_body = False
        self._pieces: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._begun = False
        self._whole = False
        self._gone = False
        self._began = time.monotonic()
        self._started_at = 0.0
        self._content_left: int | None = None
        self._bodiless = False
        """Whether the status says that no body follows: then no client reads one."""
        self._kept_request = b""
        self._kept_answer = b""
        scope = self.server.scope("http", self.path, self.query, self.headers, self.root)
        scope = {**scope, "method": self.method.upper()}
        self.server._calls.add(self)
        self._task = self.server.run(scope, self._receive, self._send)
        self._task.add_done_callback(self._over)

    # The client's side

    async def feed(self, piece: bytes) -> None:
        """Give a piece of the request's body; waits while the app is far behind."""
        if self.server.on_exchange is not None:
            self._kept_request = (self._kept_request + piece)[:KEPT]
        for at in range(0, len(piece), AHEAD):  # a server reads no more at once
            self._body.append(piece[at : at + AHEAD])
            self._news.ring()
            await self._news.until(
                lambda: sum(map(len, self._body)) < AHEAD or self._task.done() or self._whole
            )

    def end_of_body(self) -> None:
        """Say that the request's body is whole."""
        self._fed = True
        self._news.ring()

    async def start(self) -> None:
        """Wait until the answer has begun: then `status` and `answer_headers` are known.

        Raises:
            BrokenOff: it could not be sent.
        """
        await self._news.until(lambda: self.status or self._gone or self._task.done())
        if not self.status and (self._begun or self._gone):
            self._log()
            raise BrokenOff
        if not self.status:  # as Uvicorn does when an app raises, or says nothing
            text = b"Internal Server Error"
            headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
            self._begin(500, [*headers, (b"content-length", str(len(text)).encode())])
            self._add(text)
            self._whole = True
            self._log()

    async def piece(self) -> bytes:
        """The next piece of the answer's body; empty at its end.

        Raises:
            BrokenOff: the app ended before.
        """
        if self._bodiless:
            return b""
        await self._news.until(lambda: self._pieces or self._whole or self._gone or self._task.done())
        if self._pieces:
            piece = self._pieces.popleft()
            self._waiting_bytes -= len(piece)
            self._news.ring()
            return piece
        if not self._whole:
            self._log()
            raise BrokenOff
        return b""

    def leave(self) -> None:
        """The client goes away; the app is told when it next asks."""
        if not self._whole:
            self._gone = True
            self._log()
        self._news.ring()

    @property
    def took(self) -> float:
        """Seconds from the request to the beginning of its answer."""
        return self._started_at - self._began

    # The app's side

    async def _receive(self) -> Message:
        self._asked_for_body = True
        await self._news.until(
            lambda: self._gone or self._whole or self._body or (self._fed and not self._told_end_of_body)
        )
        if self._gone or self._whole:
            return {"type": "http.disconnect"}
        piece = self._body.popleft() if self._body else b""
        while self._body and len(piece) + len(self._body[0]) <= AHEAD:
            piece += self._body.popleft()
        self._news.ring()
        self._told_end_of_body = self._fed and not self._body
        return {"type": "http.request", "body": piece, "more_body": not self._told_end_of_body}

    async def _send(self, message: Message) -> None:
        if self._waiting_bytes > AHEAD and not self._gone:
            await self._news.until(lambda: self._waiting_bytes <= AHEAD or self._gone)
        if self._gone:
            return
        kind = message["type"]
        if not self._begun:
            if kind != "http.response.start":
                raise RuntimeError(f"Expected ASGI message 'http.response.start', but got '{kind}'.")
            self._begun = True  # from here on there is no other answer, even if this one cannot be sent
            self._begin(message["status"], list(message.get("headers", [])))
        elif not self._whole:
            if kind != "http.response.body":
                raise RuntimeError(f"Expected ASGI message 'http.response.body', but got '{kind}'.")
            self._take(message.get("body", b""), message.get("more_body", False))
        else:
            raise RuntimeError(f"Unexpected ASGI message '{kind}' sent, after response already completed.")
        self._news.ring()

    def _begin(self, status: int, headers: Headers) -> None:
        told: Headers = [(b"date", formatdate(usegmt=True).encode())]
        chunked = False
        for name, value in headers:
            if _HEADER_NAME.search(name):
                raise RuntimeError("Invalid HTTP header name.")
            if _HEADER_VALUE.search(value):
                raise RuntimeError("Invalid HTTP header value.")
            if name.lower() == b"content-length" and not chunked:
                self._content_left = int(value.decode())
            elif name.lower() == b"transfer-encoding" and value.lower() == b"chunked":
                self._content_left = None
                chunked = True
            told.append((name.lower(), value))
        self._bodiless = status in (204, 304)
        no_body = self._bodiless or self.method.upper() == "HEAD"
        if self._content_left is None and not chunked and not no_body:
            told.append((b"transfer-encoding", b"chunked"))
        self.answer_headers = told
        self._started_at = time.monotonic()
        self.status = int(status)

    def _take(self, body: bytes, more: bool) -> None:
        if self.method.upper() == "HEAD":
            body, self._content_left = b"", None
        elif self._content_left is not None:
            if len(body) > self._content_left:
                raise RuntimeError("Response content longer than Content-Length")
            self._content_left -= len(body)
        elif self._bodiless and body:
            raise RuntimeError("Response content longer than Content-Length")
        if not self._bodiless:
            self._add(b"".join([body]))  # which takes no text for bytes
        if not more:
            if self._content_left:
                raise RuntimeError("Response content shorter than Content-Length")
            self._whole = True
            self._log()

    def _add(self, piece: bytes) -> None:
        if piece:
            self._pieces.append(piece)
            self._waiting_bytes += len(piece)
            if len(self._kept_answer) < KEPT:
                self._kept_answer = (self._kept_answer + piece)[:KEPT]

    def _over(self, task: asyncio.Task[None]) -> None:
        self.server._calls.discard(self)
        if self._own_ticket and self.origin == "":
            self.server.raised_for(self._ticket)
        if not task.cancelled():
            task.exception()  # the client is told, by `raised_for` or an answer that breaks off
        self._news.ring()

    def _log(self) -> None:
        if self.server.on_exchange is None or self.origin == "":
            return
        origin, self.origin = self.origin, ""  # once
        query = f"?{self.query}" if self.query else ""
        self.server.on_exchange(
            Exchanged(
                self.method,
                self.path + query,
                self.status,
                time.monotonic() - self._began,
                origin,
                [pair for pair in self.headers if pair[0] != TICKET.encode()],
                self._kept_request,
                self.answer_headers,
                self._kept_answer,
                self.server._raised.get(self._ticket),
            )
        )


class Socket:
    """A client's end of a WebSocket to an app in the page."""

    def __init__(
        self, server: Server, path: str, query: str, headers: Headers, subprotocols: list[str], root: str
    ) -> None:
        self.server = server
        self.subprotocol: str | None = None
        self._inbox: deque[Message] = deque([{"type": "websocket.connect"}])
        self._outbox: deque[str | bytes] = deque()
        self._news = Bell()
        self._accepted = False
        self._refused: int | None = None
        self._closed: Closed | None = None
        self._gone = False
        scope = server.scope("websocket", path, query, headers, root)
        scope = {**scope, "subprotocols": subprotocols, "extensions": {"websocket.http.response": {}}}
        server._sockets.add(self)
        self._task = server.run(scope, self._receive, self._send)
        self._task.add_done_callback(self._over)

    async def opened(self) -> None:
        """Wait until the app has accepted.

        Raises:
            Refused: it did not.
        """
        try:
            await self._news.until(lambda: self._accepted or self._refused or self._task.done())
        except asyncio.CancelledError:
            self.leave(1006)
            raise
        if not self._accepted:
            raise Refused(self._refused or 500)

    async def send(self, message: str | bytes) -> None:
        if self._closed is not None:
            raise self._closed
        self.put(message)
        await asyncio.sleep(0)

    def put(self, message: str | bytes) -> None:
        """Send without waiting; what comes after the end is lost."""
        if self._closed is None:
            kind = "text" if isinstance(message, str) else "bytes"
            self._inbox.append({"type": "websocket.receive", kind: message})
            self._news.ring()

    async def receive(self) -> str | bytes:
        await self._news.until(lambda: self._outbox or self._closed)
        if self._outbox:
            return self._outbox.popleft()
        if self._closed is None:
            raise Closed(None)
        raise self._closed

    async def close(self, code: int = 1000, reason: str = "") -> None:
        self.leave(code, reason)
        await asyncio.sleep(0)

    def cut(self) -> None:
        self.leave(1006)

    def leave(self, code: int, reason: str = "") -> None:
        """Tell the app that this end is gone."""
        if self._closed is None:
            self._gone = True
            self._closed = Closed(code, reason)
            self._inbox.append({"type": "websocket.disconnect", "code": code, "reason": reason})
            self._news.ring()

    async def _receive(self) -> Message:
        await self._news.until(lambda: self._inbox)
        message = self._inbox[0]
        if message["type"] != "websocket.disconnect":  # that is told again whenever somebody asks
            self._inbox.popleft()
        return message

    async def _send(self, message: Message) -> None:
        kind = message["type"]
        if not self._accepted and self._refused is None:
            if kind == "websocket.accept":
                self.subprotocol = message.get("subprotocol")
                self._accepted = True
            elif kind == "websocket.close":
                self._refused = 403
                self._inbox.append({"type": "websocket.disconnect", "code": 1006})
            elif kind == "websocket.http.response.start":
                self._refused = int(message["status"])
            else:
                raise RuntimeError(
                    "Expected ASGI message 'websocket.accept', 'websocket.close', "
                    f"or 'websocket.http.response.start' but got '{kind}'."
                )
        elif self._refused is not None:
            if kind != "websocket.http.response.body":
                raise RuntimeError(f"Unexpected ASGI message '{kind}', after the connection was refused.")
        elif self._gone:
            raise OSError("the client is gone")
        elif self._closed is not None:
            raise RuntimeError(
                f"Unexpected ASGI message '{kind}', after sending 'websocket.close' "
                "or response already completed."
            )
        elif kind == "websocket.send":
            text = message.get("text")
            self._outbox.append(message["bytes"] if text is None else text)
        elif kind == "websocket.close":
            self._end(message.get("code", 1000), message.get("reason") or "")
        else:
            raise RuntimeError(
                f"Expected ASGI message 'websocket.send' or 'websocket.close', but got '{kind}'."
            )
        self._news.ring()

    def _end(self, code: int | None, reason: str = "") -> None:
        self._closed = Closed(code, reason)
        self._inbox.append({"type": "websocket.disconnect", "code": code or 1006, "reason": reason})

    def _over(self, task: asyncio.Task[None]) -> None:
        self.server._sockets.discard(self)
        if not task.cancelled():
            task.exception()  # looked at, so that nobody is told that nobody did
        if self._closed is None:
            self._end(None)  # as with Uvicorn: only an app that says so closes with a code
        self._news.ring()


# httpx


class Transport(httpx.AsyncBaseTransport):
    """Takes an httpx client's requests to the app that is served at their address."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            server = server_at(request.url.host, request.url.port)
        except NotInBrowser as error:
            raise httpx.ConnectError(str(error), request=request) from None
        limit = request.extensions.get("timeout", {}).get("read")
        trace = request.extensions.get("trace")

        async def tell(event: str) -> None:  # as httpcore names what it does
            if trace is not None:
                await trace(f"http11.{event}", {"request": request})

        await tell("send_request_headers.started")
        path, _, query = request.url.raw_path.decode("ascii").partition("?")
        call = server.request(request.method, path, query, request.headers.raw)
        try:
            assert isinstance(request.stream, httpx.AsyncByteStream)
            await tell("send_request_headers.complete")
            await tell("send_request_body.started")
            async for piece in request.stream:
                await call.feed(piece)
            call.end_of_body()
            await tell("send_request_body.complete")
            await tell("receive_response_headers.started")
            await _within(limit, call.start(), request)
            await tell("receive_response_headers.complete")
            if limit is not None and call.took > limit:  # the app blocked the one thread that there is
                raise httpx.ReadTimeout("", request=request)
        except BrokenOff:
            message = "Server disconnected without sending a response."
            raise httpx.RemoteProtocolError(message, request=request) from None
        except BaseException:
            call.leave()
            raise
        return httpx.Response(
            call.status,
            headers=call.answer_headers,
            stream=_Body(call, limit, request),
            extensions={"http_version": b"HTTP/1.1"},
        )


class _Body(httpx.AsyncByteStream):
    def __init__(self, call: Call, limit: float | None, request: httpx.Request) -> None:
        self._call = call
        self._limit = limit
        self._request = request

    # No generator: one that is left half-way would have to be closed by a loop that may be gone.
    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            piece: bytes = await _within(self._limit, self._call.piece(), self._request)
        except BrokenOff:
            raise httpx.RemoteProtocolError(
                "peer closed connection without sending complete message body (incomplete chunked read)",
                request=self._request,
            ) from None
        if not piece:
            raise StopAsyncIteration
        return piece

    async def aclose(self) -> None:
        self._call.leave()


async def _within(limit: float | None, work: Awaitable[Any], request: httpx.Request) -> Any:
    try:
        async with asyncio.timeout(limit):
            return await work
    except TimeoutError:
        raise httpx.ReadTimeout("", request=request) from None


def server_at(host: str, port: int | None) -> Server:
    """The server at an address.

    Raises:
        NotInBrowser: none is; the message says what can be asked in a page.
    """
    if host not in HERE:
        raise NotInBrowser(
            f"A page in a browser cannot ask {host}: code here reaches only what `serve` runs."
        )
    if port not in _serving:
        raise NotInBrowser(
            f"All connection attempts failed: nothing is served at port {port or 80} in this page."
        )
    return _serving[port]


HERE = ("127.0.0.1", "localhost", "::1")


def install() -> None:
    """Have this process be a page: nothing has threads, and apps are served and asked here."""
    threads.install()
    threads.install(stand_ins())
    running.kind = Server


def stand_ins() -> Iterator[StandIn]:
    """What has httpx and `websockets` ask the apps in the page: there is no other network here."""

    async def ask(self: object, request: httpx.Request) -> httpx.Response:
        return await Transport().handle_async_request(request)

    def ask_and_wait(self: object, request: httpx.Request) -> httpx.Response:
        async def whole() -> httpx.Response:
            # A client that does not await reads a body when it is whole.
            again = httpx.Request(
                request.method,
                request.url,
                headers=request.headers,
                content=request.read(),
                extensions=request.extensions,
            )
            response = await Transport().handle_async_request(again)
            body = b"".join([piece async for piece in response.aiter_raw()])
            return httpx.Response(response.status_code, headers=response.headers, stream=_Whole(body))

        loop = Loop()
        try:
            return loop.block(whole())
        finally:
            loop.close()

    def nothing(self: object, *args: object, **options: object) -> None: ...

    async def nothing_async(self: object, *args: object, **options: object) -> None: ...

    async def open_wire(
        self: Loop, make: Callable[[], object], host: str = "", port: int | None = None, **options: Any
    ) -> tuple[asyncio.Transport, asyncio.Protocol]:
        from course.browser.wire import Connection, Wire  # a library that few lessons need

        client = make()
        if not isinstance(client, Connection):
            raise NotInBrowser(not_here("network sockets"))
        server = server_at(host, port)
        wire = Wire(self, client, server)
        client.connection_made(wire)
        return wire, client

    def open_socket(address: tuple[str, int], *args: object, **options: object) -> None:
        """What `urlopen` and its like begin with."""
        server_at(*address)
        raise NotInBrowser("A page in a browser has no sockets: `httpx.get(...)` reaches what `serve` runs.")

    yield Loop, "create_connection", open_wire
    yield socket, "create_connection", open_socket
    yield httpx.AsyncHTTPTransport, "__init__", nothing
    yield httpx.AsyncHTTPTransport, "handle_async_request", ask
    yield httpx.AsyncHTTPTransport, "aclose", nothing_async
    yield httpx.HTTPTransport, "__init__", nothing
    yield httpx.HTTPTransport, "handle_request", ask_and_wait
    yield httpx.HTTPTransport, "close", nothing
    for kind, names in (
        (httpx.AsyncHTTPTransport, ("__aenter__", "__aexit__")),
        (httpx.HTTPTransport, ("__enter__", "__exit__")),
    ):
        for name in names:
            yield kind, name, vars(kind.__mro__[1])[name]


class _Whole(httpx.SyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        yield self._body
