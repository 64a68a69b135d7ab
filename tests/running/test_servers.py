"""Servers in folders and by commands: they answer when their block begins, and nothing of them is left."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import psutil
import pytest

from course.lessons import CourseError
from course.running.servers import folder_server, program_server

ASGI = """
import os

async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": f"{os.getpid()} {os.getcwd()}".encode()})
"""

WSGI = """
import os

def app(environ, start_response):
    start_response("200 OK", [])
    return [f"{os.getpid()} {os.getcwd()}".encode()]
"""


@pytest.mark.parametrize(("source", "threads"), [(ASGI, None), (WSGI, 1), (WSGI, 4)])
async def test_an_app_in_a_folder_answers_and_is_gone_then(
    tmp_path: Path, source: str, threads: int | None
) -> None:
    (tmp_path / "app.py").write_text(source)
    async with folder_server(tmp_path, threads=threads) as client:
        pid, _, folder = (await client.get("/")).text.partition(" ")
        assert folder == os.path.realpath(tmp_path)  # noqa: ASYNC240
        assert psutil.pid_exists(int(pid))
    assert not psutil.pid_exists(int(pid))


async def test_another_module_and_name_are_served(tmp_path: Path) -> None:
    (tmp_path / "lodge.py").write_text(ASGI.replace("app(", "door("))
    async with folder_server(tmp_path, "lodge:door") as client:
        assert (await client.get("/")).status_code == 200


@pytest.mark.parametrize("threads", [None, 4])
async def test_why_it_did_not_start_is_said(tmp_path: Path, threads: int | None) -> None:
    (tmp_path / "app.py").write_text("raise RuntimeError('no map')")
    with pytest.raises(CourseError, match=r"(?s)^The server did not start:\n.*no map"):
        async with folder_server(tmp_path, threads=threads):
            pass


async def test_any_command_is_a_server_that_says_where_it_listens(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(
        "import http.server, os, sys, threading\n"
        "server = http.server.HTTPServer(('127.0.0.1', 0), http.server.SimpleHTTPRequestHandler)\n"
        "threading.Thread(target=server.serve_forever, daemon=True).start()\n"
        "print(f'http://127.0.0.1:{server.server_port}', file=sys.stderr, flush=True)\n"
        "sys.stdin.read()\n"
    )
    async with program_server([sys.executable, "own.py"], tmp_path) as client:
        assert "own.py" in (await client.get("/")).text
