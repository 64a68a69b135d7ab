"""`program`: a program of its own, what it says, and how it ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from course.lessons import CourseError
from course.running.programs import program

WEB = """
import http.server
import sys

server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
print("to standard error", file=sys.stderr, flush=True)
server.serve_forever()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "web.py").write_text(WEB)
    (tmp_path / "talk.py").write_text("import os\nprint(os.environ['WORD'])\nraise SystemExit(3)\n")
    (tmp_path / "wait.py").write_text(
        "print('waiting', flush=True)\nimport threading\nthreading.Event().wait()\n"
    )
    return tmp_path


async def test_it_serves_until_the_block_ends(folder: Path) -> None:
    async with program("web", folder=folder) as web:
        assert (await web.client.get("/talk.py")).text.startswith("import os")
        assert web.code is None
        await web.line("to standard error")
        assert web.output == [web.url]
        process = web.process
    assert process.poll() is not None


async def test_it_tells_how_it_ended(folder: Path) -> None:
    async with program("talk", folder=folder, env={"WORD": "hello"}, serves=False) as talk:
        assert await talk.ended() == 3
        assert talk.lines == ["hello"]
        with pytest.raises(CourseError, match=r"(?s)python -m talk\n.*ended with the code 3.*hello"):
            await talk.line("something else")


async def test_who_does_not_serve_is_told(folder: Path) -> None:
    with pytest.raises(CourseError, match="ended with the code 3"):
        async with program("talk", folder=folder, env={"WORD": "hello"}):
            pytest.fail("it does not serve")


@pytest.mark.skipif(sys.platform == "win32", reason="a process there cannot be asked to end")
async def test_a_signal_is_waited_for(folder: Path) -> None:
    async with program("wait", folder=folder, serves=False) as wait:
        await wait.line("waiting")
        assert await wait.end("SIGTERM") == -15


@pytest.mark.skipif(sys.platform == "win32", reason="how a process ends is asked in another way there")
def test_it_ends_with_the_process_that_started_it(folder: Path) -> None:
    code = f"""
import asyncio, os
from course.running.programs import program

async def main():
    async with program("wait", folder={str(folder)!r}, serves=False) as wait:
        await wait.line("waiting")
        print(wait.process.pid, flush=True)
        os._exit(0)

asyncio.run(main())
"""
    # Its pipe, which the program has inherited, is at its end only when that has ended, too.
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip().isdigit()
