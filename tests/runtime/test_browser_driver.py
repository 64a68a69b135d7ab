"""The server of a page does what Uvicorn does, as far as an app or a client can see it."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, WebSocket
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient
from page import as_in_a_page, run

# What holds on a desk holds in a page, word for word.
from test_server import (
    test_an_app_that_is_refused_leaves_the_former_server,
    test_an_app_without_docs_is_told,
    test_another_name_runs_beside,
    test_docs_are_a_frame_that_keeps_the_schema,
    test_many_errors_at_once_are_not_mixed_up,
    test_streams_and_uploads_pass_through,
    test_the_app_does_not_see_the_ticket,
    test_the_lifespan_ends_when_the_server_is_replaced,
    test_what_is_no_app_is_refused,
)

from course.browser import loops
from course.browser.driver import BrokenOff, Exchanged, Server
from course.running.server import serve
from course.running.serving import Closed, Receive, Refused, Scope, Send, ServeError

__all__ = [
    "test_an_app_that_is_refused_leaves_the_former_server",
    "test_an_app_without_docs_is_told",
    "test_another_name_runs_beside",
    "test_docs_are_a_frame_that_keeps_the_schema",
    "test_many_errors_at_once_are_not_mixed_up",
    "test_streams_and_uploads_pass_through",
    "test_the_app_does_not_see_the_ticket",
    "test_the_lifespan_ends_when_the_server_is_replaced",
    "test_what_is_no_app_is_refused",
]


@pytest.fixture(autouse=True)
def page() -> Iterator[None]:
    with as_in_a_page():
        yield


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return "asyncio", {"loop_factory": loops.Loop}


def an_app() -> FastAPI:
    app = FastAPI()

    @app.get("/hello")
    def hello(name: str = "you") -> dict[str, str]:
        return {"message": f"Hello, {name}!"}

    @app.get("/boom")
    def boom() -> None:
        raise KeyError("trail 7")

    @app.websocket("/echo")
    async def echo(socket: WebSocket) -> None:
        await socket.accept(subprotocol="trails")
        async for text in socket.iter_text():
            await socket.send_text(text)

    return app


# Lifespan


async def test_the_lifespan_has_begun_when_serve_returns_and_gives_its_state() -> None:
    events: list[str] = []

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, str]]:
        await asyncio.sleep(0.01)
        events.append("start")
        yield {"store": "open"}
        await asyncio.sleep(0.01)
        events.append("end")

    app = FastAPI(lifespan=lifespan)

    @app.get("/")
    def read(request: Request) -> str:
        return str(request.state.store)

    client = serve(app)
    assert events == ["start"]
    assert (await client.get("/")).json() == "open"
    client.server.stop()
    assert events == ["start", "end"]


def test_a_lifespan_that_raises_is_told() -> None:
    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        raise RuntimeError("no database")
        yield

    with pytest.raises(ServeError, match=r"(?s)lifespan raised.*test_browser_driver\.py.*no database"):
        serve(FastAPI(lifespan=lifespan))


def test_a_lifespan_that_waits_for_ever_is_told() -> None:
    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await asyncio.Event().wait()
        yield

    with pytest.raises(ServeError, match="nothing here will ever do"):
        serve(FastAPI(lifespan=lifespan))


def test_a_lifespan_that_takes_too_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("course.browser.driver.STARTS_WITHIN", 0.05)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await asyncio.sleep(60)
        yield

    with pytest.raises(ServeError, match="more than"):
        serve(FastAPI(lifespan=lifespan))


async def test_an_app_without_a_lifespan_is_served() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    assert (await serve(app).get("/")).status_code == 204


# HTTP


async def test_what_an_app_is_told_of_a_request() -> None:
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            seen.append(scope)
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body"})

    client = serve(app)
    await client.post("/trails/Lake%20Loop?near=caf%C3%A9", content=b"x")
    [scope] = seen
    assert scope["method"] == "POST"
    assert (scope["path"], scope["raw_path"]) == ("/trails/Lake Loop", b"/trails/Lake%20Loop")
    assert scope["query_string"] == b"near=caf%C3%A9"
    assert dict(scope["headers"])[b"content-length"] == b"1"
    assert all(name == name.lower() for name, _ in scope["headers"])


async def test_pieces_arrive_while_the_app_is_still_sending() -> None:
    go_on = threading.Event()
    app = FastAPI()

    @app.get("/")
    async def stream() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            yield b"first"
            await asyncio.to_thread(go_on.wait)
            yield b"second"

        return StreamingResponse(parts())

    async with serve(app).stream("GET", "/") as response:
        pieces = response.aiter_raw()
        assert await anext(pieces) == b"first"
        go_on.set()
        assert await anext(pieces) == b"second"
        assert [piece async for piece in pieces] == []
    assert response.headers["transfer-encoding"] == "chunked"


async def test_a_request_s_body_arrives_in_pieces() -> None:
    app = FastAPI()

    @app.post("/")
    async def sizes(request: Request) -> list[int]:
        return [len(piece) async for piece in request.stream()]

    async def body() -> AsyncIterator[bytes]:
        yield b"x" * 10
        await asyncio.sleep(0.01)
        yield b"y" * 100_000

    assert sum((await serve(app).post("/", content=body())).json()) == 100_010


async def test_who_goes_away_is_told_to_the_app() -> None:
    told = threading.Event()
    app = FastAPI()

    @app.get("/")
    async def endless() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield b"tick"
                    await asyncio.sleep(0.001)
            finally:
                told.set()

        return StreamingResponse(parts())

    async with serve(app).stream("GET", "/") as response:
        await anext(response.aiter_raw())
    assert await asyncio.to_thread(told.wait, 5)


async def test_a_slow_reader_slows_the_writer() -> None:
    sent = 0
    app = FastAPI()

    @app.get("/")
    async def much() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            nonlocal sent
            for _ in range(100):
                sent += 1
                yield b"x" * 50_000

        return StreamingResponse(parts())

    async with serve(app).stream("GET", "/") as response:
        pieces = response.aiter_raw()
        await anext(pieces)
        await asyncio.sleep(0.01)
        assert sent < 10
        assert sum([len(piece) async for piece in pieces]) == 99 * 50_000


async def test_compressed_answers_are_unpacked_by_the_client() -> None:
    app = an_app()
    app.add_middleware(GZipMiddleware, minimum_size=1)
    client = serve(app)
    async with client.stream("GET", "/hello") as response:
        raw = b"".join([piece async for piece in response.aiter_raw()])
    assert gzip.decompress(raw) == b'{"message":"Hello, you!"}'
    assert (await client.get("/hello")).json() == {"message": "Hello, you!"}


async def test_a_head_has_no_body_and_lengths_are_kept() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = [(b"content-length", b"5")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            body = b"short" if scope["path"] == "/right" else b"too long"
            await send({"type": "http.response.body", "body": body})

    client = serve(app)
    assert (await client.head("/right")).content == b""
    assert (await client.get("/right")).content == b"short"
    with pytest.raises(httpx.RemoteProtocolError):
        await client.get("/wrong")


async def test_an_app_that_keeps_its_loop_is_too_late_all_the_same() -> None:
    app = FastAPI()

    @app.get("/")
    async def computes() -> None:
        until = time.perf_counter() + 0.1
        while time.perf_counter() < until:
            pass

    with pytest.raises(httpx.ReadTimeout):
        await serve(app).get("/", timeout=0.02)


async def test_stopping_ends_what_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("course.browser.driver.GRACE", 0.05)
    app = FastAPI()

    @app.get("/")
    async def waits() -> None:
        await asyncio.Event().wait()

    client = serve(app)
    assert isinstance(client.server, Server)
    request = asyncio.create_task(client.get("/", timeout=None))
    await asyncio.sleep(0.01)
    client.server.stop()
    with pytest.raises(httpx.RemoteProtocolError):
        await request
    assert not client.server.loop.is_running() and client.server.loop.is_closed()


# Other clients


async def test_any_client_of_httpx_reaches_what_is_served_and_nothing_else() -> None:
    client = serve(an_app())
    async with httpx.AsyncClient(base_url=client.base_url) as other:
        assert (await other.get("/hello")).json() == {"message": "Hello, you!"}
        with pytest.raises(httpx.ConnectError, match=r"cannot ask example\.com"):
            await other.get("https://example.com/")
        with pytest.raises(httpx.ConnectError, match="nothing is served at port 9"):
            await other.get("http://127.0.0.1:9/")
    address = f"{client.base_url}/hello"
    assert httpx.get(address).json() == {"message": "Hello, you!"}  # noqa: ASYNC210
    with httpx.Client() as waiting:
        answer = waiting.get(address, params={"name": "Ada"})  # noqa: ASYNC212
    assert answer.json() == {"message": "Hello, Ada!"}


async def test_what_is_stopped_is_gone() -> None:
    client = serve(an_app())
    client.server.stop()
    with pytest.raises(httpx.ConnectError):
        await client.get("/hello")


def test_a_test_client_with_lifespan_and_websocket() -> None:
    with TestClient(an_app()) as client:
        assert client.get("/hello?name=Ada").json() == {"message": "Hello, Ada!"}
        with client.websocket_connect("/echo") as socket:
            socket.send_text("Hello")
            assert socket.receive_text() == "Hello"
        with pytest.raises(KeyError):
            client.get("/boom")


async def test_a_test_client_in_a_cell() -> None:
    assert TestClient(an_app()).get("/hello").json() == {"message": "Hello, you!"}


# WebSockets


async def test_a_websocket_of_the_page() -> None:
    server = Server(an_app())
    socket = await server.connect("/echo?x=1", subprotocols=["trails"])
    assert socket.subprotocol == "trails"
    for message in ("Hello", "Grüezi"):
        await socket.send(message)
        assert await socket.receive() == message
    await socket.close()
    with pytest.raises(Closed):
        await socket.receive()
    with pytest.raises(Refused) as refused:
        await server.connect("/nothing")
    assert refused.value.status == 403
    server.stop()


async def test_an_app_that_returns_cuts_its_websocket() -> None:
    async def returns(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})

    server = Server(returns)
    socket = await server.connect("/")
    with pytest.raises(Closed) as closed:
        await socket.receive()
    assert closed.value.code is None
    server.stop()


async def test_a_stopped_server_says_goodbye_to_its_websockets() -> None:
    server = Server(an_app())
    socket = await server.connect("/echo")
    server.stop()
    with pytest.raises(Closed) as closed:
        await socket.receive()
    assert closed.value.code == 1012


# The page's own requests


async def test_a_request_of_the_page_has_a_root() -> None:
    app = FastAPI()

    @app.get("/where")
    def where(request: Request) -> dict[str, str]:
        scope = request.scope
        return {"root": scope["root_path"], "path": scope["path"], "url": str(request.url_for("where"))}

    server = Server(app)
    call = server.request("GET", "/where", headers=[(b"host", b"trails.example")], root="/site/live/app/x")
    call.end_of_body()
    await call.start()
    assert call.status == 200
    body = await call.piece()
    assert b'"root":"/site/live/app/x","path":"/site/live/app/x/where"' in body
    assert b"http://trails.example/site/live/app/x/where" in body
    assert await call.piece() == b""
    server.stop()


async def test_an_answer_that_breaks_off() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"half", "more_body": True})
            raise KeyError("trail 7")

    server = Server(app)
    call = server.request("GET", "/")
    call.end_of_body()
    await call.start()
    assert await call.piece() == b"half"
    with pytest.raises(BrokenOff):
        await call.piece()
    server.stop()


async def test_exchanges_are_told_once_each_and_cut() -> None:
    told: list[Exchanged] = []
    app = an_app()

    @app.get("/long")
    def long() -> str:
        return "x" * 10_000

    client = serve(app)
    assert isinstance(client.server, Server)
    client.server.on_exchange = told.append
    await client.get("/hello?name=Ada")
    await client.post("/hello", content=b"y" * 9000)
    await client.get("/long")
    await client.get("/boom")
    assert [(one.method, one.path, one.status, one.origin) for one in told] == [
        ("GET", "/hello?name=Ada", 200, "cell"),
        ("POST", "/hello", 405, "cell"),
        ("GET", "/long", 200, "cell"),
        ("GET", "/boom", 500, "cell"),
    ]
    assert told[0].response_body == b'{"message":"Hello, Ada!"}'
    assert (len(told[1].request_body), len(told[2].response_body)) == (4000, 4000)
    assert isinstance(told[3].raised, KeyError)
    assert not any(name == b"x-course-ticket" for one in told for name, _ in one.request_headers)


def test_apps_and_cells_have_loops_of_their_own() -> None:
    """As threads on a desk: what an app blocks is its own loop, not the cell's."""
    app = FastAPI()

    @app.get("/")
    async def which() -> int:
        return id(asyncio.get_running_loop())

    async def cell() -> bool:
        one, other = serve(app), serve(app, name="other")
        ids = {(await one.get("/")).json(), (await other.get("/")).json(), id(asyncio.get_running_loop())}
        return len(ids) == 3

    assert run(cell())


async def test_asyncio_run_is_refused_in_an_app_s_coroutine_as_on_a_desk() -> None:
    app = FastAPI()

    @app.get("/async")
    async def in_a_coroutine() -> None:
        rest = asyncio.sleep(0)
        try:
            asyncio.run(rest)
        finally:
            rest.close()

    @app.get("/plain")
    def in_a_worker() -> str:
        asyncio.run(asyncio.sleep(0))
        return "fine"

    client = serve(app)
    raised = (await client.get("/async")).extensions["course.raised"]
    assert "cannot be called from a running event loop" in str(raised)
    assert (await client.get("/plain")).json() == "fine"
