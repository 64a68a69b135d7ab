"""The course on a real JupyterHub: two learners, and a browser that reaches the hub's address alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Locator, Page, Route, expect

from browser.hubs import STARTS_WITHIN, Hub, installed, why_none
from course.judging.tasks import solution_text
from course.lessons import find_lesson

LESSON = find_lesson("01")
LEARNERS = ("ada", "bo")
PATIENCE = 1000 * STARTS_WITHIN
"""How long anything may take, in ms: a server is started, and a kernel, and a page of some MB."""

LIVE = '''import asyncio

from fastapi import FastAPI, WebSocket
from fastapi.responses import HTMLResponse, StreamingResponse

live, seen = FastAPI(), asyncio.Event()


@live.get("/", response_class=HTMLResponse)
async def page():
    return """<p id=events></p><p id=socket></p><script>
    const say = (id, text) => { document.getElementById(id).textContent += text }
    const events = new EventSource("events")
    events.onmessage = ({ data }) => { say("events", data); fetch("seen", { method: "POST" }) }
    events.onerror = () => events.close()
    const socket = new WebSocket(new URL("echo", location.href.replace("http", "ws")))
    socket.onopen = () => socket.send("Hello")
    socket.onmessage = ({ data }) => say("socket", data)
    </script>"""


@live.get("/events")
async def events():
    async def stream():
        yield "data: first \\n\\n"
        await seen.wait()  # the page has had the first before there is a second
        yield "data: second\\n\\n"

    return StreamingResponse(stream(), media_type="text/event-stream")


@live.post("/seen")
async def note():
    seen.set()


@live.websocket("/echo")
async def echo(socket: WebSocket):
    await socket.accept()
    await socket.send_text(await socket.receive_text() + " yourself")


serve(live, name="live").link()'''
"""A learner's cell: a page that shows a stream of events and a WebSocket, both of one app."""


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[tuple[Hub, str]]:
    """A hub with two learners, and its address."""
    if why := why_none():
        pytest.skip(why)
    hub = Hub(installed(), tmp_path, LEARNERS)
    with hub.running() as address:
        try:
            yield hub, address
        except BaseException:
            print(hub.said())
            raise


class Learner:
    """Somebody at a browser that reaches one address; what else it asks for is refused and noted."""

    def __init__(self, browser: Browser, hub: str, name: str) -> None:
        self.hub = hub
        self.name = name
        self.refused: list[str] = []
        self.context: BrowserContext = browser.new_context(
            viewport={"width": 1280, "height": 900}, service_workers="block"
        )
        self.context.set_default_timeout(PATIENCE)
        ours = re.compile(rf"(?:{re.escape(hub)}|ws{re.escape(hub.removeprefix('http'))})/|data:|blob:")
        self.context.route(lambda url: ours.match(url) is None, self._refuse)
        self.context.route_web_socket(
            lambda url: ours.match(url) is None, lambda socket: self.refused.append(socket.url)
        )
        self.page: Page = self.context.new_page()

    def _refuse(self, route: Route) -> None:
        self.refused.append(route.request.url)
        route.abort()

    def take_the_link(self) -> None:
        """From the link to a notebook that is ready to be worked in."""
        self.page.goto(
            f"{self.hub}/hub/user-redirect/lab/tree/fastapi-course/{LESSON.slug}/{LESSON.slug}.ipynb"
        )
        self.page.locator("#username_input").fill(self.name)
        self.page.locator("#password_input").fill("any")
        self.page.locator("#login_submit").click()
        expect(self.page.get_by_text("| Idle")).to_be_visible(timeout=PATIENCE)

    def cell(self, text: str) -> Locator:
        """The first code cell that has this text."""
        return self.page.locator(".jp-Notebook .jp-CodeCell").filter(has_text=text).first

    def select(self, cell: Locator) -> None:
        cell.locator(".jp-InputPrompt").click()

    def run(self, cell: Locator) -> Locator:
        """Run a cell; gives its outputs, which come when they come."""
        self.select(cell)
        self.page.keyboard.press("Control+Enter")
        return cell.locator(".jp-OutputArea")

    def run_above(self, cell: Locator) -> None:
        self.select(cell)
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_text("Run All Above Selected Cell", exact=True).click()

    def write(self, cell: Locator, text: str) -> None:
        """Put other text into a cell, as a paste does: nothing is completed or indented."""
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)

    def frame(self, title: str) -> FrameLocator:
        return self.page.frame_locator(f"iframe[title^='{title}']")

    def status_of(self, path: str) -> int:
        """How an address of the hub answers this learner."""
        return self.context.request.get(f"{self.hub}{path}", max_redirects=20).status


def test_two_learners_take_the_link_and_work(browser: Browser, hub: tuple[Hub, str]) -> None:
    machine, address = hub
    ada, bo = (Learner(browser, address, name) for name in LEARNERS)
    try:
        for one in (ada, bo):
            one.take_the_link()
            sees_the_docs_and_tries_them(one)
            solves_an_exercise(one)
        build_it(machine, ada, bo)
        for one in (ada, bo):
            assert one.refused == []  # whatever was shown came by the hub
        sees_streams_at_once(ada)
        has_everything_at_home(machine, ada)
        sees_nothing_of(ada, bo)
        for one in (ada, bo):
            assert one.refused == []
        can_reach_nothing_else(ada)
    finally:
        for one in (ada, bo):
            one.context.close()


def sees_the_docs_and_tries_them(learner: Learner) -> None:
    swagger = learner.cell("client.docs()")
    learner.run_above(swagger)
    learner.run(swagger)
    docs = learner.frame("Swagger UI")
    docs.locator(".opblock-summary", has_text="/hello").first.click()
    docs.get_by_role("button", name="Try it out").click()
    docs.get_by_placeholder("name").fill(f"{learner.name} there")
    docs.get_by_role("button", name="Execute").click()
    answer = docs.locator(".live-responses-table")
    expect(answer.locator("tbody .response-col_status").first).to_contain_text("200", timeout=PATIENCE)
    expect(answer).to_contain_text(f"{learner.name} there", timeout=PATIENCE)
    expect(docs.locator(".request-url")).to_contain_text(f"{learner.hub}/user/{learner.name}/proxy/")
    learner.run(learner.cell('client.docs("redoc")'))
    expect(learner.frame("ReDoc").locator("h1").first).to_contain_text("FastAPI", timeout=PATIENCE)


def solves_an_exercise(learner: Learner) -> None:
    check = learner.cell('await check("1.1"')
    exercise = learner.cell("# Exercise 1.1")
    learner.run(exercise)
    expect(report(learner.run(check), "not-attempted")).to_contain_text("1.1", timeout=PATIENCE)
    _, code = solution_text(LESSON, "1.1")
    learner.write(exercise, f"# Exercise 1.1\n{code}")
    learner.run(exercise)
    expect(report(learner.run(check), "passed")).to_contain_text("1.1", timeout=PATIENCE)


def report(outputs: Locator, verdict: str) -> Locator:
    """The headline of a report with this verdict, among a cell's outputs."""
    return outputs.locator(f".course-report.course-{verdict} .course-headline")


def build_it(machine: Hub, ada: Learner, bo: Learner) -> None:
    """The app is judged where its learner has it: one has built it, and the other has not."""
    answer = (LESSON.solutions / "app.py").read_bytes()
    (machine.work(ada.name) / LESSON.slug / "app.py").write_bytes(answer)
    check = 'await check("1.app")'
    expect(report(ada.run(ada.cell(check)), "passed")).to_contain_text("1.app", timeout=PATIENCE)
    expect(report(bo.run(bo.cell(check)), "not-attempted")).to_contain_text("1.app", timeout=PATIENCE)


def sees_streams_at_once(learner: Learner) -> None:
    """A page of the app behind its link: events come one by one, and a WebSocket answers."""
    cell = learner.cell("from course import")
    learner.write(cell, f"from course import serve\n{LIVE}")
    link = learner.run(cell).get_by_role("link")
    with learner.context.expect_page() as opened:
        link.click()
    page = opened.value
    assert page.url.startswith(f"{learner.hub}/user/{learner.name}/proxy/")
    expect(page.locator("#events")).to_have_text("first second", timeout=PATIENCE)
    expect(page.locator("#socket")).to_have_text("Hello yourself", timeout=PATIENCE)
    page.close()


def has_everything_at_home(machine: Hub, learner: Learner) -> None:
    """The command line finds what the notebook did, and works where nothing but the home can be written."""
    name = learner.name
    assert not machine.may_write(name, machine.clone / "workspace")
    assert not machine.may_write(name, Path("/tmp/any"))
    assert machine.may_write(name, machine.home(name) / "any")
    noted = sorted(path.stem for path in (machine.work(name) / ".progress").glob("*.json"))
    assert {"1.1", "1.app"} <= set(noted)
    assert re.search(rf"{LESSON.title}.* 2/{len(LESSON.tasks)}", machine.course(name, "progress"))
    assert "✓ 1.app" in machine.course(name, "check", "1.app")
    assert re.search("○ 1.2 .*not attempted", machine.course(name, "check", "1.2"))
    machine.course(name, "hint", "1.2")
    note = machine.work(name) / ".progress" / "1.2.json"
    assert json.loads(note.read_text(encoding="utf-8"))["hints"] == 1
    app = machine.work(name) / LESSON.slug / "app.py"
    machine.course(name, "reset", "01")
    assert app.read_bytes() == (LESSON.folder / "app.py").read_bytes()
    assert not (machine.clone / "workspace").exists()


def sees_nothing_of(one: Learner, other: Learner) -> None:
    """Neither page nor app nor file of one learner answers the other; each has their own."""
    frame = one.page.locator("iframe[title^='Swagger UI']")
    for path in ("/api/contents", str(frame.get_attribute("src")).removeprefix(f"/user/{one.name}")):
        assert other.status_of(f"/user/{one.name}{path}") in (403, 404)
        assert other.status_of(f"/user/{other.name}/api/contents") == 200


def can_reach_nothing_else(learner: Learner) -> None:
    """That the browser could reach the hub alone is so: another address of this machine is refused."""
    asked = learner.page.evaluate("fetch('http://127.0.0.1:9/').then(() => 'read', () => 'refused')")
    assert asked == "refused"
    assert learner.refused == ["http://127.0.0.1:9/"]
