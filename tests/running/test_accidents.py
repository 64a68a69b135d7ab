"""Accidents that everybody has once: each gets its cause and the next step, at a desk and in the page."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, WebSocket
from page import Page, anyio_backend, opened, run, where
from test_learner import Notebook
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.typing import Subprotocol

from course.judging.report import State
from course.judging.sandbox import check_lesson
from course.lessons import ROOT, Lesson, find_lesson
from course.running.accidents import NOT_RUN
from course.running.server import serve
from course.running.serving import Receive, Scope, Send, ServeError

__all__ = ["anyio_backend", "where"]

HEAD = "from fastapi import APIRouter, FastAPI\n\napp = FastAPI()\n"

IN_FILES = [
    ("name = “trail”\n", "“ is a typographic quote", "type a straight"),
    ("name = ‘trail’\n", "‘ is a typographic quote", "type a straight"),
    ("from .models import Trail\n", "There is no package here", "without the dot"),
    ("app = APIRouter()\n", "a router is none", "app.include_router"),
]


@pytest.fixture
def lesson() -> Lesson:
    return find_lesson("01")


@pytest.fixture
def folder(lesson: Lesson, tmp_path: Path) -> Path:
    (tmp_path / lesson.notebook.name).write_bytes(lesson.notebook.read_bytes())
    return tmp_path


@pytest.fixture
def page(lesson: Lesson, tmp_path: Path) -> Iterator[Page]:
    with opened(lesson, tmp_path) as page:
        yield page


@pytest.mark.parametrize(("code", "cause", "step"), IN_FILES)
def test_accidents_in_a_file(lesson: Lesson, folder: Path, code: str, cause: str, step: str) -> None:
    (folder / "app.py").write_text(HEAD + code, encoding="utf-8")
    (report,) = check_lesson(lesson, folder, [lesson.app_task])
    assert not report.passed
    assert cause in report.nudge
    assert step in report.nudge


@pytest.mark.parametrize(("code", "cause", "step"), IN_FILES)
def test_accidents_in_a_file_of_the_page(
    lesson: Lesson, page: Page, code: str, cause: str, step: str
) -> None:
    report = run(page.session.check(1, lesson.app_task, {"app.py": HEAD + code}))
    assert not report.passed
    assert cause in report.nudge
    assert step in report.nudge


@pytest.mark.parametrize(
    ("encoding", "name"), [("latin-1", "app.py"), ("utf-16", "the file"), ("cp1252", "app.py")]
)
def test_a_file_in_another_encoding(lesson: Lesson, folder: Path, encoding: str, name: str) -> None:
    (folder / "app.py").write_text(f"{HEAD}hut = 'Hütte'\n", encoding=encoding)
    (report,) = check_lesson(lesson, folder, [lesson.app_task])
    assert report.state is State.RAISED
    assert f"Save {name} as UTF-8" in report.nudge


def test_bytes_that_are_no_text_are_no_fault_of_the_file(lesson: Lesson, folder: Path) -> None:
    (folder / "app.py").write_text(HEAD + 'track = b"\\xc8".decode()\n', encoding="utf-8")
    (report,) = check_lesson(lesson, folder, [lesson.app_task])
    assert "UnicodeDecodeError" in report.traceback
    assert "UTF-8" not in report.nudge


def test_a_file_that_says_its_encoding_is_fine(lesson: Lesson, folder: Path) -> None:
    solution = (lesson.solutions / "app.py").read_text(encoding="utf-8")
    source = f"# -*- coding: latin-1 -*-\nhut = 'Hütte'\n{solution}"
    (folder / "app.py").write_text(source, encoding="latin-1")
    (report,) = check_lesson(lesson, folder, [lesson.app_task])
    assert report.passed, report.text()


@pytest.mark.parametrize("content", ["{half", "[]", "{}", '{"cells": [{"source": "x"}]}', '{"cells": [1]}'])
def test_a_damaged_notebook(lesson: Lesson, folder: Path, content: str) -> None:
    (folder / lesson.notebook.name).write_text(content, encoding="utf-8")
    (report,) = check_lesson(lesson, folder, ["1.1"])
    assert f"{lesson.notebook.name} is damaged" in report.nudge
    assert "`course reset 01`" in report.nudge


# In cells

MAIN = "async def main(): ...\n"

IN_CELLS = [
    ("x = “trail”", "“ is a typographic quote", "type a straight"),
    ("from .models import Trail", "There is no package here", "without the dot"),
]
IN_A_KERNEL = [
    *IN_CELLS,
    (
        "import uvicorn\nuvicorn.run(lambda: 1)",
        "An event loop runs here already",
        "`serve(app)` takes the place",
    ),
    ("import asyncio\n" + MAIN + "asyncio.run(main())", "An event loop runs here already", "`await main()`"),
    ("import anyio\n" + MAIN + "anyio.run(main)", "An event loop runs here already", "`await main()`"),
]
IN_THE_PAGE = [
    *IN_CELLS,
    ("import uvicorn", "`uvicorn` is not in this page", "`serve(app)` takes the place of `uvicorn.run(app)`"),
    ("import requests", "`requests` is not in this page", "`httpx.get(...)`"),
]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    workspace = tmp_path_factory.mktemp("learner") / "workspace"
    lesson = find_lesson("01")
    (workspace / lesson.slug).mkdir(parents=True)
    (workspace / lesson.slug / lesson.notebook.name).write_bytes(lesson.notebook.read_bytes())
    return workspace


@pytest.fixture(scope="module")
def kernel(workspace: Path) -> Iterator[Notebook]:
    """A kernel in a lesson's folder, as an editor starts it: nothing but Python's own path is known."""
    kernel = Notebook(workspace / find_lesson("01").slug, workspace, PATH=os.defpath)
    yield kernel
    kernel.close()


@pytest.mark.parametrize(("code", "cause", "step"), IN_A_KERNEL)
def test_accidents_in_a_cell(kernel: Notebook, code: str, cause: str, step: str) -> None:
    told = error_of(kernel, code)
    assert cause in told
    assert step in told


def test_other_errors_are_told_as_ever(kernel: Notebook) -> None:
    told = error_of(kernel, "1 / 0")
    assert told.rstrip().endswith("ZeroDivisionError: division by zero")
    assert error_of(kernel, "int('x')").rstrip().endswith("invalid literal for int() with base 10: 'x'")


def test_after_a_restart_the_cells_that_did_not_run_are_named(kernel: Notebook, lesson: Lesson) -> None:
    told = error_of(kernel, "show(1)")
    assert "NameError: name 'show' is not defined" in told
    assert NOT_RUN in told
    assert "Run All Above Selected Cell" in told
    assert NOT_RUN not in error_of(kernel, "shwo(1)"), "no cell makes that"
    kernel.run("def show(x): ...\ndel show")
    first = next(cell.source for cell in lesson.cells if "import check" in cell.source)
    kernel.run(first)
    kernel.run("del show")
    assert NOT_RUN not in error_of(kernel, "show(1)"), "the cell that makes it was run"


def test_a_cell_below_is_not_meant(kernel: Notebook, workspace: Path) -> None:
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "source": source, "metadata": {}} for source in ("hut + 1", "hut = 1")
    ]
    notebook = workspace / find_lesson("01").slug / "other.ipynb"
    notebook.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    assert NOT_RUN not in error_of(kernel, "hut + 1")
    notebook.write_text(json.dumps({"cells": cells[::-1]}), encoding="utf-8")
    assert NOT_RUN in error_of(kernel, "hut + 1")
    notebook.write_text("{half", encoding="utf-8")
    assert NOT_RUN not in error_of(kernel, "hut + 1")


def test_the_page_says_so_in_the_same_words() -> None:
    assert NOT_RUN in (ROOT / "course/browser/web/page/cell.js").read_text(encoding="utf-8")


def test_programs_are_those_of_the_kernel_s_own_environment(kernel: Notebook) -> None:
    here = str(Path(sys.executable).parent)
    for program in ("pip", "fastapi", "course"):
        assert kernel.text(f"import shutil; print(shutil.which('{program}'))").startswith(here)
    told = kernel.text("%pip --version")
    assert f"{sys.prefix}{os.sep}" in told, told
    assert f"{sys.prefix}{os.sep}" in kernel.text("!pip --version")


def error_of(kernel: Notebook, code: str) -> str:
    """What an error shows, without colours; what it prints besides is left out."""
    (error,) = [output for output in kernel.run(code) if output.output_type == "error"]
    return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error.traceback))


@pytest.mark.filterwarnings("ignore:can't resolve package:ImportWarning")
@pytest.mark.parametrize(("code", "cause", "step"), IN_THE_PAGE)
def test_accidents_in_a_cell_of_the_page(
    page: Page, code: str, cause: str, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("requests", "uvicorn"):  # at a desk they are there
        monkeypatch.setitem(sys.modules, name, None)
    last = page.run(code)[-1]
    assert last["output_type"] == "error"
    assert cause in last["traceback"][-1]
    assert step in last["traceback"][-1]


# Served


def greeter(word: str) -> FastAPI:
    app = FastAPI()

    @app.get("/hello")
    def hello() -> str:
        return word

    return app


@pytest.mark.anyio
@pytest.mark.parametrize("used", [True, False])
async def test_a_client_whose_app_was_replaced_is_told(where: str, served: None, used: bool) -> None:
    first = serve(greeter("first"))
    if used:  # then it has a connection, which is closed with the app
        await first.get("/hello")
    second = serve(greeter("second"))
    await asyncio.sleep(0)
    for ask in (first.get("/hello"), first.stream("GET", "/hello").__aenter__()):
        with pytest.raises(ServeError, match=r"replaced by a later `serve\(...\)`.* `serve\(app, name="):
            await ask
    assert (await second.get("/hello")).json() == "second"
    third = serve(greeter("third"), name="third")
    assert [(await client.get("/hello")).json() for client in (second, third)] == ["second", "third"]


async def answers_204(scope: Scope, receive: Receive, send: Send) -> None:
    """Sends a body where none belongs; at /length it announces it, at /none there is none."""
    if scope["type"] != "http":
        return
    headers = [(b"content-length", b"4")] if scope["path"] == "/length" else []
    status = 304 if scope["path"] == "/304" else 204
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["path"] == "/none" else b"body"})


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("path", "raised"), [("/204", "longer than"), ("/304", "longer than"), ("/length", None), ("/none", None)]
)
async def test_an_answer_that_has_no_body_comes_without(
    where: str, served: None, path: str, raised: str | None
) -> None:
    answer = await serve(answers_204).get(path)
    assert answer.status_code in (204, 304)
    assert answer.content == b""
    told = answer.extensions.get("course.raised")
    assert raised in str(told) if raised else told is None


# Other hosts, and WebSockets


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("from urllib.request import urlopen\nurlopen('https://example.com/')", "cannot ask example.com"),
        ("from urllib.request import urlopen\nurlopen('http://example.com/')", "cannot ask example.com"),
        (
            "import http.client\nhttp.client.HTTPSConnection('example.com').connect()",
            "cannot ask example.com",
        ),
        ("from websockets.sync.client import connect\nconnect('ws://example.com')", "cannot ask example.com"),
        ("from websockets import connect\nawait connect('wss://example.com')", "cannot ask example.com"),
        ("from urllib.request import urlopen\nurlopen('http://127.0.0.1:1/')", "nothing is served at port 1"),
        (
            "from fastapi import FastAPI\nfrom urllib.request import urlopen\nfrom course import serve\n"
            "urlopen(str(serve(FastAPI()).base_url))",
            "`httpx.get(...)` reaches what `serve` runs",
        ),
        (
            "from fastapi import FastAPI\nimport asyncio\nfrom course import serve\n"
            "await asyncio.open_connection('127.0.0.1', serve(FastAPI()).base_url.port)",
            "has no network sockets",
        ),
    ],
)
def test_a_page_cannot_ask_other_hosts(page: Page, code: str, cause: str) -> None:
    last = page.run(code)[-1]
    assert last["output_type"] == "error"
    assert cause in last["traceback"][-1]


def an_echo() -> FastAPI:
    app = FastAPI()
    app.state.heard = []

    @app.websocket("/echo")
    async def echo(socket: WebSocket, shout: bool = False) -> None:
        await socket.accept(subprotocol=next(iter(socket.scope["subprotocols"]), None))
        try:
            while True:
                message = await socket.receive()
                if message["type"] == "websocket.disconnect":
                    break
                if (text := message.get("text")) == "bye":
                    await socket.close(4001, "Goodbye")
                elif text == "boom":
                    raise KeyError(text)
                elif text is not None:
                    await socket.send_text(text.upper() if shout else text)
                else:
                    await socket.send_bytes(message["bytes"])
        finally:
            app.state.heard.append(message)

    @app.websocket("/refused")
    async def refused(socket: WebSocket) -> None:
        await socket.close()

    return app


@pytest.mark.anyio
async def test_a_websocket_client_reaches_what_is_served(where: str, served: None) -> None:
    app = an_echo()
    url = f"ws://127.0.0.1:{serve(app).base_url.port}"
    async with connect(f"{url}/echo?shout=1", proxy=None, subprotocols=[Subprotocol("trails")]) as socket:
        assert socket.subprotocol == "trails"
        await socket.send("Grüezi")
        assert await socket.recv() == "GRÜEZI"
        await socket.send(b"\0" * 300_000)
        assert await socket.recv() == b"\0" * 300_000
        await socket.send(["in ", "pieces"])
        assert await socket.recv() == "IN PIECES"
        await (await socket.ping())
        await socket.close(4002, "Enough")
    await until(lambda: app.state.heard)
    assert app.state.heard == [{"type": "websocket.disconnect", "code": 4002, "reason": "Enough"}]


@pytest.mark.anyio
async def test_a_websocket_client_hears_how_it_ends(where: str, served: None) -> None:
    url = f"ws://127.0.0.1:{serve(an_echo()).base_url.port}"
    socket = await connect(f"{url}/echo", proxy=None)
    await socket.send("one")
    await socket.send("bye")
    assert [message async for message in aiter_until_closed(socket)] == ["one"]
    assert (socket.close_code, socket.close_reason) == (4001, "Goodbye")
    socket = await connect(f"{url}/echo", proxy=None)
    await socket.send("boom")
    with pytest.raises(ConnectionClosedError):
        await socket.recv()
    with pytest.raises(InvalidStatus, match="HTTP 403"):
        await connect(f"{url}/refused", proxy=None)


@pytest.mark.anyio
async def test_a_websocket_client_that_reads_slowly_loses_nothing(where: str, served: None) -> None:
    app = FastAPI()

    @app.websocket("/count")
    async def count(socket: WebSocket) -> None:
        await socket.accept()
        for number in range(200):
            await socket.send_text(str(number))
        await socket.close()

    async with connect(f"ws://127.0.0.1:{serve(app).base_url.port}/count", proxy=None, max_queue=2) as socket:
        await asyncio.sleep(0.05)
        assert [message async for message in socket] == [str(number) for number in range(200)]


async def aiter_until_closed(socket: ClientConnection) -> AsyncIterator[str | bytes]:
    with contextlib.suppress(ConnectionClosedError):
        async for message in socket:
            yield message


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110  (it becomes so on another loop)
            await asyncio.sleep(0.01)
