"""The app's panel, its address inside the site, reading offline, and what hostile code can reach."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, expect

from browser.conftest import LESSON, PATIENCE, PHONE, Renewed
from browser.live import APP, Lesson, try_it_out
from browser.sites import Files, served
from browser.test_access import axe
from course.browser import offline
from course.lessons import find_lesson

OpenContext = Callable[..., BrowserContext]


@pytest.fixture
def contexts(browser: Browser, site: str) -> Iterator[OpenContext]:
    """Opens browsers with nothing in them. None of their pages may ask another host for anything."""
    opened: list[BrowserContext] = []
    foreign: list[str] = []

    def open_context(**options: Any) -> BrowserContext:
        settings = {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce", **options}
        context = browser.new_context(**settings)
        context.on(
            "request",
            lambda sent: (
                None
                if sent.url.startswith(("http://127.0.0.1:", "data:", "blob:"))
                else foreign.append(sent.url)
            ),
        )
        opened.append(context)
        return context

    yield open_context
    for context in opened:
        context.close()
    assert foreign == []


@pytest.fixture(params=["address", "messages"])
def lesson(request: pytest.FixtureRequest, contexts: OpenContext, site: str) -> Lesson:
    """A lesson that serves the app, in a browser with service workers and in one without."""
    blocked = "block" if request.param == "messages" else "allow"
    opened = Lesson.open(contexts(service_workers=blocked), site + LESSON)
    opened.serve()
    return opened


@pytest.fixture
def addressed(contexts: OpenContext, site: str) -> Lesson:
    """A lesson that serves the app, whose pages have addresses."""
    opened = Lesson.open(contexts(), site + LESSON)
    opened.serve()
    return opened


# The docs


def test_swagger_ui_tries_it_out(lesson: Lesson) -> None:
    try_it_out(lesson.frame())


@pytest.mark.parametrize("workers", ["allow", "block"])
def test_the_padlock_of_lesson_08_logs_in(contexts: OpenContext, site: str, workers: str) -> None:
    cells = [cell.source for cell in find_lesson("08").cells if cell.kind == "code"]
    [desk] = [source for source in cells if 'OAuth2PasswordBearer(\n    tokenUrl="token"' in source]
    opened = Lesson.open(contexts(service_workers=workers), f"{site}lessons/08-authentication/")
    opened.serve(f"{BEFORE_THE_DESK}\n{desk}\nprint('served')")
    docs = opened.frame()
    docs.get_by_role("button", name="Authorize").click(timeout=PATIENCE)
    docs.locator("#oauth_username").fill("ben")
    docs.locator("#oauth_password").fill("fern-valley-9")
    docs.locator(".auth-btn-wrapper .authorize").click()
    docs.locator(".auth-btn-wrapper .btn-done").click(timeout=PATIENCE)
    me = docs.locator("#operations-default-show_me_rangers_me_get")
    me.locator(".opblock-summary-control").click()
    me.get_by_role("button", name="Try it out").click()
    me.get_by_role("button", name="Execute").click()
    expect(me.locator(".live-responses-table tbody .response-col_status")).to_contain_text("200")
    expect(me.locator(".live-responses-table .microlight").first).to_contain_text('"ben"')


BEFORE_THE_DESK = """
import secrets
from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, HTTPException
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from course import load_module, serve, show
from course.lessons import find_lesson

attacks = load_module(find_lesson("08").folder / "attacks.py")
cheap = PasswordHash((Argon2Hasher(memory_cost=1024, time_cost=1, parallelism=1),))
"""
"""What the lesson's cells above have made."""


def test_redoc_draws_the_app(lesson: Lesson) -> None:
    redoc = lesson.frame("ReDoc")
    expect(redoc.get_by_role("heading", name="Trails (")).to_be_visible()
    expect(redoc.get_by_text("/trails/{number}").first).to_be_visible()


def test_the_panel_says_why_there_are_no_addresses(contexts: OpenContext, site: str) -> None:
    lesson = Lesson.open(contexts(service_workers="block"), site + LESSON)
    lesson.serve()
    panel = lesson.panel()
    expect(panel.get_by_text("service worker").first).to_be_visible()
    expect(panel.get_by_role("link", name="Open in a new tab")).to_have_count(0)


def test_docs_stand_below_the_cell_that_asks_for_them(addressed: Lesson) -> None:
    addressed.run("client.docs()", 2)
    frame = addressed.cell(2).frame_locator("iframe[title^='Swagger UI']")
    expect(frame.get_by_text("/trails/{number}").first).to_be_visible()


# A tab of its own


def new_tab(lesson: Lesson, path: str) -> tuple[Page, FrameLocator]:
    tab = lesson.page.context.new_page()
    tab.goto(lesson.address(path))
    return tab, tab.frame_locator("iframe")


def test_a_new_tab_has_the_app_at_its_address(addressed: Lesson) -> None:
    panel = addressed.panel()
    with addressed.page.expect_popup() as opened:
        panel.get_by_role("link", name="Open in a new tab").click()
    try_it_out(opened.value.frame_locator("iframe"))
    expect(opened.value).to_have_title("Trails - Swagger UI")
    assert "/live/app/" in opened.value.url


def test_links_forms_scripts_and_redirects_stay_in_the_app(addressed: Lesson) -> None:
    tab, page = new_tab(addressed, "/away")
    expect(page.get_by_role("heading", name="Page")).to_be_visible()
    assert tab.url.endswith("/page"), "the tab's address is that of the page it shows"
    page.get_by_role("link", name="a link").click()
    expect(page.get_by_text('"number":5')).to_be_visible()
    tab.go_back()
    page.get_by_role("button", name="Greet").click()
    expect(page.get_by_role("heading", name="Hello Ada")).to_be_visible()
    tab.goto(addressed.address("/page"))
    page.get_by_role("button", name="by script").click()
    expect(page.get_by_text('"number":6')).to_be_visible()


def test_the_tab_tells_that_its_lesson_is_closed_and_finds_no_app_then(addressed: Lesson) -> None:
    tab, page = new_tab(addressed, "/page")
    expect(page.locator("#found")).to_be_visible()
    addressed.page.close()
    expect(tab.get_by_role("status")).to_contain_text("The page that runs this app is closed")
    tab.reload()
    expect(page.get_by_role("heading", name="The page that runs this app is closed")).to_be_visible()
    expect(page.get_by_role("link", name="Open lesson 01")).to_have_attribute("href", re.compile(LESSON))


def test_the_tab_tells_when_nothing_is_served_any_more(addressed: Lesson) -> None:
    tab, page = new_tab(addressed, "/trails/1")
    expect(page.get_by_text('"number":1')).to_be_visible()
    addressed.page.reload()
    addressed.run("1 + 1", 2)
    addressed.panel()
    tab.reload()
    expect(page.get_by_role("heading", name="No app is being served")).to_be_visible()
    addressed.serve()
    tab.reload()
    expect(page.get_by_text('"number":1')).to_be_visible()


def test_two_tabs_of_a_lesson_have_an_app_each(addressed: Lesson, site: str) -> None:
    other = Lesson.open(addressed.page.context, site + LESSON)
    other.serve(APP.replace('title="Trails"', 'title="Peaks"'))
    first, second = addressed.address("/openapi.json"), other.address("/openapi.json")
    assert first != second
    for address, title in ((first, "Trails"), (second, "Peaks")):
        tab = addressed.page.context.new_page()
        tab.goto(address)
        expect(tab.frame_locator("iframe").get_by_text(f'"title":"{title}"')).to_be_visible()


def stop_service_workers(page: Page) -> None:
    """Stop them as a browser does with those that have nothing to do; returns when they have stopped."""
    states: dict[str, str] = {}
    session = page.context.new_cdp_session(page)
    session.on(
        "ServiceWorker.workerVersionUpdated",
        lambda told: states.update({one["versionId"]: one["runningStatus"] for one in told["versions"]}),
    )
    session.send("ServiceWorker.enable")  # it tells of those there are
    until(page, lambda: bool(states))
    session.send("ServiceWorker.stopAllWorkers")
    until(page, lambda: set(states.values()) == {"stopped"})
    session.detach()


def until(page: Page, comes_true: Callable[[], bool]) -> None:
    """Let the browser go on until something has come true here."""
    end = time.monotonic() + PATIENCE / 1000
    while not comes_true():
        assert time.monotonic() < end, "it never came true"
        page.wait_for_timeout(20)


def test_a_stopped_service_worker_starts_again_and_finds_the_app(addressed: Lesson) -> None:
    page = addressed.visit("/trails/1")
    expect(page.get_by_text('"number":1')).to_be_visible()
    stop_service_workers(addressed.page)
    page = addressed.visit("/trails/2")
    expect(page.get_by_text('"number":2')).to_be_visible()
    tab, page = new_tab(addressed, "/page")
    expect(page.locator("#found")).to_be_visible()
    stop_service_workers(addressed.page)
    tab.reload()
    expect(page.locator("#found")).to_be_visible()


# What a page of the app can do, and what not


def found_in(page: FrameLocator) -> dict[str, Any]:
    expect(page.locator("#found")).to_be_visible()
    found: dict[str, Any] = json.loads(page.locator("#found").inner_text())
    return found


WORKS = {
    "inline": True,
    "mode": "CSS1Compat",
    "picture": 20,
    "absolute": 1,
    "relative": 2,
    "local": 3,
    "old": [201, '{"name":"Ridge","km":1.0}'],
    "socket": "echo hello",
    "events": ["0 tick 0", "1 tick 1", "2 tick 2"],
    "pieces": "piece 0;",
}

KEPT_OUT = {
    "parent": "SecurityError",
    "storage": "SecurityError",
    "own": None,
    "databases": "SecurityError",
    "caches": "SecurityError",
    "worker": "SecurityError",
    "top": "SecurityError",
    "other": "TypeError",
    "site": 404,  # the app's own answer: it has no such page
}


def test_a_page_of_the_app_works_and_reaches_nothing_else(addressed: Lesson, site: str) -> None:
    addressed.serve(APP.replace("SITE", site))
    addressed.page.evaluate("localStorage.secret = 'of the lesson'")
    assert found_in(addressed.visit("/page")) == {**WORKS, **KEPT_OUT}
    tab, page = new_tab(addressed, "/page")
    assert found_in(page) == {**WORKS, **KEPT_OUT}
    assert "/live/app/" in tab.url
    assert addressed.page.evaluate("localStorage.secret") == "of the lesson"


def test_without_service_workers_a_page_reaches_as_little(contexts: OpenContext, site: str) -> None:
    lesson = Lesson.open(contexts(service_workers="block"), site + LESSON)
    described = 'title="Trails", description="[A page](/page)"'
    lesson.serve(APP.replace("SITE", site).replace('title="Trails"', described))
    page = lesson.frame()
    page.get_by_role("link", name="A page").click(timeout=PATIENCE)
    assert found_in(page) == {**WORKS, **KEPT_OUT}


def test_what_an_app_says_is_text(addressed: Lesson) -> None:
    answer = addressed.ask("GET", "/trails/1")
    expect(answer).to_contain_text("<img src=x onerror=alert(1)>")
    panel = addressed.panel("Log")
    entry = panel.locator(".course-log details").filter(has_text="/trails/1")
    entry.locator("summary").click()
    expect(entry.locator(".course-exchange")).to_contain_text("<img src=x")
    assert panel.locator("img").count() == 0


# The request bar and the log


def test_the_request_bar_draws_answers_as_cells_do(addressed: Lesson) -> None:
    body = '{"name": "A ridge with a name that is longer than a line is wide, by far", "km": 4.0}'
    answer = addressed.ask("POST", "/trails", body)
    expect(answer.locator(".course-response")).to_contain_text("HTTP/1.1 201 Created")
    drawn = answer.locator(".course-exchange pre").all_inner_texts()
    panel = addressed.panel("Log")
    entry = panel.locator(".course-log details").filter(has_text="POST")
    entry.locator("summary").click()
    expect(entry.locator(".course-exchange pre")).to_have_count(len(drawn))
    assert entry.locator(".course-exchange pre").all_inner_texts() == drawn
    assert '"km": 4.0' in drawn[1], "a float stays one"


def test_the_keyboard_sends_and_goes_through_earlier_requests(addressed: Lesson) -> None:
    for number in (1, 2):
        expect(addressed.ask("GET", f"/trails/{number}")).to_contain_text(f'"number": {number}')
    path = addressed.panel("Request").get_by_label("Path and query")
    path.press("Alt+ArrowUp")
    path.press("Alt+ArrowUp")
    expect(path).to_have_value("/trails/1")
    path.press("Alt+ArrowDown")
    expect(path).to_have_value("/trails/2")


def test_the_tabs_turn_by_arrow_keys(addressed: Lesson) -> None:
    panel = addressed.panel("Request")
    addressed.page.keyboard.press("ArrowRight")
    expect(panel.get_by_role("tab", name="Log")).to_be_focused()
    expect(panel.get_by_role("tabpanel", name="Log")).to_be_visible()
    addressed.page.keyboard.press("Home")
    expect(panel.get_by_role("tab", name="Swagger UI")).to_be_focused()


def test_pieces_show_as_they_come_and_the_app_hears_of_a_stop(addressed: Lesson) -> None:
    answer = addressed.ask("GET", "/pieces")
    expect(answer).to_contain_text("piece 3;")
    panel = addressed.panel("Request")
    expect(panel.get_by_text("still coming")).to_be_visible()
    panel.get_by_role("button", name="Stop").click()
    expect(answer).to_contain_text("Ended")
    expect(addressed.ask("GET", "/left")).to_contain_text('["pieces"]')


def test_events_show_as_they_come(addressed: Lesson) -> None:
    expect(addressed.ask("GET", "/ticks")).to_contain_text("data: tick 2")
    expect(addressed.panel("Request").get_by_role("button", name="Stop")).to_be_visible()


def test_a_websocket_by_hand(addressed: Lesson) -> None:
    panel = addressed.panel("Request")
    addressed.ask("WebSocket", "/echo")
    panel.get_by_label("Message", exact=True).fill("hello")
    addressed.page.keyboard.press("Enter")
    expect(panel.get_by_role("log")).to_contain_text("echo hello")
    panel.get_by_role("button", name="Close", exact=True).last.click()
    expect(panel.get_by_role("log")).to_contain_text("Closed, with the code 1000")


def test_the_log_has_what_cells_pages_and_the_bar_ask(addressed: Lesson) -> None:
    addressed.run("await client.get('/trails/11')", 2)
    addressed.ask("GET", "/trails/12")
    page = addressed.visit("/trails/13")
    expect(page.get_by_text('"number":13')).to_be_visible()
    log = addressed.panel("Log").locator(".course-log")
    for number, who in ((11, "a cell"), (12, "the request bar"), (13, "a page of the app")):
        row = log.locator("summary", has_text=f"/trails/{number}")
        expect(row).to_contain_text("200")
        expect(row).to_contain_text(who)


def test_stop_ends_what_is_open_and_says_so(addressed: Lesson) -> None:
    tab, page = new_tab(addressed, "/page")
    expect(page.locator("#found")).to_be_visible()
    panel = addressed.panel()
    addressed.write("while True: pass", 2)
    addressed.cell(2).locator("button.run").click()
    addressed.page.locator(".live-bar").get_by_role("button", name="Stop").click()
    expect(panel.get_by_text("No app is being served").first).to_be_visible()
    expect(tab.get_by_role("status")).to_contain_text("Python was stopped")


# How it looks to assistive technology


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_in_the_panel(contexts: OpenContext, site: str, dark: bool) -> None:
    lesson = Lesson.open(contexts(color_scheme="dark" if dark else "light"), site + LESSON)
    lesson.serve()
    expect(lesson.frame().get_by_text("/trails/{number}").first).to_be_visible()
    for width in (1440, PHONE):
        lesson.page.set_viewport_size({"width": width, "height": 900})
        lesson.ask("GET", "/trails/1")
        axe(lesson.page, "#live-panel")
        lesson.ask("WebSocket", "/echo")
        for view in ("Request", "Swagger UI", "ReDoc", "Log"):
            lesson.panel(view)
            axe(lesson.page, "#live-panel")


def test_the_panel_is_not_wider_than_a_phone(contexts: OpenContext, site: str) -> None:
    lesson = Lesson.open(contexts(viewport={"width": PHONE, "height": 800}), site + LESSON)
    lesson.serve()
    lesson.ask("POST", "/trails", '{"name": "' + "long" * 60 + '"}')
    for view in ("Swagger UI", "Request", "Log"):
        panel = lesson.panel(view)
        assert panel.evaluate("one => one.scrollWidth - one.clientWidth") == 0, view
        assert lesson.page.evaluate("document.documentElement.scrollWidth") == PHONE, view


# Without network


def wait_until_kept(page: Page) -> None:
    kept = page.evaluate(
        """async (patience) => {
          const end = Date.now() + patience
          while (Date.now() < end) {
            const list = await caches.match(new URL('../../offline.json?current', location))
            if (list && (await list.json()).whole) return true
            await new Promise((done) => setTimeout(done, 50))
          }
        }""",
        PATIENCE,
    )
    assert kept


def test_after_the_first_visit_everything_works_offline(addressed: Lesson, site: str) -> None:
    page = addressed.page
    wait_until_kept(page)
    page.context.set_offline(True)
    page.goto(site + LESSON)
    addressed.serve()
    try_it_out(addressed.frame())
    page.goto(site)  # never visited before
    page.get_by_role("link", name="Go on with lesson 01").click()
    expect(page.locator("h1")).to_contain_text("Your first API")
    page.goto(site + "lessons/02-from-wsgi-to-asgi")
    expect(page).to_have_url(site + "lessons/02-from-wsgi-to-asgi/")
    addressed.run("import flask\nprint(flask.Flask('a').name)", 1)
    expect(addressed.cell(1)).to_contain_text("a")
    page.goto(site + "no/such/page")
    expect(page.get_by_role("link", name="Go to the start")).to_be_visible()


def test_offline_before_anything_was_kept_is_said(contexts: OpenContext, site: str) -> None:
    context = contexts()
    page = context.new_page()
    page.goto(site + LESSON)
    page.evaluate(
        """async (site) => {
          await navigator.serviceWorker.register(`${site}sw.js`, { scope: site })
          await navigator.serviceWorker.ready
          await caches.delete('course-files')
        }""",
        site,
    )
    context.set_offline(True)
    page.goto(site + "claims/")
    expect(page.get_by_role("heading", name="You are offline")).to_be_visible()


def publish(folder: Path, mark: str) -> None:
    """Publish a version of the site: one word on two pages and in a script, as if built anew."""
    for name in ("index.html", "claims/index.html"):
        page = folder / name
        page.write_text(
            page.read_text(encoding="utf-8").replace("</h1>", f" <i class=mark>{mark}</i></h1>", 1),
            encoding="utf-8",
        )
    offline.write(folder)


def keep_pages(page: Page) -> str:
    """Have all pages kept; gives "pages" or why not."""
    return str(
        page.evaluate(
            """() => new Promise((done) => {
              navigator.serviceWorker.onmessage = ({ data }) => {
                if (data.course === 'kept' && data.state === 'kept') done('kept')
                if (data.course === 'kept' && data.state === 'failed') done(data.error)
              }
              const scope = document.querySelector('[rel=icon]').href.replace(/images.*/, '')
              navigator.serviceWorker.register(`${scope}sw.js`, { scope }).then(async () => {
                const { active } = await navigator.serviceWorker.ready
                active.postMessage({ course: 'keep', everything: false })
              })
            })"""
        )
    )


def test_a_new_version_takes_the_old_ones_place_as_a_whole(contexts: OpenContext, renewed: Renewed) -> None:
    address, folder, files = renewed
    publish(folder, "first")
    page = contexts().new_page()
    page.goto(address)
    assert keep_pages(page) == "kept"

    publish(folder, "second")
    files.broken = "claims/index.html"  # the new version cannot be had whole
    page.reload()
    expect(page.locator(".mark")).to_have_text(["first", "second"])  # online, pages are the network's
    assert keep_pages(page) != "kept"
    files.gone = True
    for path in ("", "claims/"):
        page.goto(address + path)
        expect(page.locator(".mark")).to_have_text(["first"])

    files.gone, files.broken = False, ""
    page.goto(address)
    assert keep_pages(page) == "kept"
    files.gone = True
    for path in ("", "claims/"):
        page.goto(address + path)
        expect(page.locator(".mark")).to_have_text(["first", "second"])


def test_what_is_kept_already_is_not_fetched_again(contexts: OpenContext, renewed: Renewed) -> None:
    address, folder, files = renewed
    page = contexts().new_page()
    page.goto(address)
    assert keep_pages(page) == "kept"
    publish(folder, "new")
    files.asked.clear()
    assert keep_pages(page) == "kept"
    changed = [path for path in files.asked if not path.endswith(("offline.json", "sw.js"))]
    assert sorted(changed) == ["/any/base/claims/index.html", "/any/base/index.html"]


# Content-Security-Policy


def test_a_lesson_runs_under_the_strict_policy(contexts: OpenContext, site: str, site_folder: Path) -> None:
    policy = (site_folder / offline.POLICY).read_text(encoding="utf-8").strip()
    assert "unsafe-eval'" not in policy.replace("'wasm-unsafe-eval'", "")
    assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]

    class Strict(Files):
        def end_headers(self) -> None:
            self.send_header("Content-Security-Policy", policy)
            super().end_headers()

    wrong: list[str] = []
    with served(site_folder, Strict) as address:
        context = contexts()
        context.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        context.add_init_script(
            "addEventListener('securitypolicyviolation',"
            " ({ violatedDirective, blockedURI, sourceFile, lineNumber }) =>"
            " console.error('violation', violatedDirective, blockedURI, sourceFile, lineNumber))"
        )
        lesson = Lesson.open(context, address + LESSON)
        lesson.serve()
        try_it_out(lesson.frame())
        expect(lesson.frame("ReDoc").get_by_role("heading", name="Trails (")).to_be_visible()
        lesson.run("client.docs()", 2)
        page = lesson.visit("/page")
        expect(page.locator("#found")).to_be_visible()
        for path in ("", "glossary/", "lessons/06-docs/"):
            lesson.page.goto(address + path)
            expect(lesson.page.locator("h1").first).to_be_visible()
        panel = lesson.page.locator(".docs-panel").first
        panel.locator("summary").click()
        expect(panel.frame_locator("iframe").locator(".opblock").first).to_be_visible()
        # What the app's page tries on the page around it is told there, too.
        unexpected = [text for text in wrong if "Unsafe attempt to initiate navigation" not in text]
        assert unexpected == []


def test_docs_work_under_the_strict_policy_without_service_workers(
    contexts: OpenContext, site: str, site_folder: Path
) -> None:
    policy = (site_folder / offline.POLICY).read_text(encoding="utf-8").strip()

    class Strict(Files):
        def end_headers(self) -> None:
            self.send_header("Content-Security-Policy", policy)
            super().end_headers()

    with served(site_folder, Strict) as address:
        lesson = Lesson.open(contexts(service_workers="block"), address + LESSON)
        lesson.serve()
        try_it_out(lesson.frame())
        expect(lesson.frame("ReDoc").get_by_role("heading", name="Trails (")).to_be_visible()
