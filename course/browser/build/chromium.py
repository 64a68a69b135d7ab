"""Chromium as the machine in which the page's interpreter runs while assets are built.

Bytecode must come from the interpreter that reads it, and a memory snapshot made elsewhere (in Node, say)
is not taken by browsers.
"""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, sync_playwright

from course.browser.build.browsers import NoBrowser, launch
from course.browser.build.tools import Missing
from course.lessons import CourseError

MINUTES = 5
"""After which a job is taken to hang."""

TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm"}

# A worker alone: the page has nothing to do with it.
PAGE = "<!doctype html><title>Building</title>"
START = """job => new Promise((resolve, reject) => {
  const worker = new Worker('/maker.js', { type: 'module' })
  worker.onmessage = ({ data }) => data.error ? reject(new Error(data.error)) : resolve()
  worker.onerror = (event) => reject(new Error(event.message))
  worker.postMessage(job)
})"""


def run_job(
    job: Mapping[str, Any], files: Mapping[str, Path], *, tell: Callable[[str], None] | None
) -> dict[str, bytes]:
    """Have `maker.js` do a job; returns what it made, by name.

    Args:
        job: its message; `job["job"]` is the name of one of `jobs` there.
        files: what it may ask for, by address: files, or folders.
        tell: is told if a browser has to be fetched; without it none is.

    Raises:
        Missing: there is no browser.
        CourseError: the job failed in it.
    """
    # In a thread of its own: in this one a Playwright may be running already.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(_run_job, job, files, tell).result()


def _run_job(
    job: Mapping[str, Any], files: Mapping[str, Path], tell: Callable[[str], None] | None
) -> dict[str, bytes]:
    made: dict[str, bytes] = {}
    with _served(files, made) as address, sync_playwright() as playwright:
        try:
            browser = launch(playwright, tell)
        except NoBrowser as error:
            raise Missing(str(error)) from None
        try:
            page = browser.new_page()
            said: list[str] = []
            page.on("console", lambda message: said.append(message.text))
            page.set_default_timeout(MINUTES * 60_000)
            page.goto(address)
            page.evaluate(START, job)
        except Error as error:
            lines = [line for line in error.message.splitlines() if not line.startswith("    at ")]
            heard = "\n".join([*lines[-12:], *said[-5:]])
            raise CourseError(
                f"The page's interpreter failed at the job {job['job']!r}. It said:\n{heard}"
            ) from None
        finally:
            browser.close()
    return made


@contextmanager
def _served(files: Mapping[str, Path], made: dict[str, bytes]) -> Iterator[str]:
    """A server on loopback: it gives `files`, and puts into `made` what it is sent."""

    class Handler(SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path == "/":
                return self._answer(200, PAGE.encode(), "text/html")
            name = self.path.lstrip("/")
            if path := _find(name.removesuffix(".gz"), files):
                content = path.read_bytes()
                content = gzip.compress(content, 1) if name.endswith(".gz") else content
            else:
                return self._answer(404, b"", "text/plain")
            kind = TYPES.get(path.suffix, "application/octet-stream")
            return self._answer(200, content, kind)

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made[self.path.removeprefix("/out/")] = body
            self._answer(200, b"", "text/plain")

        def _answer(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with on_loopback(Handler) as address:
        yield f"{address}/"


@contextmanager
def on_loopback(handler: Callable[..., SimpleHTTPRequestHandler]) -> Iterator[str]:
    """Serve on a free loopback port, in a thread; gives the address, without a path."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _find(address: str, files: Mapping[str, Path]) -> Path | None:
    for name, path in files.items():
        if address == name and path.is_file():
            return path
        if address.startswith(f"{name}/") and ".." not in address:
            inside = path / address.removeprefix(f"{name}/")
            return inside if inside.is_file() else None
    return None
