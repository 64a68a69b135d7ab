"""A lesson's page with an app of our own in it: what tests of the panel begin with."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, FrameLocator, Locator, Page, expect

from browser.conftest import PATIENCE

APP = """
import asyncio

from fastapi import FastAPI, Form, Request, Response, WebSocket
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse
from pydantic import BaseModel

from course import serve

app = FastAPI(title="Trails")
left = []


class Trail(BaseModel):
    name: str
    km: float = 1.0


@app.get("/trails/{number}")
async def trail(number: int):
    return {"number": number, "km": 1.0, "note": "<img src=x onerror=alert(1)>"}


@app.post("/trails", status_code=201)
async def add(trail: Trail):
    return trail


@app.get("/pieces")
async def pieces():
    async def body():
        try:
            for number in range(1000):
                yield f"piece {number};"
                await asyncio.sleep(0.05)
        finally:
            left.append("pieces")

    return StreamingResponse(body(), media_type="text/plain")


@app.get("/ticks")
async def ticks():
    async def body():
        for number in range(3):
            yield f"id: {number}\\ndata: tick {number}\\n\\n"
            await asyncio.sleep(0.05)
        await asyncio.Event().wait()

    return StreamingResponse(body(), media_type="text/event-stream")


@app.get("/left")
async def who_left():
    return left


@app.websocket("/echo")
async def echo(socket: WebSocket):
    await socket.accept()
    async for text in socket.iter_text():
        await socket.send_text(f"echo {text}")


@app.get("/page", response_class=HTMLResponse)
async def page():
    return PAGE


@app.get("/probe.js")
async def probe():
    return Response(PROBE, media_type="text/javascript")


@app.get("/mark.svg")
async def mark():
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"></svg>'
    return Response(drawing, media_type="image/svg+xml")


@app.post("/form", response_class=HTMLResponse)
async def form(name: str = Form()):
    return f"<!doctype html><title>Form</title><h1>Hello {name}</h1>"


@app.get("/away")
async def away():
    return RedirectResponse("/page")


PAGE = '''<!doctype html>
<html><head><title>A page of the app</title></head><body>
<h1>Page</h1><img src="/mark.svg" alt=""><a href="/trails/5">a link</a>
<form action="/form" method="post"><input name="name" value="Ada"><button>Greet</button></form>
<button id="script" onclick="location.href = '/trails/6'">by script</button>
<script>window.inline = true</script><script src="/probe.js"></script>
<a href="/docs" target="_blank">docs in a tab</a>
</body></html>'''

PROBE = '''
const tried = async (what) => {
  try { return await what() } catch (error) { return error.name }
}
(async () => {
  const found = {
    inline: window.inline,
    mode: document.compatMode,
    picture: await document.images[0].decode().then(() => document.images[0].naturalWidth),
    parent: await tried(() => parent.document.title),
    storage: await tried(() => Object.keys(parent.localStorage).join()),
    own: await tried(() => localStorage.getItem('secret')),
    databases: await tried(async () => (await indexedDB.databases()).length),
    caches: await tried(async () => (await caches.keys()).length),
    worker: await tried(() => navigator.serviceWorker.register('/probe.js')),
    top: await tried(() => { top.location = '/'; return 'gone' }),
    site: await tried(async () => (await fetch('SITE')).status),
    other: await tried(async () => (await fetch('https://example.org/')).status),
    absolute: await tried(async () => (await (await fetch('/trails/1')).json()).number),
    relative: await tried(async () => (await (await fetch('trails/2')).json()).number),
    local: await tried(async () => (await (await fetch('http://127.0.0.1:8000/trails/3')).json()).number),
    old: await new Promise((done) => {
      const request = new XMLHttpRequest()
      request.open('POST', '/trails')
      request.setRequestHeader('content-type', 'application/json')
      request.onload = () => done([request.status, request.responseText])
      request.send('{"name": "Ridge"}')
    }),
    socket: await new Promise((done) => {
      const socket = new WebSocket('ws://localhost:8000/echo')
      socket.onopen = () => socket.send('hello')
      socket.onmessage = ({ data }) => (done(data), socket.close())
      socket.onerror = () => done('error')
    }),
    events: await new Promise((done) => {
      const heard = []
      const events = new EventSource('/ticks')
      events.onmessage = ({ data, lastEventId }) => {
        if (heard.push(`${lastEventId} ${data}`) === 3) (events.close(), done(heard))
      }
    }),
    pieces: await tried(async () => {
      const reader = (await fetch('/pieces')).body.getReader()
      const first = new TextDecoder().decode((await reader.read()).value)
      await reader.cancel()
      return first
    }),
  }
  const shown = document.createElement('pre')
  shown.id = 'found'
  shown.textContent = JSON.stringify(found)
  document.body.append(shown)
})()
'''
client = serve(app)
print("served")
"""


def editor(place: Locator) -> Locator:
    """The editor of a cell or a file, brought there by a click."""
    expect(place.page.locator(".live-bar")).to_be_attached()  # until then a click does nothing
    place.locator(":scope > .highlight").click()
    found = place.locator(".cm-content")
    expect(found).to_be_visible()
    return found


class Lesson:
    """A lesson's page, by what a learner sees of it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @classmethod
    def open(cls, context: BrowserContext, address: str) -> Lesson:
        lesson = cls(context.new_page())
        lesson.page.goto(address)
        return lesson

    def cell(self, number: int = 1) -> Locator:
        return self.page.locator(f".cell[data-cell='{number}']")

    def run(self, code: str, number: int = 1) -> Locator:
        """Write `code` into a cell, run it and wait for its end; gives its output."""
        self.write(code, number)
        return self.again(number)

    def write(self, code: str, number: int) -> None:
        editor(self.cell(number)).focus()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(code)

    def again(self, number: int = 1) -> Locator:
        """Run a cell as it stands."""
        cell = self.cell(number)
        cell.locator("button.run").click()
        expect(cell).to_have_attribute("aria-busy", "false")
        return cell.locator(".cell-output")

    def serve(self, app: str = APP) -> None:
        """Serve an app from the first cell."""
        expect(self.run(app)).to_contain_text("served")

    def panel(self, view: str = "Swagger UI") -> Locator:
        """Open the panel at a view."""
        panel = self.page.locator("#live-panel")
        if not panel.is_visible():
            self.page.get_by_role("button", name="App", exact=True).click()
        panel.get_by_role("tab", name=view).click()
        return panel

    def frame(self, view: str = "Swagger UI") -> FrameLocator:
        """The app's page in the panel."""
        self.panel(view)
        return self.page.frame_locator(f"#live-panel iframe[title^='{view}']")

    def address(self, path: str) -> str:
        """The address of a page of the app, as the panel links to it."""
        panel = self.panel()
        link = panel.get_by_role("link", name="Open in a new tab")
        expect(link).to_be_visible()
        root = re.match(r".*/live/app/[^/]+", link.get_attribute("href") or "")
        assert root
        return root[0] + path

    def visit(self, path: str) -> FrameLocator:
        """Load a page of the app into the panel's frame."""
        address = self.address(path)
        frame = self.page.locator("#live-panel iframe[title^='Swagger UI']")
        frame.evaluate("(frame, address) => frame.src = address", address)
        return self.frame()

    def ask(self, method: str, path: str, body: str = "") -> Locator:
        """Send a request by the request bar; gives the place of its answer."""
        panel = self.panel("Request")
        panel.get_by_label("Method").select_option(method)
        panel.get_by_label("Path and query").fill(path)
        if body:
            panel.get_by_label("Body").fill(body)
        panel.get_by_label("Path and query").press("Enter")
        return panel.get_by_role("region", name="Answer")


def try_it_out(docs: FrameLocator) -> None:
    """Swagger UI, "Try it out", "Execute": a GET with a value in its path, and a POST with a body."""
    get = docs.locator("#operations-default-trail_trails__number__get")
    get.locator(".opblock-summary-control").click(timeout=PATIENCE)
    get.get_by_role("button", name="Try it out").click()
    get.get_by_placeholder("number").fill("7")
    get.get_by_role("button", name="Execute").click()
    expect(get.locator(".live-responses-table tbody .response-col_status")).to_contain_text("200")
    expect(get.locator(".live-responses-table .microlight").first).to_contain_text('"number": 7')

    post = docs.locator("#operations-default-add_trails_post")
    post.locator(".opblock-summary-control").click()
    post.get_by_role("button", name="Try it out").click()
    post.locator("textarea").fill('{"name": "Ridge", "km": 4.5}')
    post.get_by_role("button", name="Execute").click()
    expect(post.locator(".live-responses-table tbody .response-col_status")).to_contain_text("201")
    expect(post.locator(".live-responses-table .microlight").first).to_contain_text('"km": 4.5')
