"""`serve`: a real Uvicorn behind a cell, that neither leaks nor keeps silent."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, Request
from starlette.applications import Starlette

from course.running.server import OPENAPI_MIME, Client, _closing, serve
from course.running.serving import Receive, Scope, Send, ServeError
from course.running.tracebacks import learner_traceback
from course.running.uvicorn_server import UvicornServer

pytestmark = pytest.mark.usefixtures("served")


def greeter(word: str) -> FastAPI:
    app = FastAPI(title="Greeter")

    @app.get("/hello")
    def hello(request: Request) -> dict[str, str]:
        return {"message": word, "headers": " ".join(request.headers)}

    @app.get("/boom")
    def boom() -> None:
        raise KeyError("trail 7")

    @app.get("/loop")
    async def loop() -> None:
        while True:
            pass

    @app.get("/worker-loop")
    def worker_loop() -> None:
        while True:
            pass

    return app


def server_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("course-")]


def refuses(url: httpx.URL) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((url.host, url.port or 0)) != 0


async def test_it_answers_at_once() -> None:
    client = serve(greeter("hi"))
    assert isinstance(client, httpx.AsyncClient)
    response = await client.get("/hello")
    assert response.json()["message"] == "hi"
    assert response.headers["server"] == "uvicorn"


async def test_the_same_name_replaces_the_former_server() -> None:
    first = serve(greeter("first"))
    await first.get("/hello")
    second = serve(greeter("second"))
    assert (await second.get("/hello")).json()["message"] == "second"
    assert refuses(first.base_url)
    assert len(server_threads()) == 1


async def test_another_name_runs_beside() -> None:
    one, other = serve(greeter("one")), serve(greeter("other"), name="other")
    assert (await one.get("/hello")).json()["message"] == "one"
    assert (await other.get("/hello")).json()["message"] == "other"


async def test_fifty_servers_leave_one_thread_and_no_socket() -> None:
    import psutil

    for number in range(50):
        client = serve(greeter(str(number)))
        await client.get("/hello")
    await asyncio.gather(*_closing)
    assert len(server_threads()) == 1
    listening = [one for one in psutil.Process().net_connections("tcp") if one.status == psutil.CONN_LISTEN]
    assert len(listening) == 1


@pytest.mark.parametrize("path", ["/loop", "/worker-loop"])
async def test_an_endpoint_that_never_ends_is_stopped_with_its_server(path: str) -> None:
    before = threading.active_count()
    client = serve(greeter("hi"))
    with pytest.raises(httpx.ReadTimeout):
        await client.get(path, timeout=0.2)
    again = serve(greeter("again"))
    assert (await again.get("/hello")).json()["message"] == "again"
    assert len(server_threads()) == 1
    assert threading.active_count() <= before + 2  # the new server, and one worker of its own


async def test_what_the_app_raised_comes_with_the_response() -> None:
    client = serve(greeter("hi"))
    response = await client.get("/boom")
    assert response.status_code == 500
    raised = response.extensions["course.raised"]
    assert isinstance(raised, KeyError)
    assert learner_traceback(raised).splitlines()[0].startswith("test_server.py, line ")
    assert "course.raised" not in (await client.get("/hello")).extensions


async def test_what_the_app_raised_in_the_middle_of_its_answer_comes_with_the_error() -> None:
    async def breaks(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            raise KeyError("trail 7")

    client = serve(breaks)
    with pytest.raises(httpx.RemoteProtocolError) as told:
        await client.get("/")
    note = told.value.__notes__[0].splitlines()
    assert note[0] == "The app raised:"
    assert note[1].startswith("test_server.py, line ")
    assert note[-1] == "KeyError: 'trail 7'"


async def test_an_error_does_not_end_the_connection() -> None:
    client = serve(greeter("hi"))
    for _ in range(50):
        assert (await client.get("/boom")).status_code == 500
        assert (await client.get("/hello")).status_code == 200


async def test_many_errors_at_once_are_not_mixed_up() -> None:
    app = FastAPI()

    @app.get("/{number}")
    async def fail(number: int) -> None:
        await asyncio.sleep(0.01 * (number % 3))
        raise ValueError(number)

    client = serve(app)
    responses = await asyncio.gather(*(client.get(f"/{number}") for number in range(20)))
    assert [one.extensions["course.raised"].args[0] for one in responses] == list(range(20))


async def test_an_answer_in_two_packets_does_not_wait_for_the_first_to_be_confirmed() -> None:
    server = UvicornServer(greeter("hi"), loop="asyncio")
    async with Client(server) as client:
        await client.get("/hello")
        [connection] = server._uvicorn.server_state.connections
        accepted = connection.transport.get_extra_info("socket")
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    server.stop()


async def test_the_app_does_not_see_the_ticket() -> None:
    client = serve(greeter("hi"))
    response = await client.get("/hello")
    assert "ticket" not in response.json()["headers"]
    assert "ticket" not in " ".join(response.request.headers)


def test_a_lifespan_that_raises_is_told_with_its_line() -> None:
    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        raise RuntimeError("no database")
        yield

    with pytest.raises(ServeError) as told:
        serve(FastAPI(lifespan=lifespan))
    lines = str(told.value).splitlines()
    assert lines[0] == "The app's lifespan raised before the server could start."
    assert "test_server.py" in lines[1]
    assert lines[-1] == "RuntimeError: no database"


async def test_the_lifespan_ends_when_the_server_is_replaced() -> None:
    events = []

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        events.append("start")
        yield
        events.append("end")

    serve(FastAPI(lifespan=lifespan))
    assert events == ["start"]
    serve(greeter("next"))
    assert events == ["start", "end"]


@pytest.mark.parametrize(
    ("app", "message"),
    [
        (FastAPI, r"FastAPI is a class: write FastAPI\(\)"),
        ("main:app", "this is str: 'main:app'"),
        (None, "this is NoneType"),
        (lambda environ, start_response: [], "which takes 2 parameters"),
        (lambda: FastAPI(), "which takes 0 parameters"),
    ],
)
def test_what_is_no_app_is_refused(app: object, message: str) -> None:
    with pytest.raises(ServeError, match=message):
        serve(app)  # type: ignore[arg-type]


def test_a_wsgi_app_is_refused_by_name() -> None:
    class Flask:
        wsgi_app = None

        def __call__(self, environ: object, start_response: object) -> None: ...

    with pytest.raises(ServeError, match="a Flask app speaks WSGI"):
        serve(Flask())  # type: ignore[arg-type]


async def test_an_app_that_is_refused_leaves_the_former_server() -> None:
    client = serve(greeter("still here"))
    with pytest.raises(ServeError):
        serve(7)  # type: ignore[arg-type]
    assert (await client.get("/hello")).json()["message"] == "still here"


@pytest.mark.parametrize(
    ("kind", "name"), [("docs", "swagger-ui-bundle.js"), ("redoc", "redoc.standalone.js")]
)
async def test_the_docs_load_nothing_from_elsewhere(kind: str, name: str) -> None:
    client = serve(greeter("hi"))
    page = (await client.get(f"/_course/{kind}")).text
    assert "https://" not in page
    assert f"/_course/{name}" in page
    asset = await client.get(f"/_course/{name}")
    assert asset.headers["content-type"].startswith("text/javascript")
    assert len(asset.content) > 500_000
    assert b"cdn.redoc.ly" not in asset.content


async def test_docs_are_a_frame_that_keeps_the_schema() -> None:
    client = serve(greeter("hi"))
    bundle = client.docs()._repr_mimebundle_()
    assert f'src="{str(client.base_url).rstrip("/")}/_course/docs"' in bundle["text/html"]
    assert bundle[OPENAPI_MIME]["schema"]["info"]["title"] == "Greeter"
    assert "/hello" in bundle[OPENAPI_MIME]["schema"]["paths"]


@pytest.mark.parametrize("app", [FastAPI(docs_url=None), FastAPI(openapi_url=None), Starlette()])
async def test_an_app_without_docs_is_told(app: Starlette) -> None:
    client = serve(app)
    with pytest.raises(ServeError, match="no page 'docs'"):
        client.docs()


async def test_streams_and_uploads_pass_through() -> None:
    from fastapi.responses import StreamingResponse

    app = FastAPI()

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            for number in range(3):
                yield f"{number}\n".encode()

        return StreamingResponse(parts())

    @app.post("/size")
    async def size(request: Request) -> int:
        return len(await request.body())

    client = serve(app)
    async with client.stream("GET", "/stream") as response:
        assert [line async for line in response.aiter_lines()] == ["0", "1", "2"]
    assert (await client.post("/size", content=b"x" * 3_000_000)).json() == 3_000_000


def test_a_process_with_servers_ends() -> None:
    code = (
        "import asyncio\nfrom fastapi import FastAPI\nfrom course import serve\n"
        "async def main():\n"
        "    client = serve(FastAPI())\n"
        "    serve(FastAPI(), name='other')\n"
        "    print((await client.get('/')).status_code)\n"
        "asyncio.run(main())\n"
    )
    command = [sys.executable, "-c", code]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout.strip(), ended.stderr) == (0, "404", "")


def test_serving_without_an_event_loop_works() -> None:
    client = serve(greeter("hi"))
    assert isinstance(client, Client)
    assert httpx.get(f"{client.base_url}/hello", trust_env=False).json()["message"] == "hi"
