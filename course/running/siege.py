"""A siege: attacks on an app of one's own, each a request that must fail, and the board of how it went.

    @attack("Somebody else's note", right="404", look="the owner", world="...", lines=[r"return NOTES"])
    async def reads_another_note(camp: Camp) -> Strike:
        await camp.honest("GET", "/notes/2", headers=ben)  # whom the door is for gets in
        return await camp.strike("GET", "/notes/1", headers=ben)

    await siege(app, [reads_another_note])  # a notebook draws the board, a terminal prints it

It takes an app and no address: what is attacked is served here, on loopback or in the page, for this only.
"""

from __future__ import annotations

import html
import inspect
import linecache
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import httpx

from course.running.exchange import status_line
from course.running.server import Client, make_server
from course.running.serving import App

LONGEST_LINE = 90
"""Letters of a line of code that the board shows."""


class Outcome(StrEnum):
    """How an attack ended."""

    REFUSED = "refused"
    LET_IN = "let in"
    FELL = "fell over"
    """The app answered 5xx, or broke the connection off."""
    CLOSED = "no door"
    """The honest request failed too, so that being refused says nothing."""


MARKS = {Outcome.REFUSED: "✓", Outcome.LET_IN: "✗", Outcome.FELL: "✗", Outcome.CLOSED: "–"}


class Closed(Exception):
    """The honest request of an attack failed."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(f"{_said(answer.request)} got {status_line(answer.status_code)}")


@dataclass(frozen=True)
class Strike:
    """An attack's deciding request: what came back, and whether that lets the attacker in."""

    answer: httpx.Response
    let_in: bool


class Camp:
    """Where attacks come from: sends requests to the app, each as if nobody had been there before."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request; `options` are those of `httpx.AsyncClient.request`. Cookies are not kept."""
        self.client.cookies.clear()
        return await self.client.request(method, path, **options)

    async def honest(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send what a right user sends.

        Raises:
            Closed: it was not answered with 2xx.
        """
        answer = await self.send(method, path, **options)
        if not answer.is_success:
            raise Closed(answer)
        return answer

    async def strike(self, method: str, path: str, **options: Any) -> Strike:
        """Send what must fail: an answer of 2xx lets the attacker in."""
        answer = await self.send(method, path, **options)
        return Strike(answer, answer.is_success)


@dataclass(frozen=True)
class Attack:
    """One attack.

    Args:
        name: what is tried, in a few words.
        right: what a right app answers.
        look: where to look in an app that lets it in.
        world: one sentence on what this has done in the world.
        lines: regular expressions for the line of code that lets it in, the likeliest first.
        run: carries it out.
    """

    name: str
    right: str
    look: str
    world: str
    lines: tuple[str, ...]
    run: Callable[[Any], Awaitable[Strike]]


def attack(
    name: str, *, right: str, look: str, world: str, lines: Sequence[str] = ()
) -> Callable[[Callable[[Any], Awaitable[Strike]]], Attack]:
    """Make an attack of the function below."""
    return lambda run: Attack(name, right, look, world, tuple(lines), run)


@dataclass(frozen=True)
class Row:
    """How one attack went: the outcome, the request with its answer, and which line let it in."""

    attack: Attack
    outcome: Outcome
    exchange: str
    line: str = ""


class Siege:
    """The board: a row for each attack, in their order."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows

    @property
    def held(self) -> bool:
        """Whether all attacks were refused."""
        return all(row.outcome is Outcome.REFUSED for row in self.rows)

    @property
    def summary(self) -> str:
        """One sentence with the figures."""
        counts = {outcome: sum(row.outcome is outcome for row in self.rows) for outcome in Outcome}
        refused = f"{counts.pop(Outcome.REFUSED)} of {len(self.rows)} attacks refused"
        return ", ".join([refused, *(f"{count} {outcome}" for outcome, count in counts.items() if count)])

    def __repr__(self) -> str:
        lines = [self.summary, ""]
        for row in self.rows:
            lines.append(f"{MARKS[row.outcome]} {row.outcome:<9}  {row.attack.name}")
            lines += [f"{'':13}{text}" for text in (row.exchange, row.line) if text]
        return "\n".join(lines)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self.html()}

    def html(self) -> str:
        """The board as a table, and below it what the attacks have done in the world."""
        rows = "".join(
            f'<tr class="course-{KINDS[row.outcome]}"><td><b><span aria-hidden="true">{MARKS[row.outcome]}'
            f"</span> {row.outcome}</b></td><td>{html.escape(row.attack.name)}<br><small>"
            f"{html.escape(row.exchange)}</small>{_line(row.line)}</td></tr>"
            for row in self.rows
        )
        world = "".join(
            f"<dt>{html.escape(row.attack.name)}</dt><dd>{html.escape(row.attack.world)}</dd>"
            for row in self.rows
        )
        return (
            f'<div class="course-siege">{STYLE}<table><caption>{self.summary}</caption><thead><tr>'
            '<th scope="col">Outcome</th><th scope="col">Attack, and by which line</th></tr></thead>'
            f"<tbody>{rows}</tbody></table><details><summary>What each has done in the world</summary>"
            f"<dl>{world}</dl></details></div>"
        )


async def siege(app: App, attacks: Iterable[Attack], camp: Callable[[Client], Camp] = Camp) -> Siege:
    """Serve `app`, try `attacks` on it one after the other, and return the board.

    Raises:
        ServeError: `app` is not an ASGI app, or its lifespan raised.
    """
    server = make_server(app, loop="asyncio")
    try:
        async with Client(server, timeout=10) as client:
            return await besiege(client, attacks, camp)
    finally:
        server.stop()


async def besiege(client: Client, attacks: Iterable[Attack], camp: Callable[[Client], Camp] = Camp) -> Siege:
    """Try `attacks` on the app that `client` asks, which is running already."""
    base = camp(client)
    return Siege([await _try(one, base, client.server.app) for one in attacks])


async def _try(one: Attack, camp: Camp, app: App) -> Row:
    try:
        strike = await one.run(camp)
    except Closed as closed:
        return Row(one, Outcome.CLOSED, str(closed))
    except httpx.TransportError as error:
        return Row(one, Outcome.FELL, f"{_said(error.request)} broke off: {type(error).__name__}")
    answer = strike.answer
    exchange = f"{_said(answer.request)} got {status_line(answer.status_code)}, right is {one.right}"
    if answer.status_code >= 500:
        raised = answer.extensions.get("course.raised")
        return Row(one, Outcome.FELL, exchange, f"{type(raised).__name__}: {raised}" if raised else one.look)
    if strike.let_in:
        return Row(one, Outcome.LET_IN, exchange, _found(one, app) or one.look)
    return Row(one, Outcome.REFUSED, exchange.partition(", right")[0])


def _said(request: httpx.Request) -> str:
    return f"{request.method} {request.url.raw_path.decode('ascii')}"


def _found(one: Attack, app: App) -> str:
    """The first line of the app's own source that one of the attack's expressions fits; empty if
    none does."""
    sources = [linecache.getlines(name) for name in _files(app)]
    for expression in one.lines:
        for source in sources:
            for number, line in enumerate(source, 1):
                if re.search(expression, line) and not line.lstrip().startswith("#"):
                    code = line.strip()
                    return (
                        f"line {number}: `{code if len(code) <= LONGEST_LINE else code[:LONGEST_LINE] + '…'}`"
                    )
    return ""


def _files(app: Any) -> Iterator[str]:
    """The files, or cells, in which the app's own endpoints stand."""
    from fastapi.routing import iter_route_contexts

    told: set[str] = set()
    for route in iter_route_contexts(getattr(app, "routes", ())):
        endpoint = inspect.unwrap(getattr(route, "endpoint", None) or _files)
        code = getattr(endpoint, "__code__", None)
        if code is None or endpoint.__module__.partition(".")[0] in ("fastapi", "starlette", "course"):
            continue
        if code.co_filename not in told:
            told.add(code.co_filename)
            yield code.co_filename


def _line(text: str) -> str:
    drawn = re.sub(r"`(.+?)`", r"<code>\1</code>", html.escape(text, quote=False))
    return f"<div>{drawn}</div>" if text else ""


KINDS = {
    Outcome.REFUSED: "held",
    Outcome.LET_IN: "lost",
    Outcome.FELL: "lost",
    Outcome.CLOSED: "closed",
}

# For notebooks; the site has its own rules for these classes. The words carry what the colours say.
STYLE = (
    "<style>"
    ".course-siege{margin:.3em 0}"
    ".course-siege table{border-collapse:collapse;margin:0}"
    ".course-siege caption{text-align:left;font-weight:600;padding:.3em .6em;caption-side:top}"
    ".course-siege :is(th,td){text-align:left;vertical-align:top;padding:.3em .6em;border-top:1px "
    "solid #8885;"
    "white-space:normal;overflow-wrap:anywhere}"
    ".course-siege td:first-child{white-space:nowrap;border-left:4px solid #8888}"
    ".course-siege .course-held td:first-child{border-left-color:#2a8a4a}"
    ".course-siege .course-lost td:first-child{border-left-color:#c6362c}"
    ".course-siege dt{font-weight:600}"
    ".course-siege dd{margin:0 0 .4em}"
    "</style>"
)
