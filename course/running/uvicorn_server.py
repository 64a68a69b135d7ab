"""The server of a desk: a real Uvicorn on a free loopback port, in a thread behind the notebook."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import socket
import ssl
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import uvicorn

from course.running.address import PREFIX, address, notebook_server, prefix
from course.running.serving import App, Closed, Receive, Refused, Scope, Send, Served, ServeError

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection
    from websockets.exceptions import ConnectionClosed

GRACE = 2.0
"""Seconds that running requests get to end when their server stops."""

HELD_FOR = 10.0
"""Seconds after which an app that is held goes on by itself."""


class UvicornServer(Served):
    """One running Uvicorn. It answers as soon as the constructor returns.

    Raises:
        ServeError: `app` is not an ASGI app, or its lifespan did not start.
    """

    def __init__(self, app: App, **options: Any) -> None:
        super().__init__(app)
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

    def address(self, path: str = "") -> str:
        return address(self.port, path)

    def client_options(self) -> dict[str, Any]:
        # The course's traffic stays on this machine, whatever proxy the machine has for the rest.
        # Its server speaks no TLS: a context that trusts nobody spares 15 ms of loading certificates.
        return {"trust_env": False, "verify": ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)}

    async def connect(self, path: str, headers: dict[str, str], within: float) -> _Socket:
        # A WebSocket library takes time to load, and only few lessons need one.
        from websockets.asyncio.client import connect
        from websockets.exceptions import InvalidHandshake, InvalidStatus

        connecting = connect(
            f"ws://127.0.0.1:{self.port}{path}",
            additional_headers=headers,
            # Nothing leaves this machine; what shrinks does not fill the buffers of one who does not read.
            compression=None,
            proxy=None,
            open_timeout=within,
            ping_interval=None,
            close_timeout=1,
        )
        try:
            return _Socket(await connecting)
        except TimeoutError:
            raise
        except InvalidStatus as error:
            raise Refused(error.response.status_code) from None
        except (InvalidHandshake, EOFError, OSError) as error:
            raise Refused(None, str(error)) from None

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        begun, over = threading.Event(), threading.Event()

        def hold() -> None:
            begun.set()
            over.wait(HELD_FOR)

        self._uvicorn.loop.call_soon_threadsafe(hold)
        begun.wait(HELD_FOR)
        try:
            yield
        finally:
            over.set()

    def count_tasks(self) -> int:
        return len(asyncio.all_tasks(self._uvicorn.loop))

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

    async def _call(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            self._loop = asyncio.get_running_loop()
        await super()._call(self._as_asked(scope), receive, send)

    def _as_asked(self, scope: Scope) -> Scope:
        """The scope with what the notebook server's proxy has taken off the path, for the app's own links."""
        told = [value.decode() for name, value in scope.get("headers", ()) if name == PREFIX]
        server = notebook_server() if told else None
        if server is None or told != [root := prefix(server["base_url"], self.port)]:
            return scope  # some other proxy, such as one of a lesson's
        return {
            **scope,
            "root_path": root,
            "path": root + scope["path"],
            "raw_path": root.encode() + scope["raw_path"],
            "headers": [pair for pair in scope["headers"] if pair[0] != PREFIX],
        }


class _Socket:
    """A WebSocket to an app, by the `websockets` library."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def send(self, message: str | bytes) -> None:
        from websockets.exceptions import ConnectionClosed

        try:
            await self._connection.send(message)
        except ConnectionClosed as closed:
            raise _closed(closed) from None

    async def receive(self) -> str | bytes:
        from websockets.exceptions import ConnectionClosed

        try:
            return await self._connection.recv()
        except ConnectionClosed as closed:
            raise _closed(closed) from None

    async def close(self, code: int = 1000) -> None:
        await self._connection.close(code)

    def cut(self) -> None:
        self._connection.transport.abort()


def _closed(closed: ConnectionClosed) -> Closed:
    return Closed(closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else Closed(None)


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

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """Where the app runs, once the server has started."""
        assert self._loop is not None
        return self._loop

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
