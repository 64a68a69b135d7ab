"""Python in a page of the site, without the page: a `Runtime` that tests call."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page

START = """async ([live, lesson, way]) => {
  const { Runtime } = await import(live + 'runtime.js')
  self.runtime = new Runtime({ base: live, lesson, way, limit: 120 })
  self.heard = []
  for (const type of ['report', 'app', 'exchange', 'fallback', 'stopped'])
    runtime.addEventListener(type, ({ detail }) => heard.push({ ...detail, type }))
  const { seed, ...ready } = await runtime.start()
  return ready
}"""

RUN = """async ([code, name, files]) => {
  try {
    return await runtime.run(code, { cell: name, name, files })
  } catch (error) {
    return { ok: false, outputs: [], stopped: String(error) }
  }
}"""


class Interpreter:
    """A lesson's Python in a browser."""

    def __init__(self, page: Page, ready: dict[str, Any]) -> None:
        self.page = page
        self.ready = ready
        self.ok = False

    def run(
        self, code: str, name: str = "cell 1", files: dict[str, str] | None = None
    ) -> list[dict[str, Any]]:
        """Run a cell. Returns its outputs; `ok` tells how it ended."""
        done = self.page.evaluate(RUN, [code, name, files])
        assert "stopped" not in done, done["stopped"]
        self.ok = done["ok"]
        outputs: list[dict[str, Any]] = done["outputs"]
        return outputs

    def value(self, code: str) -> Any:
        """Run code whose last line prints JSON, and read that."""
        outputs = self.run(code)
        assert self.ok, outputs[-1]
        return json.loads("".join(output["text"] for output in outputs if output.get("name") == "stdout"))

    def told(self, kind: str) -> list[dict[str, Any]]:
        """The events of one kind so far."""
        heard: list[dict[str, Any]] = self.page.evaluate("heard")
        return [event for event in heard if event["type"] == kind]


@contextmanager
def started(browser: Browser, site: str, lesson: str, way: str = "snapshot") -> Iterator[Interpreter]:
    """A lesson's Python, ready. Nothing is asked of another host, and nothing is reported as an error."""
    wrong: list[str] = []
    context = browser.new_context()
    context.on(
        "request", lambda sent: None if sent.url.startswith((site, "blob:")) else wrong.append(sent.url)
    )
    page = context.new_page()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.set_default_timeout(120_000)
    try:
        page.goto(f"{site}live/manifest.json")
        yield Interpreter(page, page.evaluate(START, [f"{site}live/", lesson, way]))
    finally:
        context.close()
    assert wrong == []
