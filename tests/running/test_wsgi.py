"""A WSGI app on a real server: it starts when it can answer, and nothing of it is left."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment
from wsgiref.util import setup_testing_defaults

import psutil
import pytest

from course.lessons import CourseError
from course.running.timeline import Timeline
from course.running.wsgi import module_source, wsgi_server

NAMES = ["Lake Loop", "Fern Valley"]


def names() -> bytes:
    return json.dumps(NAMES).encode()


def trails(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "application/json")])
    return [names()]


def slow(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    began = time.perf_counter()
    time.sleep(0.2 if environ["PATH_INFO"] == "/slow" else 0)
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps([began, time.perf_counter()]).encode()]


def broken(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    raise KeyError("on purpose")


def children() -> set[int]:
    return {process.pid for process in psutil.Process().children(recursive=True)}


@pytest.fixture(params=["gunicorn", "waitress"])
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "gunicorn" and sys.platform == "win32":
        pytest.skip("gunicorn does not run on Windows")
    monkeypatch.setattr("course.running.servers.SERVER", request.param)
    return str(request.param)


@pytest.mark.parametrize("threads", [1, 4])
async def test_it_answers_at_once_and_leaves_nothing(server: str, threads: int) -> None:
    before = children()
    async with wsgi_server(trails, threads=threads) as client:
        response = await client.get("/trails")
        assert response.json() == NAMES
        assert response.headers["server"] == server
        started = children() - before
        assert started
    assert not any(psutil.pid_exists(pid) for pid in started)


@pytest.mark.parametrize("threads", [1, 4])
async def test_as_many_are_served_at_once_as_there_are_threads(server: str, threads: int) -> None:
    async with wsgi_server(slow, threads=threads) as client:
        answers = await asyncio.gather(*(client.get("/slow") for _ in range(6)))
    timeline = Timeline("Six requests")
    for answer in answers:
        began, ended = answer.json()
        timeline.add("", began, ended)
    assert timeline.at_once == threads


async def test_it_is_stopped_also_when_the_block_raises() -> None:
    before = children()
    with pytest.raises(RuntimeError, match="in the block"):
        async with wsgi_server(trails):
            raise RuntimeError("in the block")
    assert children() == before


async def test_an_app_that_raises_answers_500() -> None:
    async with wsgi_server(broken) as client:
        assert (await client.get("/")).status_code == 500


def test_a_server_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    code = (
        "import asyncio, os, sys\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "import psutil\n"
        "from test_wsgi import trails\n"
        "from course.running.wsgi import wsgi_server\n"
        "async def main():\n"
        "    async with wsgi_server(trails) as client:\n"
        "        print(*[one.pid for one in psutil.Process().children(recursive=True)], flush=True)\n"
        "        os._exit(7)\n"
        "asyncio.run(main())\n"
    )
    folder = str(Path(__file__).parent)
    ended = subprocess.run(
        [sys.executable, "-c", code, folder],
        env={**os.environ, "TMPDIR": str(tmp_path), "TEMP": str(tmp_path)},  # nobody is left to clear up
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 7, ended.stderr
    servers = [int(pid) for pid in ended.stdout.split()]
    assert servers
    for pid in servers:
        with contextlib.suppress(psutil.NoSuchProcess):
            psutil.Process(pid).wait(10)  # raises when it is still there


def test_the_source_holds_what_the_app_uses_and_nothing_else() -> None:
    source = module_source(trails)
    scope: dict[str, object] = {}
    exec(compile(source, "wsgi_app", "exec"), scope)
    assert scope["NAMES"] == NAMES
    assert "psutil" not in source
    assert source.index("def names") < source.index("def trails")


def count_down(number: int) -> int:
    return number and count_down(number - 1)


def recursive(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    setup_testing_defaults(environ)
    return [str(count_down(3)).encode()]


def test_functions_of_libraries_are_imported_and_others_may_call_themselves() -> None:
    scope: dict[str, Callable[..., Iterable[bytes]]] = {}
    exec(compile(module_source(recursive), "wsgi_app", "exec"), scope)
    assert scope["recursive"]({}, None) == [b"0"]


SECRET = object()


def keeps_a_secret(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    return [repr(SECRET).encode()]


async def test_what_another_process_cannot_have_is_told() -> None:
    with pytest.raises(CourseError, match="cannot have `SECRET`, a object"):
        async with wsgi_server(keeps_a_secret):
            pass


@pytest.mark.parametrize("app", [[], json.JSONDecoder])
async def test_what_is_no_function_is_told(app: object) -> None:
    with pytest.raises(CourseError, match=r"takes a function; this is (list|type)\."):
        async with wsgi_server(app):  # type: ignore[arg-type]
            pass


async def test_a_server_that_cannot_load_the_app_tells_why(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = children()
    monkeypatch.setattr("course.running.wsgi.module_source", lambda app: "raise RuntimeError('no map')")
    with pytest.raises(CourseError, match=r"(?s)^The server did not start:\n.*no map"):
        async with wsgi_server(trails):
            pass
    assert children() == before
