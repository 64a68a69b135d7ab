"""What lesson 08 says of browsers, asked of a browser: who may read an answer, and the page that shows it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from playwright.sync_api import Browser, Page, expect

from course.lessons import find_lesson
from course.running.server import Client, make_server

LESSON = find_lesson("08")
ANYWHERE = {"allow_origins": ["*"], "allow_methods": ["*"], "allow_headers": ["*"]}

CORS: list[dict[str, Any]] = [
    {},
    ANYWHERE,
    {"allow_origins": ["*"]},
    {"allow_origins": ["*"], "allow_methods": ["POST"]},
]
TOKEN: dict[str, Any] = {"headers": {"Authorization": "Bearer x"}}
SENT: list[tuple[str, dict[str, Any]]] = [
    ("GET", {}),  # a browser sends no body with GET
    ("GET", TOKEN),
    ("POST", {}),
    ("POST", TOKEN),
    ("POST", {"json": {}}),
    ("DELETE", {}),
    ("DELETE", TOKEN),
    ("DELETE", {"json": {}}),
]

FETCH = """async ([address, method, headers, body]) => {
  try {
    return `read: ${(await fetch(address, { method, headers, body })).status}`
  } catch {
    return "blocked"
  }
}"""


def cell(words: str) -> str:
    """The source of the lesson's one cell that has these words."""
    [found] = [cell.source for cell in LESSON.cells if cell.kind == "code" and words in cell.source]
    return found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page()
    yield opened
    opened.close()


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """The origin of a page that is not the app's."""
    app = FastAPI(openapi_url=None)
    app.get("/")(lambda: "a page")
    server = make_server(app)
    yield server.url
    server.stop()


@pytest.mark.parametrize("options", CORS)
@pytest.mark.parametrize(("method", "sent"), SENT)
def test_the_model_of_a_browser_does_what_a_browser_does(
    page: Page, elsewhere: str, options: dict[str, Any], method: str, sent: dict[str, Any]
) -> None:
    seen: list[str] = []
    app = FastAPI()
    app.add_middleware(CORSMiddleware, **options)

    @app.api_route("/door", methods=[method])
    def door() -> None:
        seen.append(method)

    server = make_server(app)
    namespace: dict[str, Any] = {}
    exec(compile(cell("async def browse("), "browse", "exec", dont_inherit=True), namespace)

    async def asked() -> str:
        async with Client(server) as client:
            said: str = await namespace["browse"](client, elsewhere, method, "/door", **sent)
            return said

    with ThreadPoolExecutor(1) as thread:  # Playwright's own loop runs in this one
        modelled = thread.submit(asyncio.run, asked()).result()
    by_the_model = len(seen)
    page.goto(f"{elsewhere}/")
    headers = {**sent.get("headers", {}), **({"Content-Type": "application/json"} if "json" in sent else {})}
    body = "{}" if "json" in sent else None
    said = page.evaluate(FETCH, [f"{server.url}/door", method, headers, body])
    server.stop()
    assert said == (modelled if modelled.startswith("read") else "blocked")
    assert len(seen) - by_the_model == by_the_model, modelled


def test_the_page_elsewhere_says_that_it_is_blocked(page: Page) -> None:
    namespace: dict[str, Any] = {}
    apps: list[Client] = []

    def serve(app: FastAPI, **_: str) -> Client:
        apps.append(Client(make_server(app)))
        return apps[-1]

    before = "from fastapi import FastAPI\nfrom typing import Annotated\n"
    exec(before + cell("def make_app(**options)").rpartition("\n\n\nclient")[0], namespace)
    namespace["serve"] = serve
    exec(cell("SCRIPT ="), namespace)
    page.goto(str(apps[-1].base_url))
    expect(page.locator("#said")).to_have_text("blocked: TypeError: Failed to fetch")
    for client in apps:
        client.server.stop()
    assert namespace["CLOSED"] == ["Gorge Steps"], "it was sent, and done"
