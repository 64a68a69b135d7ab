"""How long a learner waits for Python in the page, and how much is loaded, beside bare Pyodide.

All files come from a plain HTTP server of their own process, gzipped where that helps. A cold visit has a
new browser profile, a later one the profile of an earlier visit and a browser that was started again. The
server itself holds back what is to come at 20 Mbit/s: the browser's own throttling leaves workers out.

Times are those of a page with the runtime alone, from navigation on. Bare Pyodide in the same run tells how
busy the machine was: a table of its own has the aims, which are for an idle machine with two cores.
"""

from __future__ import annotations

import gzip
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from playwright.sync_api import BrowserContext, Page, Playwright, sync_playwright
from rich.console import Console
from rich.table import Table

from benchmarks.common import ROOT, Row
from course.browser.build.browsers import installed
from course.browser.build.steps import Build, make
from course.lessons import all_lessons

SLOW = 20e6 / 8
"""Bytes a second of the throttled connection."""

READING = 10
"""Seconds that somebody reads before the first run."""

ALL, BEFORE = 0, 1
"""Bytes that were sent: in all, and before the first worker was asked for."""

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import SynchronizedArray

    Counts = SynchronizedArray[int]

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".wasm": "application/wasm",
    ".json": "application/json",
    ".css": "text/css",
    ".svg": "image/svg+xml",
}

CELL = """
from fastapi import FastAPI

from course import serve, show

app = FastAPI()


@app.get("/hello/{name}")
def hello(name: str, times: int = 1) -> dict[str, str | int]:
    return {"message": f"Hello, {name}!", "times": times}


client = serve(app)
answer = await client.get("/hello/Ada", params={"times": 3})
print(answer.status_code, answer.json())
"""
SAYS = "200 {'message': 'Hello, Ada!', 'times': 3}"
REQUEST = "print((await client.get('/hello/Ada', params={'times': 3})).status_code)"

BARE = """<!doctype html><meta charset="utf-8"><title>bare</title><script type="module">
import { loadPyodide } from './pyodide/pyodide.mjs'
const py = await loadPyodide({ stdout: () => (window.at = performance.now()) })
py.runPython('print(1)')
</script>"""

OURS = """<!doctype html><meta charset="utf-8"><title>ours</title><script type="module">
import { Runtime } from './live/runtime.js'
const asked = new URLSearchParams(location.search)
const way = asked.get('way') ?? 'auto'
const runtime = (window.runtime = new Runtime({ base: './live/', lesson: '%s', way }))
runtime.addEventListener('fallback', ({ detail }) => (window.fallback = detail.error))
window.run = async (code) => {
  const from = performance.now()
  const { ok, outputs } = await runtime.run(code)
  const text = outputs.map((each) => each.text ?? each.evalue ?? '').join('')
  return { ok, text, ms: performance.now() - from }
}
if (!asked.has('later')) {
  await runtime.start()
  window.first = await run(`%s`)
  window.at = performance.now()
}
</script>"""


def run(repeat: int) -> list[Row]:
    """Print the table with the aims; there is more to tell than rows can hold, so none come back."""
    make(tell=lambda step: None)
    with tempfile.TemporaryDirectory(prefix="course-") as scratch, sync_playwright() as playwright:
        folder = Path(scratch)
        _site(folder / "site")
        sent = multiprocessing.Array("q", 2)
        with _served(folder / "site", None, sent) as fast, _served(folder / "site", SLOW, sent) as slow:
            runs = _Runs(playwright, folder, sent)
            runs.measure(repeat, fast, slow)
    Console().print(runs.table())
    return []


@dataclass(frozen=True)
class Aim:
    """A line of the table: what was measured, as what, and what it is wanted to be."""

    name: str
    measured: str
    aim: float
    unit: str = "s"
    floor: str = ""
    """What of bare Pyodide it stands beside."""


AIMS = (
    Aim("cold: navigation to the first FastAPI answer", "snapshot, cold", 1.0, floor="bare, cold"),
    Aim("  without the snapshot", "modules, cold", 1.0, floor="bare, cold"),
    Aim("later visit", "snapshot, later", 0.8, floor="bare, later"),
    Aim("  without the snapshot", "modules, later", 0.8, floor="bare, later"),
    Aim("first run after 10 s of reading, 20 Mbit/s", "read", 0.3, floor="bare, slow"),
    Aim("a cell that sends one request", "request", 0.02, floor="bare, later"),
    Aim("Stop of an endless loop to the next answer", "stop", 0.6, floor="bare, later"),
    Aim("a lesson's page before the runtime", "page", 350, "kB"),
    Aim("loaded before the first run", "snapshot", 15_000, "kB", floor="bare"),
    Aim("  without the snapshot", "modules", 11_000, "kB", floor="bare"),
)


class _Runs:
    def __init__(self, playwright: Playwright, folder: Path, sent: Counts) -> None:
        self.playwright = playwright
        self.folder = folder
        self.sent = sent
        # With its window where it can be had, as a learner has it; tests do without.
        self.program = min(installed(), key=lambda path: "headless" in path)
        self.profiles = 0
        self.found: dict[str, list[float]] = {}

    def note(self, name: str, value: float) -> None:
        self.found.setdefault(name, []).append(value)

    def measure(self, repeat: int, fast: str, slow: str) -> None:
        """Fill `found`. All take turns, so that a busy moment meets them all alike."""
        for _ in range(repeat):
            for name, way in (("bare", None), ("snapshot", "snapshot"), ("modules", "modules")):
                profile = self.profile()
                self.note(f"{name}, cold", self.visit(fast, profile, way))
                self.note(name, self.sent[ALL] / 1000)
                self.note(f"{name}, later", self.visit(fast, profile, way))
            self.read(slow)
            self.note("bare, slow", self.visit(slow, self.profile(), None))
        self.open_lesson(fast)

    def table(self) -> Table:
        columns = ("what", "median", "aim", "bare Pyodide", "ratio")
        table = Table(*columns, box=None, pad_edge=False, padding=(0, 3, 0, 0))
        for column in table.columns[1:]:
            column.justify = "right"
            column.no_wrap = True
        median = {name: statistics.median(values) for name, values in self.found.items()}
        for aim in AIMS:
            value, floor = median[aim.measured], median.get(aim.floor)
            digits = ".3f" if aim.unit == "s" else ",.0f"
            table.add_row(
                aim.name,
                f"{value:{digits}} {aim.unit}",
                f"{aim.aim:g} {aim.unit}",
                "" if floor is None else f"{floor:{digits}} {aim.unit}",
                "" if floor is None else f"{value / floor:.2f}",
            )
        return table

    def profile(self) -> Path:
        self.profiles += 1
        return self.folder / f"profile-{self.profiles}"

    @contextmanager
    def browser(self, profile: Path) -> Iterator[BrowserContext]:
        context = self.playwright.chromium.launch_persistent_context(
            profile, executable_path=self.program, args=["--disable-background-networking"]
        )
        try:
            yield context
        finally:
            context.close()

    def visit(self, address: str, profile: Path, way: str | None) -> float:
        """Seconds from navigation to the first output."""
        with self.browser(profile) as context:
            page = context.new_page()
            self.sent[ALL] = 0
            page.goto(f"{address}ours.html?way={way}" if way else f"{address}bare.html")
            page.wait_for_function("window.at", timeout=120_000)
            if way:
                self.judge(page)
            return float(page.evaluate("window.at")) / 1000

    def judge(self, page: Page) -> None:
        first = page.evaluate("window.first")
        if SAYS not in first["text"]:
            raise RuntimeError(f"the cell said something else: {first['text']!r}")
        if fallback := page.evaluate("window.fallback"):
            raise RuntimeError(f"the snapshot was not taken: {fallback}")

    def read(self, address: str) -> None:
        """Time the first run, ten seconds after navigation; then requests, and a stop."""
        with self.browser(self.profile()) as context:
            page = context.new_page()
            page.goto(f"{address}ours.html?later&way=snapshot")
            begun = time.monotonic()
            page.evaluate("requestIdleCallback(() => runtime.start())")
            page.wait_for_timeout(1000 * (READING - (time.monotonic() - begun)))
            page.evaluate("async (code) => { window.first = await run(code) }", CELL)
            self.judge(page)
            self.note("read", page.evaluate("first.ms") / 1000)
            for _ in range(20):
                self.note("request", page.evaluate("run", REQUEST)["ms"] / 1000)
            self.note("stop", page.evaluate(STOP, CELL) / 1000)

    def open_lesson(self, address: str) -> None:
        """Count what a lesson's page loads before it asks for the runtime."""
        with self.browser(self.profile()) as context:
            page = context.new_page()
            self.sent[ALL] = self.sent[BEFORE] = 0
            page.goto(f"{address}lessons/{all_lessons()[0].slug}/")
            while not self.sent[BEFORE]:
                page.wait_for_timeout(50)
            self.note("page", self.sent[BEFORE] / 1000)


STOP = """async (code) => {
  runtime.run('while True: pass').catch(() => {})
  await new Promise((done) => setTimeout(done, 500))
  const from = performance.now()
  runtime.stop()
  await run(code)
  return performance.now() - from
}"""


def _site(folder: Path) -> None:
    """Build the site, with both pages and bare Pyodide in it."""
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        check=True,
    )
    (folder / "pyodide").symlink_to(Build(tell=lambda step: None).npm / "pyodide", target_is_directory=True)
    (folder / "bare.html").write_text(BARE, encoding="utf-8")
    slug = all_lessons()[0].slug
    (folder / "ours.html").write_text(OURS % (slug, CELL.replace("\\", "\\\\")), encoding="utf-8")


@contextmanager
def _served(folder: Path, speed: float | None, sent: Counts) -> Iterator[str]:
    """The folder's address, at a server in a process of its own."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_serve, args=(folder, speed, sent, theirs), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}/"
    finally:
        process.terminate()
        process.join()


def _serve(folder: Path, speed: float | None, sent: Counts, told: Connection) -> None:
    gzipped = {
        str(path): gzip.compress(path.read_bytes(), 6)
        for place in (folder, folder / "pyodide")
        for path in place.rglob("*")
        if path.suffix in TYPES and path.is_file()
    }
    line = _Line(speed) if speed else None

    class Files(SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = Path(self.translate_path(self.path))
            path = path / "index.html" if path.is_dir() else path
            if not path.is_file():
                self.send_error(404)
                return
            body = gzipped.get(str(path)) or path.read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", TYPES.get(path.suffix, "application/octet-stream"))
            self.send_header("Cache-Control", "max-age=600")
            if str(path) in gzipped:
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with sent.get_lock():
                if path.name.startswith("worker-") and not sent[BEFORE]:
                    sent[BEFORE] = sent[ALL]
                sent[ALL] += len(body)
            for at in range(0, len(body), STEP):
                piece = body[at : at + STEP]
                if line:
                    line.wait(len(piece))
                self.wfile.write(piece)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    def handler(*args: Any) -> Files:
        return Files(*args, directory=str(folder))

    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    told.send(server.server_port)
    server.serve_forever()


STEP = 16384


class _Line:
    """A connection's speed, shared by all that goes over it."""

    def __init__(self, speed: float) -> None:
        self.speed = speed
        self.free = 0.0
        self.lock = Lock()

    def wait(self, count: int) -> None:
        with self.lock:
            self.free = max(self.free, time.monotonic()) + count / self.speed
            until = self.free
        time.sleep(max(0.0, until - time.monotonic()))
