"""What a check sees beyond single answers: streams, WebSockets, a second start."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from queue import Queue

import httpx
import pytest
from page import anyio_backend, where

from course.judging.api import Api
from course.judging.checks import run_exercise
from course.judging.report import Report, State
from course.judging.tasks import Exercise
from course.running.serving import App, Receive, Scope, Send

__all__ = ["anyio_backend", "where"]  # all of this on a desk, and in a page


def plain(*checks: object) -> Exercise:
    return Exercise("9.1", "Try", ["a", "b"], "app", list(checks))  # type: ignore[arg-type]


async def report_of(check: object, app: App) -> Report:
    return await run_exercise(plain(check), app)


async def trails(scope: Scope, receive: Receive, send: Send) -> None:
    """A bare ASGI app that does everything a check may want to see, and goes wrong at some paths."""
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
    elif scope["type"] == "websocket":
        await socket(scope, receive, send)
    else:
        await stream(scope, send)


async def stream(scope: Scope, send: Send) -> None:
    if scope["path"] == "/silent":
        await asyncio.sleep(60)
    if scope["path"] == "/raises":
        raise KeyError("before")
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-trail", b"7")]})
    for name in (b"Lake Loop", b"Fern Valley"):
        await send({"type": "http.response.body", "body": name, "more_body": True})
    if scope["path"] == "/halts":
        await asyncio.sleep(60)
    if scope["path"] == "/breaks":
        await asyncio.sleep(0.1)  # until the client has begun to read
        raise KeyError("between")
    await send({"type": "http.response.body", "body": b""})


async def socket(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    if scope["path"] == "/refused":
        return await send({"type": "websocket.close"})
    if scope["path"] == "/raises":
        raise KeyError("before")
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        if message.get("text") == "boom":
            raise KeyError("between")
        if message.get("text") == "bye":
            return await send({"type": "websocket.close", "code": 4001})
        if message.get("text") != "hush":
            await send({"type": "websocket.send", "text": message.get("text"), "bytes": message.get("bytes")})
    return None


# Streams


def streams(path: str) -> Callable[[Api], object]:
    async def check(api: Api) -> None:
        """Streams"""
        async with api.stream("GET", path) as answer:
            assert (answer.status_code, answer.headers["x-trail"]) == (200, "7")
            answer.require(await answer.rest() == [b"Ridge Path"], "one name", nudge="Send one name.")

    return check


async def test_a_stream_comes_in_the_pieces_in_which_it_was_sent() -> None:
    async def check(api: Api) -> None:
        """Streams"""
        async with api.stream("GET", "/trails") as answer:
            assert await answer.piece() == b"Lake Loop"
            assert await answer.rest() == [b"Lake Loop", b"Fern Valley"]
            assert await answer.piece() == b""

    report = await report_of(check, trails)
    assert report.passed, report.text()


async def test_what_a_stream_brought_is_told() -> None:
    report = await report_of(streams("/trails"), trails)
    assert report.state is State.NOT_YET
    assert report.sent == "GET /trails"
    assert report.came_back == "200 OK\nx-trail: 7\npiece 1: b'Lake Loop'\npiece 2: b'Fern Valley'"
    assert (report.expected, report.nudge) == ("one name", "Send one name.")


@pytest.mark.parametrize("path", ["/raises", "/breaks"])
async def test_a_stream_that_raises_is_told_with_its_line(path: str) -> None:
    report = await report_of(streams(path), trails)
    assert report.state is State.RAISED
    assert report.sent == f"GET {path}"
    assert report.traceback.splitlines()[0].startswith("test_checks_live.py, line ")
    assert report.traceback.endswith("KeyError: 'before'" if path == "/raises" else "KeyError: 'between'")


@pytest.mark.parametrize("patience", [1, 3])
@pytest.mark.parametrize("path", ["/silent", "/halts"])
async def test_a_stream_that_stops_is_told_when_the_exercise_has_no_more_patience(
    path: str, patience: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("course.judging.verdicts.ANSWER_WITHIN", 0.3)
    waited: list[float] = []

    async def check(api: Api) -> None:
        """Streams"""
        began = time.monotonic()
        try:
            async with api.stream("GET", path) as answer:
                began = time.monotonic()  # from here on it may take its time
                await answer.rest()
        finally:
            waited.append(time.monotonic() - began)

    made = plain(check)
    made.patience = patience
    report = await run_exercise(made, trails)
    assert report.state is State.STOPPED
    assert report.sent == f"GET {path}"
    assert [one > 0.29 * patience for one in waited] == [True]


async def test_an_answer_that_breaks_off_is_told_with_its_line() -> None:
    async def check(api: Api) -> None:
        """Answers"""
        await api.get("/breaks")

    report = await report_of(check, trails)
    assert report.state is State.RAISED
    assert report.traceback.splitlines()[0].startswith("test_checks_live.py, line ")
    assert report.traceback.endswith("KeyError: 'between'")


@pytest.mark.parametrize("piecewise", [False, True])
async def test_an_answer_without_an_end_is_told(piecewise: bool) -> None:
    async def ends_early(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})

    async def check(api: Api) -> None:
        """Answers"""
        if piecewise:
            async with api.stream("GET", "/") as answer:
                await answer.rest()
        else:
            await api.get("/")

    report = await report_of(check, ends_early)
    assert report.state is State.NOT_YET
    assert (report.sent, report.came_back) == ("GET /", "an answer that breaks off")


async def test_a_header_that_is_no_bytes_is_told_as_uvicorn_tells_it() -> None:
    async def texts(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": [("x-trail", "7")]})
            await send({"type": "http.response.body", "body": b""})

    async def check(api: Api) -> None:
        """Answers"""
        (await api.get("/")).expect(200, nudge="n")

    report = await report_of(check, texts)
    assert report.state is State.RAISED
    assert "await send(" in report.traceback


# WebSockets


def talks(path: str, *messages: str | bytes) -> Callable[[Api], object]:
    async def check(api: Api) -> None:
        """Talks"""
        async with api.websocket(path, nudge="Accept it.") as socket:
            for message in messages:
                await socket.send(message)
                await socket.expect(message, nudge="Send back what came.")

    return check


async def test_a_websocket_takes_texts_and_bytes() -> None:
    report = await report_of(talks("/echo", "Hello", "Grüezi 🥾", b"\x00\xff"), trails)
    assert report.passed, report.text()


async def test_an_app_hears_that_a_client_was_cut_off() -> None:
    codes: list[int] = []
    heard = asyncio.Event()

    async def listens(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            message = await receive()
            codes.append(message["code"])
            asked.get_loop().call_soon_threadsafe(heard.set)

    async def check(api: Api) -> None:
        """Is cut off"""
        async with api.websocket("/", nudge="n") as socket:
            socket.cut()
            await asyncio.wait_for(heard.wait(), 10)

    asked = asyncio.get_running_loop().create_future()
    report = await report_of(check, listens)
    assert report.passed, report.text()
    assert codes and codes[0] not in (1000, 1001)


async def test_a_websocket_that_is_refused_is_told() -> None:
    report = await report_of(talks("/refused"), trails)
    assert report.state is State.NOT_YET
    assert (report.sent, report.came_back) == ("WebSocket /refused", "403 Forbidden")
    assert report.nudge == "Accept it."


async def test_an_app_without_websockets_is_told() -> None:
    async def only_http(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await stream(scope, send)

    report = await report_of(talks("/echo"), only_http)
    assert report.state is State.NOT_YET
    assert report.came_back == "500 Internal Server Error"


async def test_an_app_that_never_accepts_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hesitates(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await asyncio.sleep(60)

    monkeypatch.setattr("course.judging.live.SILENCE", 0.3)
    report = await report_of(talks("/echo"), hesitates)
    assert report.state is State.NOT_YET
    assert report.came_back.startswith("nothing within")


@pytest.mark.parametrize("messages", [(), ("boom",)])
async def test_a_websocket_that_raises_is_told_with_its_line(messages: tuple[str, ...]) -> None:
    report = await report_of(talks("/echo" if messages else "/raises", *messages), trails)
    assert report.state is State.RAISED
    assert report.sent.splitlines() == ["WebSocket /echo", "'boom'"] if messages else ["WebSocket /raises"]
    assert report.traceback.splitlines()[0].startswith("test_checks_live.py, line ")
    assert report.traceback.endswith("KeyError: 'between'" if messages else "KeyError: 'before'")


async def test_silence_is_told_and_a_close_with_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("course.judging.live.SILENCE", 0.3)
    report = await report_of(talks("/echo", "Hello", "hush"), trails)
    assert report.state is State.NOT_YET
    assert report.sent == "WebSocket /echo\n'Hello'\n'hush'"
    assert report.came_back.startswith("nothing within")
    assert report.expected == "'hush'"
    report = await report_of(talks("/echo", "bye"), trails)
    assert report.came_back == "closed, with the code 4001"


async def test_all_of_a_silence_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def check(api: Api) -> None:
        """Listens twice"""
        async with api.websocket("/echo", nudge="n") as socket:
            await socket.send("hush")
            assert (await socket.receive(), await socket.receive()) == (None, None)
            socket.require(False, "a word", nudge="n")

    monkeypatch.setattr("course.judging.live.SILENCE", 0.3)
    assert (await report_of(check, trails)).came_back == "nothing within 0.6 seconds"


async def test_after_the_app_has_closed_nothing_comes() -> None:
    async def check(api: Api) -> None:
        """Closes"""
        async with api.websocket("/echo", nudge="n") as socket:
            await socket.send("bye")
            assert await socket.receive() is None
            await socket.send("still there?")
            assert await socket.receive() is None

    report = await report_of(check, trails)
    assert report.passed, report.text()


@pytest.mark.parametrize("code", [1000, 1001])
async def test_the_app_is_told_with_which_code_a_client_leaves(code: int) -> None:
    told: Queue[int] = Queue()  # the app runs in another thread

    async def listens(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            told.put((await receive())["code"])

    async def check(api: Api) -> None:
        """Leaves"""
        async with api.websocket("/", nudge="n", goodbye=code):
            pass
        assert await asyncio.to_thread(told.get, timeout=5) == code

    report = await report_of(check, listens)
    assert report.passed, report.text()


async def test_a_close_has_its_code_and_a_cut_has_none() -> None:
    async def closes(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            if dict(scope["headers"]).get(b"origin") == b"https://trails.example":
                await send({"type": "websocket.close", "code": 4001})

    async def check(api: Api) -> None:
        """Closes"""
        for headers, code in (({"Origin": "https://trails.example"}, 4001), (None, None)):
            async with api.websocket("/", nudge="n", headers=headers) as socket:
                assert not socket.closed
                assert await socket.receive() is None
                assert (socket.closed, socket.code) == (True, code)

    report = await report_of(check, closes)
    assert report.passed, report.text()


# A second start


async def test_a_restart_tells_what_the_app_sent_in_its_lifespan() -> None:
    async def check(api: Api) -> None:
        """Starts again"""
        assert await api.restart() == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
        async with api.stream("GET", "/trails") as answer:
            assert await answer.rest() == [b"Lake Loop", b"Fern Valley"]
        assert len(await api.restart()) == 2

    report = await report_of(check, trails)
    assert report.passed, report.text()


def answers(port: int) -> bool:
    try:
        httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)
    except httpx.ConnectError:
        return False
    return True


async def test_a_restart_leaves_no_server() -> None:
    from course.running.serving import Served

    made: list[Served] = []

    async def check(api: Api) -> None:
        """Starts again"""
        made.append(api.client.server)
        await api.restart()
        made.append(api.client.server)

    assert (await report_of(check, trails)).passed
    assert len({server.port for server in made}) == 2
    assert not any(answers(server.port) for server in made)


async def test_an_app_that_does_not_start_again_is_told() -> None:
    starts: list[int] = []

    async def once(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        starts.append(1)
        if len(starts) > 1:
            await send({"type": "lifespan.startup.failed", "message": "closed for the season"})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def check(api: Api) -> None:
        """Starts again"""
        await api.restart()

    report = await report_of(check, once)
    assert report.state is State.RAISED
    assert report.sent == "a second start of the app"


def test_a_check_without_websockets_loads_no_client_for_them() -> None:
    code = (
        "import sys, course.judging.checks;"
        "sys.exit('websockets' in sys.modules or 'course.judging.live' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# What comes at one moment, and what is left behind


async def test_requests_come_to_an_app_at_one_moment() -> None:
    came: list[str] = []
    seen: list[int] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        came.append(scope["path"])
        await asyncio.sleep(0)  # one turn of the loop: all others have come by then
        seen.append(len(came))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    async def check(api: Api) -> None:
        """Come together"""
        for turn in range(1, 4):
            async with api.at_one_moment(5) as together:
                asking = [asyncio.create_task(api.get("/", **together)) for _ in range(5)]
                assert len(came) == 5 * (turn - 1)
            for answer in await asyncio.gather(*asking):
                answer.expect(200, {})

    report = await report_of(check, app)
    assert report.passed, report.text()
    assert seen == [5] * 5 + [10] * 5 + [15] * 5


async def test_tasks_that_are_left_behind_are_counted() -> None:
    over = asyncio.Event()
    left: set[asyncio.Task[bool]] = set()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        if scope["path"] == "/over":
            over.set()
        else:
            left.add(asyncio.create_task(over.wait()))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    async def check(api: Api) -> None:
        """Count tasks"""
        count = api.client.server.count_tasks
        before = count()
        for _ in range(3):
            await api.get("/")
        async with asyncio.timeout(10):
            while count() != before + 3:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            await api.get("/over")
            while count() != before:  # noqa: ASYNC110
                await asyncio.sleep(0.001)

    report = await report_of(check, app)
    assert report.passed, report.text()
