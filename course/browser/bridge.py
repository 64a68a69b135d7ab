"""Between the worker and Python: what the worker calls, and messages to the page.

The only module that knows of JavaScript. It also turns the loops on which cells and apps live, whenever they
have something to do and the worker's own messages have had their turn.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Coroutine
from typing import Any

import httpx
import js
from pyodide.ffi import JsException, create_proxy, to_js

from course.browser import driver, loops, substitutes, threads
from course.browser.driver import BrokenOff, Socket
from course.browser.loops import home
from course.browser.session import Session
from course.running.serving import Closed, Refused

_sessions: list[Session] = []
_jars: dict[str, httpx.Cookies] = {}
"""Cookies of the frames that show an app, by its name: browsers keep none for a service worker's answers."""


def _post(message: dict[str, Any], to: Any = js) -> None:
    try:
        to.postMessage(to_js(message, dict_converter=js.Object.fromEntries))
    except JsException:  # somewhere in it is something that only Python knows
        plain = json.loads(json.dumps(message, default=repr))
        to.postMessage(to_js(plain, dict_converter=js.Object.fromEntries))


class _Pump:
    """Turns the loops of cells and apps in the worker's own turns."""

    def __init__(self) -> None:
        self._turn = create_proxy(self._work)
        self._channel = js.MessageChannel.new()
        self._channel.port1.onmessage = self._turn
        self._asked = False
        self._timer: Any = None
        self._due = 0.0
        loops.turn_all(self._ask)

    def _ask(self, seconds: float) -> None:
        if seconds <= 0:
            if not self._asked:
                self._asked = True
                self._channel.port2.postMessage(None)
            return
        due = time.monotonic() + seconds
        if self._timer is not None:
            if self._due <= due:
                return
            js.clearTimeout(self._timer)
        self._due = due
        self._timer = js.setTimeout(self._turn, max(1, int(1000 * seconds)))

    def _work(self, _: object = None) -> None:
        self._asked = False
        if self._timer is not None:
            js.clearTimeout(self._timer)
            self._timer = None
        due = loops.work()
        if due is not None:
            self._ask(due)


async def _on_its_loop(work: Coroutine[Any, Any, Any]) -> Any:
    """Do `work` where cells and apps live, and wait for it here."""
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    task = home().create_task(work)
    task.add_done_callback(lambda _: done.set_result(None))
    await done
    return task.result()


async def start(lesson: str) -> None:
    """Be ready for a lesson's cells."""
    if not threads.installed():
        driver.install()
    substitutes.install()
    substitutes.argon2 = _argon2
    _Pump()
    session = Session(lesson, _post)
    session.start()
    _sessions[:] = [session]


async def run(id: Any, cell: Any, code: str, name: str, files: Any = None) -> bool:
    """Run one cell. Returns whether it ended without an error; its outputs are posted as they come."""
    session = _sessions[0]
    return bool(await _on_its_loop(session.run(id, code, name, _files(files))))


async def check(id: Any, task: str, files: Any = None) -> bool:
    """Judge the lesson's app as it stands in `files`. Returns whether it passed; the report is posted."""
    session = _sessions[0]
    report = await _on_its_loop(session.check(id, task, _files(files)))
    return bool(report.passed)


def _argon2(kind: int, secret: bytes, salt: bytes, *sizes: int) -> bytes:
    """An Argon2 hash, computed by the worker's JavaScript."""
    made: bytes = js.courseArgon2(kind, to_js(secret), to_js(salt), *sizes).to_bytes()
    return made


def _files(files: Any) -> dict[str, str]:
    if not files:  # JavaScript's null is something else than None, and false as well
        return {}
    files = files.to_py() if hasattr(files, "to_py") else files
    return {str(name): str(text) for name, text in files.items()}


# The app, as the page asks it


async def http(
    method: str, path: str, query: str, headers: Any, body: Any, root: str, app: Any, origin: str, port: Any
) -> None:
    """Ask an app; the answer goes to `port` as it comes, and "abort" comes from there."""
    pairs = [(str(name).lower(), _latin(value)) for name, value in _plain(headers)]
    content = body.to_bytes() if body else b""
    await _on_its_loop(_http(method, path, query, pairs, content, root, app or None, origin, port))


async def _http(
    method: str,
    path: str,
    query: str,
    headers: list[tuple[str, str]],
    body: bytes,
    root: str,
    app: str | None,
    origin: str,
    port: Any,
) -> None:
    server = _sessions[0].server(app)
    if server is None:
        told = [["x-course", "no-app"], ["content-type", "text/plain; charset=utf-8"]]
        _post({"t": "start", "status": 503, "headers": told}, port)
        _post({"t": "chunk", "b": to_js(b"No app is served yet: run a cell with serve(app).")}, port)
        _post({"t": "end"}, port)
        return
    jar = _jars.setdefault(app or "app", httpx.Cookies()) if origin == "frame" else None
    address = httpx.URL(server.url).copy_with(raw_path=path.encode())
    asked = httpx.Request(method, address)
    if jar is not None:
        jar.set_cookie_header(asked)
        if cookie := asked.headers.get("cookie"):
            headers = [*headers, ("cookie", cookie)]
    names = {name for name, _ in headers}
    if "host" not in names:
        headers = [("host", address.netloc.decode()), *headers]
    if body and "content-length" not in names:
        headers = [*headers, ("content-length", str(len(body)))]
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    call = server.request(method, path, query, raw, root=root, origin=origin)
    leave = create_proxy(lambda _: call.leave())
    port.onmessage = leave
    try:
        if body:
            await call.feed(body)
        call.end_of_body()
        await call.start()
        if jar is not None:
            jar.extract_cookies(httpx.Response(call.status, headers=call.answer_headers, request=asked))
        shown = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in call.answer_headers]
        _post({"t": "start", "status": call.status, "headers": shown}, port)
        while piece := await call.piece():
            array = to_js(piece)
            message = to_js({"t": "chunk", "b": array}, dict_converter=js.Object.fromEntries)
            port.postMessage(message, to_js([array.buffer]))
        _post({"t": "end"}, port)
    except BrokenOff:
        if not call.status:
            _post({"t": "start", "status": 502, "headers": []}, port)
        _post({"t": "error", "message": "The app ended before its answer did."}, port)
    finally:
        port.onmessage = None
        leave.destroy()


async def ws(
    path: str, query: str, protocols: Any, headers: Any, root: str, app: Any, origin: str, port: Any
) -> None:
    """Open a WebSocket to an app; messages go both ways by `port` until one side closes."""
    pairs = {str(name).lower(): _latin(value) for name, value in _plain(headers)}
    wanted = [str(protocol) for protocol in _plain(protocols)]
    await _on_its_loop(_ws(path, query, wanted, pairs, root, app or None, port))


async def _ws(
    path: str,
    query: str,
    protocols: list[str],
    headers: dict[str, str],
    root: str,
    app: str | None,
    port: Any,
) -> None:
    server = _sessions[0].server(app)
    if server is None:
        _post({"t": "close", "code": 1006, "reason": "No app is served yet.", "status": 503}, port)
        return
    address = f"{path}?{query}" if query else path
    try:
        socket = await server.connect(address, headers, subprotocols=protocols, root=root)
    except Refused as refused:
        _post({"t": "close", "code": 1006, "reason": "", "status": refused.status}, port)
        return
    _post({"t": "open", "protocol": socket.subprotocol or ""}, port)
    take = create_proxy(lambda event: _take(socket, event.data))
    port.onmessage = take
    try:
        while True:
            message = await socket.receive()
            _post({"t": "msg", "d": message if isinstance(message, str) else to_js(message)}, port)
    except Closed as closed:
        _post({"t": "close", "code": closed.code or 1006, "reason": closed.reason}, port)
    finally:
        port.onmessage = None
        take.destroy()


def _take(socket: Socket, message: Any) -> None:
    """A message from the page: text, bytes, or the wish to close."""
    if message.t == "msg":
        data = message.d
        socket.put(data if isinstance(data, str) else data.to_bytes())
    elif message.t == "close":
        code = getattr(message, "code", None)
        socket.leave(int(code) if code else 1005, str(getattr(message, "reason", None) or ""))


def _latin(value: Any) -> str:
    """A header's value as far as a header can hold it."""
    return str(value).encode("latin-1", "replace").decode("latin-1")


def _plain(value: Any) -> list[Any]:
    if not value:
        return []
    return list(value.to_py() if hasattr(value, "to_py") else value)
