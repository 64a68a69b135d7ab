"""How Python comes up in the page: both ways, what goes wrong on the way, and what is done about it.

The assets are served as any static host does, below some path, with a strict policy, and without the site.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from browser.sites import BASE, Files, served
from course.browser.build.steps import MANIFEST, TARGET, make
from course.lessons import ROOT

LESSON = "01-first-api"
WAYS = ["snapshot", "modules"]
POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'"

CELL = """
from fastapi import FastAPI
from course import serve

app = FastAPI()

@app.get("/hello/{name}")
def hello(name: str, times: int = 1):
    return {"message": f"Hello, {name}!" * times}

client = serve(app)
answer = await client.get("/hello/Ada")
print(answer.status_code, answer.json())
"""
SAYS = "200 {'message': 'Hello, Ada!'}"

START = """async ([base, lesson, way, limit]) => {
  const { Runtime } = await import(base + 'live/runtime.js')
  const runtime = (window.runtime = new Runtime({ base: base + 'live/', lesson, way, limit }))
  window.heard = []
  for (const type of ['loading', 'ready', 'failed', 'fallback', 'stopped']) {
    runtime.addEventListener(type, ({ detail: { seed, ...told } }) => heard.push(told))
  }
  window.run = async (code) => {
    try {
      const { ok, outputs } = await runtime.run(code)
      return { ok, text: outputs.map((each) => each.text ?? each.evalue ?? '').join('') }
    } catch (error) {
      return { name: error.name, message: error.message, cause: error.cause, reason: error.reason }
    }
  }
  return window.start()
}"""
STARTED = """
window.start = async () => {
  try {
    const { way, parts } = await runtime.start()
    return { way, parts }
  } catch (error) {
    return { name: error.name, message: error.message, reason: error.reason }
  }
}
"""


@dataclass
class Host:
    """What a static host gives, and what it was asked for."""

    address: str = ""
    asked: list[str] = field(default_factory=list)
    changed: dict[str, bytes | None] = field(default_factory=dict)
    """Other content for a file whose name begins so; None if it is gone."""

    def parts(self) -> list[str]:
        """The parts that it was asked for, by name."""
        names = {facts["file"]: name for name, facts in manifest()["parts"].items()}
        return [names[name] for name in self.asked if name in names]


def manifest() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / TARGET / MANIFEST).read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="session")
def assets() -> Path:
    """The folder that a site has, with the assets below it."""
    make(tell=print)
    return ROOT / TARGET.parent


@pytest.fixture
def host(assets: Path) -> Iterator[Host]:
    with hosted(assets) as host:
        yield host


@contextmanager
def hosted(folder: Path) -> Iterator[Host]:
    host = Host()

    class Strict(Files):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:  # noqa: N802
            name = self.path.removeprefix(BASE + "live/")
            host.asked.append(name)
            if self.path == f"{BASE}blank":
                return self.give(200, b"<!doctype html><title>blank</title>", "text/html")
            for start, content in host.changed.items():
                if name.startswith(start):
                    kind = self.guess_type(name)
                    return self.give(404 if content is None else 200, content or b"", kind)
            path = Path(self.translate_path(self.path))
            if not path.is_file():
                return self.give(404, b"", "text/plain")
            return self.give(200, path.read_bytes(), self.guess_type(path.name))

        def give(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", POLICY)
            self.send_header("Cache-Control", "max-age=600")
            self.end_headers()
            self.wfile.write(body)

    with served(folder, Strict) as address:
        host.address = address
        yield host


Start = Callable[..., dict[str, Any]]


@pytest.fixture
def page(browser: Browser, host: Host) -> Iterator[Page]:
    """An empty page of the host. Nothing may be asked of another host, nor be against the policy."""
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(120_000)
    wrong: list[str] = []
    context.on("request", lambda sent: None if sent.url.startswith(host.address) else wrong.append(sent.url))
    page.on("console", lambda said: wrong.append(said.text) if "Content Security" in said.text else None)
    page.add_init_script(STARTED)
    page.goto(f"{host.address}blank")
    yield page
    context.close()
    assert wrong == []


@pytest.fixture
def start(page: Page, host: Host) -> Start:
    def start(way: str = "auto", limit: float = 60) -> dict[str, Any]:
        started: dict[str, Any] = page.evaluate(START, [host.address, LESSON, way, limit])
        return started

    return start


def run(page: Page, code: str) -> dict[str, Any]:
    said: dict[str, Any] = page.evaluate("run", code)
    return said


def heard(page: Page, kind: str) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = page.evaluate("heard")
    return [message for message in told if message["type"] == kind]


def part_file(name: str) -> str:
    file: str = manifest()["parts"][name]["file"]
    return file


# Starting


@pytest.mark.parametrize("way", WAYS)
def test_an_app_answers(start: Start, page: Page, host: Host, way: str) -> None:
    assert start(way)["way"] == way
    assert run(page, CELL) == {"ok": True, "text": SAYS + "\n"}
    assert heard(page, "fallback") == []
    wanted = {"core", "library", f"lessons/{LESSON}"}
    wanted |= {"snapshot"} if way == "snapshot" else {"stdlib", "packages", "course"}
    assert sorted(host.parts()) == sorted(wanted)  # once each, and nothing that is not needed
    answer = page.evaluate(
        "async () => (await runtime.request({ path: '/hello/Bo', query: 'times=2' })).json()"
    )
    assert answer == {"message": "Hello, Bo!Hello, Bo!"}


@pytest.mark.parametrize("way", WAYS)
def test_progress_is_told_in_bytes(start: Start, page: Page, way: str) -> None:
    start(way)
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for message in heard(page, "loading"):
        by_kind.setdefault(message["what"], []).append(message)
    parts = manifest()["parts"]
    assert {
        "runtime": parts["core"]["bytes"] + parts["library"]["bytes"],
        "lesson": parts[f"lessons/{LESSON}"]["bytes"],
    }.items() <= {what: messages[-1]["loaded"] for what, messages in by_kind.items()}.items()
    for messages in by_kind.values():
        loaded = [message["loaded"] for message in messages]
        assert loaded == sorted(loaded)
        assert messages[-1]["loaded"] == messages[-1]["total"]
        assert messages[-1]["from"] == "network"


def test_the_second_visit_says_that_it_loads_from_the_cache(start: Start, page: Page) -> None:
    start("snapshot")
    page.reload()
    start("snapshot")
    assert {message["what"]: message["from"] for message in heard(page, "loading")}["runtime"] == "cache"


def test_two_starts_have_other_random_numbers(start: Start, page: Page) -> None:
    numbers = set()
    for _ in range(2):
        start("snapshot")
        numbers.add(run(page, "import random; print(random.random())")["text"])
        page.reload()
    assert len(numbers) == 2


@pytest.mark.parametrize("way", WAYS)
def test_what_few_need_comes_when_it_is_imported(start: Start, page: Page, host: Host, way: str) -> None:
    start(way)
    before = set(host.parts())
    assert run(page, "import flask; print(flask.Flask.__name__)") == {"ok": True, "text": "Flask\n"}
    assert "flask" in set(host.parts()) - before
    assert (
        run(page, "import xml.etree.ElementTree as tree; print(tree.fromstring('<a/>').tag)")["text"] == "a\n"
    )


def test_a_module_beside_the_notebook_is_not_looked_for_elsewhere(
    start: Start, page: Page, host: Host
) -> None:
    start("snapshot")
    before = host.parts()
    code = (
        "from pathlib import Path\nPath('mine.py').write_text('answer = 42')\nimport mine\nprint(mine.answer)"
    )
    assert run(page, code) == {"ok": True, "text": "42\n"}
    assert host.parts() == before


@pytest.mark.parametrize("way", WAYS)
def test_versions_of_packages_are_known(start: Start, page: Page, way: str) -> None:
    start(way)
    said = run(
        page,
        "import fastapi\nfrom importlib.metadata import version\n"
        "print(version('fastapi') == fastapi.__version__)",
    )
    assert said == {"ok": True, "text": "True\n"}


@pytest.mark.parametrize(("megabits", "way"), [(2, "modules"), (10, "snapshot")])
def test_a_slow_connection_loads_less(start: Start, host: Host, megabits: int, way: str) -> None:
    name, content = worker()
    told = b"Object.defineProperty(navigator, 'connection', { value: { downlink: %d } });" % megabits
    host.changed[name] = told + content
    assert start("auto")["way"] == way


# What goes wrong


# Runs before anything else of the worker, in which nobody else could make this fail.
NO_ROOM_ONCE = b"""
{ const { grow } = WebAssembly.Memory.prototype
  let times = 0
  WebAssembly.Memory.prototype.grow = function (pages) {
    if (times++ === 0) throw new Error('refused by the test')
    return grow.call(this, pages)
  } }
"""
NO_ROOM = b"""
WebAssembly.Memory.prototype.grow = () => { throw new RangeError('Memory.grow(): Unable to grow') }
"""


def worker() -> tuple[str, bytes]:
    """The worker's file and its content."""
    (name,) = (name for name in manifest()["files"] if name.startswith("worker-"))
    return name, (ROOT / TARGET / name).read_bytes()


def test_a_snapshot_that_is_not_taken_is_replaced_by_modules(start: Start, page: Page, host: Host) -> None:
    name, content = worker()
    host.changed[name] = NO_ROOM_ONCE + content
    assert start("snapshot")["way"] == "modules"
    assert "refused by the test" in heard(page, "fallback")[0]["error"]
    assert run(page, CELL)["text"] == SAYS + "\n"
    assert host.parts().count("core") == 1  # what was there already is used again


def test_a_snapshot_of_another_interpreter_is_not_taken(start: Start, page: Page, host: Host) -> None:
    # Its sum is wrong, and its hash right: as if the interpreter had been exchanged beneath it.
    facts = manifest()["parts"]["snapshot"]
    content = bytearray(gzip.decompress((ROOT / TARGET / facts["file"]).read_bytes()))
    content[8] ^= 1
    packed = gzip.compress(bytes(content), 9, mtime=0)
    name, script = worker()
    replaced = script.replace(facts["sha256"].encode(), _sha256(packed).encode())
    replaced = replaced.replace(f"bytes:{facts['bytes']}".encode(), f"bytes:{len(packed)}".encode())
    host.changed |= {facts["file"]: packed, name: replaced}
    assert start("snapshot")["way"] == "modules"
    assert "another interpreter" in heard(page, "fallback")[0]["error"]


def test_without_memory_it_says_so(start: Start, page: Page, host: Host) -> None:
    name, content = worker()
    host.changed[name] = NO_ROOM + content
    told = start("snapshot")
    assert (told["name"], told["reason"]) == ("NotStarted", "memory")


@pytest.mark.parametrize("part", ["core", "snapshot", "packages"])
def test_a_damaged_file_is_fetched_past_the_cache(start: Start, page: Page, host: Host, part: str) -> None:
    file = part_file(part)
    content = bytearray((ROOT / TARGET / file).read_bytes())
    content[len(content) // 2] ^= 0xFF
    host.changed[file] = bytes(content)
    way = "modules" if part == "packages" else "snapshot"
    told = start(way)
    if part != "snapshot":  # without it there is another way
        assert (told["name"], told["reason"]) == ("NotStarted", "network")
        assert file in told["message"]
        assert host.asked.count(file) == 2  # once more, before it was given up
    host.changed.clear()  # the host is mended, and the browser's cache still holds the damage
    assert page.evaluate("start")["way"] in WAYS
    assert run(page, CELL)["text"] == SAYS + "\n"


def test_an_unnoticed_change_is_found_by_its_hash(start: Start, page: Page, host: Host) -> None:
    # A whole and valid archive, of the right length, with other content.
    facts = manifest()["parts"][f"lessons/{LESSON}"]
    content = bytearray((ROOT / TARGET / facts["file"]).read_bytes())
    content[9] ^= 0xFF  # gzip's note of the system, which nobody reads
    host.changed[facts["file"]] = bytes(content)
    told = start("snapshot")
    assert (told["reason"], "its hash is another" in told["message"]) == ("network", True)


@pytest.mark.parametrize("gone", ["parts/core", "pyodide-", "worker-"])
def test_without_network_it_says_so(start: Start, page: Page, host: Host, gone: str) -> None:
    host.changed[gone] = None
    told = start("snapshot")
    assert (told["name"], told["reason"]) == ("NotStarted", "network")
    assert page.evaluate("runtime.state") == "failed"
    host.changed.clear()
    assert page.evaluate("start")["way"] == "snapshot"
    assert run(page, CELL)["text"] == SAYS + "\n"


def test_without_the_snapshot_there_are_the_modules(start: Start, page: Page, host: Host) -> None:
    host.changed["parts/snapshot"] = None
    assert start("auto")["way"] == "modules"
    assert run(page, CELL)["text"] == SAYS + "\n"


def test_an_import_without_network_says_what_it_wanted(start: Start, page: Page, host: Host) -> None:
    start("snapshot")
    host.changed["parts/"] = None
    said = run(page, "import flask")
    assert not said["ok"]
    assert "parts/flask" in said["text"]
    host.changed.clear()
    assert run(page, "import flask; print(1)") == {"ok": True, "text": "1\n"}


# Stopping


# The policy forbids what Playwright's own waiting does.
UNTIL_RUNNING = """async () => {
  while (runtime.state !== 'running') await new Promise(requestAnimationFrame)
  return runtime.state
}"""


@pytest.mark.parametrize("way", WAYS)
def test_stop_and_go_on(start: Start, page: Page, host: Host, way: str) -> None:
    start(way)
    run(page, "kept = 1")
    before = host.parts()
    page.evaluate("void (window.endless = run('while True: pass'))")
    page.evaluate("void (window.waiting = run('print(2)'))")
    assert page.evaluate(UNTIL_RUNNING) == "running"
    page.evaluate("void runtime.stop()")
    for name in ("endless", "waiting"):
        told = page.evaluate(name)
        assert (told["name"], told["cause"]) == ("Stopped", "asked")
    assert run(page, "kept")["text"] == "name 'kept' is not defined"
    assert run(page, CELL)["text"] == SAYS + "\n"
    assert host.parts() == before  # all from memory
    assert heard(page, "loading")[-1]["from"] == "memory"
    assert [told["cause"] for told in heard(page, "stopped")] == ["asked"]


def test_a_loop_without_end_is_stopped_by_itself(start: Start, page: Page) -> None:
    start(limit=2)
    told = run(page, "while True: pass")
    assert (told["name"], told["cause"]) == ("Stopped", "limit")
    assert "2 seconds" in told["message"]
    assert run(page, "print('again')") == {"ok": True, "text": "again\n"}


ENDLESS = """
from fastapi import FastAPI
from course import serve

app = FastAPI()

@app.get("/")
async def stuck():
    while True:
        pass

client = serve(app)
"""


def test_a_loop_in_an_app_is_stopped_by_itself_though_no_cell_runs(start: Start, page: Page) -> None:
    start(limit=2)
    assert run(page, ENDLESS)["ok"]
    asked = "runtime.request({ path: '/' }).catch((error) => [error.name, error.cause])"
    assert page.evaluate(asked) == ["Stopped", "limit"]
    assert run(page, "print('again')") == {"ok": True, "text": "again\n"}


def test_what_waits_is_not_taken_for_a_loop(start: Start, page: Page) -> None:
    start(limit=1)
    assert run(page, "import asyncio\nawait asyncio.sleep(3)\nprint('slept')")["text"] == "slept\n"


def test_stop_while_it_starts(start: Start, page: Page) -> None:
    page.evaluate(
        "() => { window.start = () => {"
        "  runtime.start(); return runtime.stop().then(({ way }) => ({ way })) } }"
    )
    assert start("snapshot") == {"way": "snapshot"}
    assert run(page, "print(1)")["text"] == "1\n"


def test_runs_wait_for_each_other(start: Start, page: Page) -> None:
    start()
    codes = ["import asyncio; await asyncio.sleep(0.1); seen = [1]", "seen.append(2)", "print(seen)"]
    said = page.evaluate("(codes) => Promise.all(codes.map(run))", codes)
    assert said[-1]["text"] == "[1, 2]\n"


def _sha256(content: bytes) -> str:
    import hashlib

    return hashlib.sha256(content).hexdigest()
