"""What the memory snapshot is made of: everything that most lessons use, imported and used once.

What was used once has its caches filled, its bytecode specialised and its lazy imports done. Nothing of it
may be seen afterwards: a lesson begins as if nobody had been there.
"""

from __future__ import annotations

import importlib
import itertools
import linecache
import sys
import warnings

from course.browser import driver, loops, rich

STANDARD = (
    *("abc", "annotationlib", "ast", "asyncio", "base64", "bisect", "calendar", "collections"),
    *("contextlib", "copy", "csv", "dataclasses", "datetime", "decimal", "difflib", "email.message"),
    *("enum", "fractions", "functools", "gzip", "hashlib", "heapq", "hmac", "html", "http.cookies"),
    *("importlib.metadata", "inspect", "io", "itertools", "json", "keyword", "linecache", "locale"),
    *("logging", "math", "mimetypes", "operator", "os", "pathlib", "pickle", "pkgutil", "pprint"),
    *("queue", "random", "re", "secrets", "shutil", "sqlite3", "statistics", "string", "struct"),
    *("tempfile", "textwrap", "threading", "time", "timeit", "tokenize", "traceback", "types"),
    *("typing", "urllib.parse", "uuid", "weakref", "wsgiref.types", "wsgiref.util", "zipfile"),
    *("zoneinfo", "concurrent.futures.thread", "subprocess", "cmath", "numbers", "ipaddress"),
)
PACKAGES = (
    *("annotated_types", "anyio", "anyio.from_thread", "anyio.to_process", "anyio._backends._asyncio"),
    *("fastapi.concurrency", "fastapi.dependencies.models", "fastapi.encoders"),
    *("fastapi.exception_handlers", "fastapi.exceptions", "fastapi.middleware.cors"),
    *("fastapi.middleware.gzip", "fastapi.openapi.docs", "fastapi.openapi.utils", "fastapi.params"),
    *("fastapi.responses", "fastapi.routing", "fastapi.security", "fastapi.sse"),
    *("fastapi.staticfiles", "fastapi.testclient", "fastapi.websockets", "httpx"),
    *("pydantic.dataclasses", "pydantic.functional_validators", "pydantic.json_schema"),
    *("pydantic.networks", "pydantic.type_adapter", "pydantic.types", "python_multipart"),
    *("starlette.applications", "starlette.authentication", "starlette.endpoints"),
    *("starlette.exceptions", "starlette.formparsers", "starlette.middleware.base"),
    *("starlette.middleware.trustedhost", "starlette.requests", "starlette.responses"),
    *("starlette.routing", "starlette.websockets", "typing_extensions"),
)
COURSE = (
    *("course.browser.bridge", "course.browser.session", "course.desk.notebook", "course.desk.workspace"),
    *("course.judging.answers", "course.judging.checks", "course.judging.live", "course.judging.refusals"),
    *(
        "course.running.graph",
        "course.running.limits",
        "course.running.plans",
        "course.running.timeline",
        "course.running.wsgi",
    ),
    *("IPython.lib.pretty",),
)

CELLS = (
    "from typing import Annotated\n"
    "from fastapi import BackgroundTasks, Body, Cookie, Depends, FastAPI, File, Form, Header, HTTPException\n"
    "from fastapi import Path, Query, Request, Response, UploadFile, WebSocket, APIRouter, status\n"
    "from fastapi.responses import HTMLResponse, JSONResponse, StreamingResponse\n"
    "from pydantic import BaseModel, EmailStr, Field, TypeAdapter, ValidationError, field_validator\n"
    "from course.running.exchange import Exchange\n"
    "from course.running.server import serve",
    """
class Item(BaseModel):
    name: str = Field(min_length=1, examples=["a"])
    price: float = Field(gt=0)
    tags: list[str] = []

    @field_validator("name")
    @classmethod
    def strip(cls, value: str) -> str:
        return value.strip()


def depends(q: str | None = None):
    yield q


app = FastAPI(title="Warm")
router = APIRouter(prefix="/r", tags=["r"])


@app.get("/plain/{number}")
def plain(number: int, q: Annotated[str | None, Query(max_length=5)] = None, d=Depends(depends)) -> dict:
    return {"number": number}


@app.post("/items", status_code=201)
async def create(item: Item, tasks: BackgroundTasks, x: Annotated[str, Header()] = "") -> Item:
    tasks.add_task(len, "x")
    return item


@app.get("/error")
async def error(c: Annotated[str, Cookie()] = ""):
    raise HTTPException(418, "x")


@app.get("/raises")
def raises():
    raise KeyError("x")


@app.get("/stream")
async def stream():
    async def parts():
        yield "a"
        yield "b"

    return StreamingResponse(parts())


@app.post("/form")
def form(name: Annotated[str, Form()], file: UploadFile | None = None) -> str:
    return name


@router.get("/late")
async def late(request: Request) -> list[Item]:
    return [Item(name="a", price=1)]


@app.websocket("/ws")
async def ws(socket: WebSocket):
    await socket.accept()
    await socket.send_json({"x": await socket.receive_text()})


app.include_router(router)
client = serve(app)
""",
    """
paths = ["/plain/1?q=a", "/plain/x", "/error", "/raises", "/stream", "/r/late", "/openapi.json", "/docs"]
for path in paths:
    answer = await client.get(path)
    repr(answer), Exchange.of(answer).html(), repr(Exchange.of(answer))
for options in ({"json": {"name": "a", "price": 1}}, {"json": {}}, {"content": b"{"}):
    Exchange.of(await client.post("/items", **options)).html()
await client.post("/form", data={"name": "x"}, files={"file": b"x"})
async with client.stream("GET", "/stream") as answer:
    [piece async for piece in answer.aiter_raw()]
""",
    """
from fastapi.testclient import TestClient
with TestClient(app) as test:
    test.get("/plain/1").json()
    with test.websocket_connect("/ws") as socket:
        socket.send_text("a")
        socket.receive_json()
client.docs()
""",
    """
try:
    Item(name="")
except ValidationError as error:
    str(error)
[1, {"a": (2, 3)}, Item(name="a", price=1)]
""",
    """
import asyncio
await asyncio.gather(asyncio.sleep(0), asyncio.to_thread(len, "x"))
asyncio.run(asyncio.sleep(0))
""",
    "1 / 0",
)
"""What a lesson does, once; the last one is meant to raise."""


async def warm() -> None:
    """Import and use it all.

    Raises:
        RuntimeError: a cell of the warming raised.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in (*STANDARD, *PACKAGES, *COURSE):
            importlib.import_module(name)
        import anyio

        for name in set(dir(anyio)) - {"to_interpreter"}:
            getattr(anyio, name)  # it has them only once somebody has asked
        driver.install()
        _use()


def _use() -> None:
    from course.browser.cells import Cells
    from course.browser.session import described, parts_of
    from course.judging import tasks
    from course.judging.report import Line, Report, State
    from course.running import server

    outputs: list[rich.Output] = []
    cells = Cells(outputs.append)
    main, streams = sys.modules["__main__"], (sys.stdout, sys.stderr)
    cells.install()
    server.on_serve[:] = [lambda name, served: print(described(served.app))]
    try:
        for number, code in enumerate(CELLS, 1):
            loops.home().run_until_complete(cells.run(code, f"cell {number}"))
            if (error := cells.last) is not None and number < len(CELLS):
                raise RuntimeError(f"cell {number} of the warming raised") from error
        cells.flush()
    finally:
        sys.modules["__main__"] = main
        sys.stdout, sys.stderr = streams
    report = Report("0.1", "Warm", State.NOT_YET, [Line("a", "A")], sent="a", nudge="`b`")
    report.html(), report.text(), report.as_dict()
    parts_of(driver.Exchanged("GET", "/", 200, 0.1, "cell", [], b"", [], b"{}"))
    tasks._loaded.clear()
    for name in list(server._running):
        server._stop(name)
    server.on_serve.clear()
    for name in [name for name in linecache.cache if name.startswith("<cell")]:
        del linecache.cache[name]
    loops.forget()
    driver._ports = itertools.count(8000)
