"""`websockets.connect` in a page: a connection without a network, to an app that is served here.

The library's own client stays as it is. What it writes to its transport is read by the library's own server
side, and becomes messages to the app's `Socket`; what the app sends goes back the same way.
"""

from __future__ import annotations

import asyncio
from typing import Any

from websockets.asyncio.connection import Connection as Connection
from websockets.frames import Close, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from course.browser.driver import Server, Socket
from course.browser.loops import Bell, Loop
from course.running.serving import Closed, Refused

MOST = 16 * 1024 * 1024
"""Bytes that a message to an app may have, as with Uvicorn."""


class Wire(asyncio.Transport):
    """A WebSocket client's transport, which leads to `server`."""

    def __init__(self, loop: Loop, client: Connection, server: Server) -> None:
        super().__init__({"peername": ("127.0.0.1", server.port), "sockname": ("127.0.0.1", 0)})
        self._loop = loop
        self._client = client
        self._server = server
        self._protocol = ServerProtocol(
            select_subprotocol=lambda *_: self._socket and self._socket.subprotocol,  # type: ignore[arg-type]
            max_size=MOST,
        )
        self._socket: Socket | None = None
        self._task: asyncio.Task[None] | None = None
        self._message = b""
        self._is_text = True
        self._paused = False
        self._resumed = Bell()
        self._closed = False

    # What the client does with it

    def write(self, data: Any) -> None:
        if self._closed:
            return
        self._protocol.receive_data(bytes(data))
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                self._task = self._loop.create_task(self._serve(event))
            elif isinstance(event, Frame):
                self._take(event)
        self._flush()

    def can_write_eof(self) -> bool:
        return False

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Nothing is kept here, so there is nothing to limit."""

    def pause_reading(self) -> None:
        self._paused = True

    def resume_reading(self) -> None:
        self._paused = False
        self._resumed.ring()

    def is_closing(self) -> bool:
        return self._closed

    def close(self) -> None:
        """End the connection; an app that heard no goodbye is told that it was cut."""
        if self._closed:
            return
        self._closed = True
        if self._socket is not None:
            self._socket.leave(1006)
        if self._task is not None:
            self._task.cancel()
        self._loop.call_soon(self._client.connection_lost, None)

    abort = close

    # The app's side

    async def _serve(self, request: Request) -> None:
        """Open the app's end, and pass on what the app sends until one side has closed."""
        path, _, query = request.path.partition("?")
        headers = [(name.lower().encode(), value.encode()) for name, value in request.headers.raw_items()]
        offered = ",".join(request.headers.get_all("sec-websocket-protocol")).split(",")
        names = [name for one in offered if (name := one.strip())]
        socket = Socket(self._server, path, query, headers, names, "")
        try:
            await socket.opened()
        except Refused as refused:
            self._protocol.send_response(self._protocol.reject(refused.status or 500, ""))
            return self._flush()
        self._socket = socket
        self._protocol.send_response(self._protocol.accept(request))
        self._flush()
        try:
            while True:
                await self._resumed.until(lambda: not self._paused)
                message = await socket.receive()
                if isinstance(message, str):
                    self._protocol.send_text(message.encode())
                else:
                    self._protocol.send_binary(message)
                self._flush()
        except Closed as closed:
            if closed.code is None:
                self.close()
            elif self._protocol.state is State.OPEN:  # else it was the client who closed
                self._protocol.send_close(closed.code, closed.reason)
                self._flush()

    def _take(self, frame: Frame) -> None:
        if self._socket is None:
            return
        if frame.opcode is Opcode.CLOSE:
            goodbye = Close.parse(frame.data)
            self._socket.leave(goodbye.code, goodbye.reason)
        elif frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            if frame.opcode is not Opcode.CONT:
                self._is_text = frame.opcode is Opcode.TEXT
            self._message += frame.data
            if frame.fin:
                message, self._message = self._message, b""
                self._socket.put(message.decode() if self._is_text else message)

    def _flush(self) -> None:
        """Give the client what is meant for it; after the last of it the connection ends."""
        for data in self._protocol.data_to_send():
            if data:
                self._loop.call_soon(self._client.data_received, data)
            else:
                self._loop.call_soon(self._client.eof_received)
                self._loop.call_soon(self.close)
