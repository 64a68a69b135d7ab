"""What lesson 10 asks of its exercises and of its app."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal
from unittest import mock

import httpx

from course.judging import (
    Answer,
    Api,
    Nudge,
    exercise,
    expect_value,
    prediction,
    require,
)
from course.judging.verdicts import no_answer
from course.running.server import make_server
from course.running.serving import Message, Receive, Scope, Send, Served

prediction(
    "10.r1",
    answer="a",
    why="Before the commit nobody else sees any of a transaction, and here it was undone when the connection "
    "was closed.",
)
prediction("10.r2", answer="a", why="What a dependency gives is kept for the rest of the request.")
prediction(
    "10.r3",
    answer="a",
    why="A plain `def` runs in a worker thread, each request in one of its own, so they wait side by side.",
)
prediction(
    "10.p1",
    answer="b",
    why="All three wait at the same time, and the group is done when its slowest task is.",
)
prediction(
    "10.p2",
    answer="c",
    why="What comes out of a task group is an `ExceptionGroup`, even with one exception in it. FastAPI has a "
    "handler for `HTTPException`, and none for a group of them.",
)
prediction(
    "10.p3",
    answer="b",
    why="A timeout of httpx limits how long it waits for the next bytes, and they came every 0.1 s. As long "
    "as something drips, it never ends.",
)
prediction(
    "10.p4",
    answer="c",
    why="The service had booked the seat when its answer was lost. The second try booked another one. An "
    "error does not tell whether something was done.",
)


# The services that a learner's app asks while it is judged

NAMES = ("avalanche", "transport", "weather")

PATIENCE = 6.0
"""Seconds after which a service that holds its answers back gives them after all: a check may renew them."""

Held = Literal["", "silent", "drips"]


@dataclass(frozen=True)
class Called:
    """What came to a service."""

    method: str
    path: str
    body: Any


class Service:
    """A service that does what a check wants: it answers, fails, lies, breaks off, drips, or says nothing."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.reset()

    def reset(self) -> None:
        """Be as a service is when all is well, and forget who has called."""
        self.status = 200
        self.text: str | None = None
        """What it says in place of the facts."""
        self.spared = ""
        """The method of the calls that it answers, though it holds the others back."""
        self.faults: list[int | Literal["breaks"]] = []
        """What comes of the next calls, before they are answered as usual."""
        self.held = ""
        self.calls: list[Called] = []
        self._guests: list[Called] = []  # another list: who leaves late does not count as one of the next
        self.most = 0
        self.pause = 0.0
        """Seconds between two drops, at the most: longer than wanted on a busy machine."""

    @property
    def busy(self) -> int:
        """How many calls it serves now, of those that came since it was reset."""
        return len(self._guests)

    @property
    def held(self) -> Held:
        """How it holds its answers back: at most `PATIENCE` seconds from when it was told to."""
        return self._held if time.monotonic() < self._until else ""

    @held.setter
    def held(self, how: Held) -> None:
        self._held = how
        self._until = time.monotonic() + PATIENCE

    def facts(self, trail_id: int) -> dict[str, Any]:
        """What it says of a trail when all is well."""
        more: dict[str, dict[str, Any]] = {
            "weather": {"celsius": 10.5 + trail_id, "wind_kmh": 3 * trail_id},
            "avalanche": {"level": 1 + trail_id % 5},
            "transport": {"departures": [f"{hour:02}:12" for hour in range(7, 7 + trail_id)]},
        }
        return {"trail_id": trail_id, **more[self.name]}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        body = b""
        message: Message = {"more_body": True}
        while message.get("more_body"):
            message = await receive()
            body += message.get("body", b"")
        called = Called(scope["method"], scope["path"], _parsed(body))
        self.calls.append(called)
        guests = self._guests
        guests.append(called)
        self.most = max(self.most, len(guests))
        fault = self.faults.pop(0) if self.faults else self.status
        leaving = asyncio.ensure_future(receive())
        try:
            await self._answer(scope, fault, send, leaving)
        finally:
            guests.remove(called)
            leaving.cancel()

    async def _answer(
        self,
        scope: Scope,
        fault: int | Literal["breaks"],
        send: Send,
        leaving: asyncio.Future[Message],
    ) -> None:
        headers = [(b"content-type", b"application/json")]
        if fault == "breaks":
            start = {"type": "http.response.start", "status": self.status, "headers": headers}
            await send(start)
            await send({"type": "http.response.body", "body": b'{"trail_id"', "more_body": True})
            raise ConnectionError("the answer breaks off")
        if 300 <= fault < 400:
            headers.append((b"location", scope["path"].encode()))
        dripping = self.held == "drips"
        start = {"type": "http.response.start", "status": fault, "headers": headers}
        if dripping:
            await send(start)
        last = time.monotonic()
        while self.held and scope["method"] != self.spared and not leaving.done():
            if dripping:
                await send({"type": "http.response.body", "body": b" ", "more_body": True})
            await asyncio.sleep(0.005)
            self.pause = max(self.pause, time.monotonic() - last)
            last = time.monotonic()
        if leaving.done():
            return
        if not dripping:
            await send(start)
        await send({"type": "http.response.body", "body": self._says(scope).encode()})

    def _says(self, scope: Scope) -> str:
        if self.text is not None:
            return self.text
        last = scope["path"].rpartition("/")[2]
        if scope["method"] == "POST":
            return json.dumps({"number": 17})
        return json.dumps(self.facts(int(last)) if last.isdecimal() else {"detail": "Not Found"})


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")


class Services:
    """All three, served while an answer is judged."""

    def __init__(self) -> None:
        self.by_name = {name: Service(name) for name in NAMES}
        self._servers: dict[str, Served] = {}

    def __getitem__(self, name: str) -> Service:
        return self.by_name[name]

    def start(self) -> dict[str, str]:
        """Serve them. Returns the environment variables that lead to them."""
        self._servers = {name: make_server(service, loop="asyncio") for name, service in self.by_name.items()}
        return {f"{name.upper()}_URL": server.url for name, server in self._servers.items()}

    def move(self) -> dict[str, str]:
        """Serve them elsewhere. Returns the environment variables that lead to them from now on."""
        before = self._servers
        told = self.start()
        for server in before.values():
            server.stop()
        return told

    def end(self, *names: str) -> None:
        """Have nobody listen any more where these services were."""
        for name in names:
            if server := self._servers.pop(name, None):
                server.stop()

    def reset(self) -> None:
        for service in self.by_name.values():
            service.reset()

    def release(self) -> None:
        for service in self.by_name.values():
            service.held = ""

    def hold_on(self) -> None:
        """Have those that hold their answers back do so for as long again."""
        for service in self.by_name.values():
            service.held = service.held

    def said(self, trail_id: int, *names: str) -> dict[str, Any]:
        """What these services say of a trail, by their names."""
        return {name: self[name].facts(trail_id) for name in names}


_serving: list[Services] = []
"""Those that are served just now; the last are the learner's."""


@contextmanager
def services_around() -> Iterator[None]:
    """Serve the services while an answer is loaded and judged, and say in the environment where they are."""
    services = Services()
    # A seat has little time while it is judged; and where a network has a proxy, it is not asked.
    told = {**services.start(), "SEAT_WITHIN": "0.3", "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    _serving.append(services)
    quiet = logging.NullHandler()  # else each retry is printed
    logging.getLogger("stamina").addHandler(quiet)
    try:
        with mock.patch.dict(os.environ, told):
            yield
    finally:
        logging.getLogger("stamina").removeHandler(quiet)
        _serving.remove(services)
        services.release()
        services.end(*NAMES)


def fresh() -> Services:
    """The services, as they are when all is well."""
    services = _serving[-1]
    services.reset()
    return services


TURNS = 30
"""Answers to other requests in which an app has had time enough to do what it does."""

SOON = 2.5
"""Seconds besides in which something must come that a right answer brings about; wrong ones take as long."""


async def comes(api: Api, true: Callable[[], object], least: float = SOON) -> bool:
    """Whether something comes true within `least` seconds, while the app has many turns.

    They are counted by answers of the app to something else, as a clock says little on a busy machine.
    """
    until = time.monotonic() + least
    turns = 0
    while not true():
        if turns >= TURNS and time.monotonic() > until:
            return False
        _serving[-1].hold_on()
        try:
            async with asyncio.timeout(4):
                await api.client.get("/is-there-anybody")
        except (TimeoutError, httpx.HTTPError):
            return bool(true())  # its loop is blocked
        turns += 1
        await asyncio.sleep(0.002)
    return True


async def stays(api: Api, true: Callable[[], object]) -> bool:
    """Whether something is still so after the app has had many turns."""
    return not await comes(api, lambda: not true(), least=0.1)


OTHER_LOOP = (
    "Something that belongs to one event loop, such as a semaphore or a client, was used on another one. "
    "Run the "
    "exercise's cell again; or make it in the lifespan, which is run at each start."
)


CLOSED = (
    "A client was asked that has been closed. The lifespan is run at each start: a client that is made in "
    "it, around the `yield`, is open as long as the app runs."
)


def _of_other_loop(raised: BaseException) -> bool:
    return isinstance(raised, RuntimeError) and "event loop" in str(raised).lower()


def _among(raised: BaseException, kind: Callable[[BaseException], bool]) -> bool:
    """Whether this is of that kind, or has one in it that is."""
    if isinstance(raised, BaseExceptionGroup):
        return raised.subgroup(kind) is not None
    return kind(raised)


def _of_closed_client(raised: BaseException) -> bool:
    return isinstance(raised, RuntimeError) and "client has been closed" in str(raised)


def explain(answer: Answer) -> Answer:
    """Have those words said that fit what the app raised instead of answering."""
    raised = answer.raised
    if raised is not None and _among(raised, _of_other_loop):
        answer.if_raised(type(raised), OTHER_LOOP)
    elif raised is not None and _among(raised, _of_closed_client):
        answer.if_raised(type(raised), CLOSED)
    elif isinstance(raised, ExceptionGroup):
        answer.if_raised(
            type(raised),
            "What tasks raise comes out of their group as an `ExceptionGroup`, for which FastAPI has no "
            "handler. "
            "Catch it inside of the task, or with `except*`, and answer after the group.",
        )
    elif raised is not None and "_asyncio.Task" in str(raised):
        words = "There stands a task. What it has given is `task.result()`, once the group is over."
        answer.if_raised(type(raised), words)
    elif raised is not None and "coroutine" in str(raised):
        answer.if_raised(
            type(raised), "There is a coroutine, a call that has not begun: an `await` is missing."
        )
    return answer


async def get(api: Api, path: str, **params: Any) -> Answer:
    return explain(await api.get(path, params=params))


@asynccontextmanager
async def asked(api: Api, *paths: str, **params: Any) -> AsyncIterator[list[asyncio.Task[Answer]]]:
    """Requests that are on their way; what is held back is let go at the end.

    The time that the app has for these answers begins then.
    """
    patient = Api(api.client, patience=12)

    async def ask(path: str) -> Answer:
        try:
            return await get(patient, path, **params)
        except asyncio.CancelledError:
            raise no_answer(api.client.build_request("GET", path, params=params)) from None

    tasks = [asyncio.create_task(ask(path)) for path in paths]
    try:
        yield tasks
    finally:
        _serving[-1].release()
        _, silent = await asyncio.wait(tasks, timeout=api.within)
        for task in silent:
            task.cancel()
        await asyncio.wait(tasks)
        for task in tasks:
            if not task.cancelled():
                task.exception()


async def asks_together(api: Api, path: str, names: Sequence[str], **params: Any) -> Answer:
    """Judge that all these services are asked at the same time. Returns the answer."""
    services = fresh()
    for name in names:
        services[name].held = "silent"
    async with asked(api, path, **params) as [task]:
        # Longer than for others, as a client's first requests take their time on a busy machine; the app
        # itself has five seconds for its answer.
        together = await comes(
            api, lambda: task.done() or all(services[name].busy for name in names), least=1.4 * SOON
        )
        busy = [name for name in names if services[name].busy]
    answer = await task
    if together and not busy:  # it was answered without them, which the body will show
        return answer
    named = ", ".join(busy) or "nobody"
    require(
        len(busy) == len(names),
        sent=f"GET {path}; no service answers until all have been asked",
        came_back=f"asked: {named}",
        expected=f"asked: {', '.join(names)}",
        nudge="The next service is asked only when the one before has answered. Start a task for each of "
        "them, and "
        "then wait for all.",
    )
    return answer


@dataclass
class Clients:
    """What was seen of clients of either library, while they were watched; those of the checks apart."""

    made: set[Any] = field(default_factory=set)
    used: set[Any] = field(default_factory=set)
    reads: list[float] = field(default_factory=list)
    """For each request that has a limit of its own, how many seconds it waits for the next bytes."""


@contextmanager
def watched_clients(api: Api) -> Iterator[Clients]:
    """See which clients are made and send requests."""
    seen = Clients()
    kinds = [httpx.AsyncClient, httpx.Client]
    if other := sys.modules.get("httpx2"):
        kinds += [other.AsyncClient, other.Client]
    with ExitStack() as stack:
        for kind in kinds:
            stack.enter_context(mock.patch.object(kind, "__init__", _noting_made(kind, seen)))
            stack.enter_context(mock.patch.object(kind, "send", _noting_used(kind, seen, api)))
        yield seen


def _noting_made(kind: type[Any], seen: Clients) -> Callable[..., None]:
    init = kind.__init__

    def noted(self: Any, *args: Any, **options: Any) -> None:
        seen.made.add(self)
        init(self, *args, **options)

    return noted


def _noting_used(kind: type[Any], seen: Clients, api: Api) -> Callable[..., Any]:
    send = kind.send

    def noted(self: Any, request: Any, *args: Any, **options: Any) -> Any:
        if self is not api.client:
            seen.used.add(self)
            read = request.extensions.get("timeout", {}).get("read")
            if read is not None:
                seen.reads.append(read)
        return send(self, request, *args, **options)

    return noted


async def uses_one_client(
    api: Api, *paths: str, posts: Sequence[tuple[str, Any]] = (), **params: Any
) -> None:
    """Judge that all requests share a client, and that it is closed when the app ends.

    Args:
        api: the app.
        paths: what is asked for.
        posts: what is sent besides, each a path with a body.
        params: the query of all paths.
    """
    fresh()
    with watched_clients(api) as seen:
        await api.restart()
        for path, body in posts:
            await api.post(path, json=body)
        for path in paths:
            first = await get(api, path, **params)
        count = len(seen.used)
        await api.restart()
    require(
        count <= len(NAMES),  # one for each service is fine
        sent=f"GET {paths[0]}, and {len(paths) - 1} like it"
        + (f"; POST {posts[0][0]}, {len(posts)} times" if posts else ""),
        came_back=f"{count} clients have asked the services",
        expected="one client for all of them",
        nudge="A client that is made where it is needed opens connections of its own, each time. Make it "
        "in the "
        "lifespan, and hand it out by a dependency, or in `request.state`.",
    )
    require(
        seen.used <= seen.made,
        sent="the app's start, and some requests",
        came_back="calls of a client that was there before the start",
        expected="calls of a client that is made when the app starts, and closed when it ends",
        nudge="It was made outside of the lifespan. `async with httpx.AsyncClient() as upstream:` around "
        "the `yield` makes one at each start, and closes it at the end.",
    )
    require(
        all(client.is_closed for client in seen.used),
        sent="some requests, and then the end of the app",
        came_back="a client that is still open",
        expected="all clients closed",
        nudge="What is opened in the lifespan is closed in it: `async with httpx.AsyncClient() as "
        "upstream:` around "
        "the `yield`.",
    )
    again = await get(api, paths[-1], **params)
    again.expect(
        first.status_code,
        first.json(),
        nudge=Nudge(
            "The app has ended and was started anew since it answered this before. What is closed at the end "
            "is made anew at the start."
        ),
    )


# 10.1

hikes = exercise(
    "10.1",
    "Weather and transport at once",
    around=services_around,
    hints=[
        "The lifespan: `async with httpx.AsyncClient() as upstream:` around the `yield`, which hands out "
        "`upstream` besides `urls`. The dependency returns `request.state.upstream`.",
        "A small `async def ask(url)` asks one service, calls `raise_for_status()` and returns the JSON. In "
        "`async with asyncio.TaskGroup() as group:` start a task for each, and read `task.result()` after "
        "it.",
        "Around the group: `try:` and `except* httpx.HTTPError:`. There is no `return` and no useful "
        "`raise` in an "
        "`except*`, so note there that it failed, and raise the `HTTPException(502)` below.",
    ],
)
BOTH = ("transport", "weather")
SAID = "What each service said stands under its name, as it came."


@hikes.check
async def asks_both(api: Api) -> None:
    """Asks both services for the trail, at the same time"""
    for trail_id in (3, 4):
        answer = await asks_together(api, f"/hikes/{trail_id}", BOTH)
        answer.expect(200, fresh().said(trail_id, *BOTH), nudge=SAID)


@hikes.check
async def says_that_one_failed(api: Api) -> None:
    """Answers 502 where one of them fails, and goes on"""
    for name in BOTH:
        for status in (503, 404, 500):
            services = fresh()
            services[name].status = status
            answer = await get(api, "/hikes/3")
            answer.expect(
                502,
                nudge=Nudge(
                    f"The {name} service answered {status}, and to httpx that is an answer like any other.",
                    when=lambda it: it.status_code == 200,
                ),
            )
    services = fresh()
    answer = await get(api, "/hikes/3")
    answer.expect(200, services.said(3, *BOTH), nudge="The services are well again.")


@hikes.check
async def has_one_client(api: Api) -> None:
    """Uses one client for all requests, and closes it at the end"""
    await uses_one_client(api, *(f"/hikes/{trail_id}" for trail_id in range(1, 6)))
    services = fresh()
    os.environ.update(services.move())  # undone with all the environment
    await api.restart()
    answer = await get(api, "/hikes/3")
    nudge = "The app was started anew, and the environment says other addresses now: read them at the start."
    answer.expect(200, services.said(3, *BOTH), nudge=Nudge(nudge))


@hikes.check
async def one_is_not_there(api: Api) -> None:
    """Answers 502 where one of them is not there"""
    services = fresh()
    services.end("transport")
    answer = await get(api, "/hikes/3")
    answer.if_raised(
        httpx.ConnectError, "Nobody listens there: `httpx.ConnectError`, which is a `httpx.HTTPError`."
    )
    answer.expect(502, nudge="Nobody listens where the transport service was.")


# 10.2

planner = exercise(
    "10.2",
    "What has come in time",
    around=services_around,
    patience=2,
    hints=[
        "Begin with `GET /in-time`, above: it has the group, the deadline around it, and `fill`, which "
        "catches what "
        "goes wrong with its own service.",
        "A status such as 404 is an answer to httpx, so compare it with 200. What is no JSON raises a "
        "`ValueError` in "
        "`answer.json()`: catch that, too.",
        "After the group: `missing = sorted(name for name in NAMES if found[name] is None)`, and the "
        "answer is "
        '`{**found, "missing": missing}`. The client is as in exercise 10.1.',
    ],
)


def trip_of(services: Services, trail_id: int, missing: Sequence[str] = ()) -> dict[str, Any]:
    """What exercise 10.2 answers when these services are missing."""
    known = services.said(trail_id, *NAMES) | dict.fromkeys(missing)
    return {**known, "missing": sorted(missing)}


@planner.check
async def asks_all(api: Api) -> None:
    """Asks all three services for the trail, at the same time"""
    for trail_id in (3, 5):
        answer = await asks_together(api, f"/trips/{trail_id}", NAMES, within=9)
        answer.expect(
            200, trip_of(fresh(), trail_id), nudge=f"{SAID} Nothing is missing: `missing` is an empty list."
        )


@planner.check
async def tells_what_is_missing(api: Api) -> None:
    """Tells which services are missing, and keeps the others"""
    for names, fault, said in (
        (("weather",), 503, "answered 503"),
        (("avalanche",), 404, "answered 404"),
        (("transport",), 201, "answered 201"),
        (("weather",), "breaks", "broke off its answer"),
        (("weather", "avalanche"), "no JSON", "said something that is no JSON"),
        (("avalanche", "transport", "weather"), 500, "answered 500"),
    ):
        services = fresh()
        for name in names:
            match fault:
                case "no JSON":
                    services[name].text = "<h1>Out of order</h1>"
                case _:
                    services[name].faults = [fault] * 9  # type: ignore[list-item]
        answer = await get(api, "/trips/3", within=9)
        words = f"Here {' and '.join(names)} {said}. "
        words += "What the others say is not lost." if len(names) < 3 else "The status is 200 all the same."
        answer.if_raised(json.JSONDecodeError, words)
        answer.expect(200, trip_of(services, 3, names), nudge=Nudge(words))
    services = fresh()
    transport = services["transport"]
    services["weather"].held, transport.faults = "silent", ["breaks"]
    async with asked(api, "/trips/3", within=9) as [task]:
        await comes(api, lambda: task.done() or (transport.calls and not transport.busy))
        await stays(api, lambda: not task.done())
    nudge = "Here transport broke off its answer, before weather answered. What the others say is not lost."
    (await task).expect(200, trip_of(services, 3, ["transport"]), nudge=nudge)
    for facts in ({}, {"hut": "Łódź"}):
        services = fresh()
        services["weather"].text = json.dumps(facts)
        answer = await get(api, "/trips/3", within=9)
        nudge = f"The weather service said {json.dumps(facts)}, which is JSON: it stands there as it came."
        answer.expect(200, trip_of(services, 3) | {"weather": facts}, nudge=nudge)


Plan = Callable[[Services, int, Sequence[str]], dict[str, Any]]
"""What an app answers for a trail when these services are missing."""


async def keeps_deadlines(api: Api, trail_id: int, expected: Plan) -> None:
    """Judge that an answer comes when its time is over, and not before."""
    fresh()
    with watched_clients(api) as seen:
        await get(api, f"/trips/{trail_id}", within=9)
    least = min(seen.reads, default=9.0)
    require(
        least >= 8,
        sent=f"GET /trips/{trail_id}?within=9, and how long its calls to the services wait for bytes",
        came_back=f"{least:g} seconds at the most",
        expected="9 seconds, or no limit but the deadline",
        nudge="An answer that comes after that has come in time, and would be missing. Without a word "
        "about it, httpx waits for 5 seconds; `timeout=None` leaves it to your own deadline.",
    )
    await keeps_deadline(api, trail_id, expected, "silent", ["weather"])
    await keeps_deadline(api, trail_id, expected, "drips", ["avalanche"])
    await keeps_deadline(api, trail_id, expected, "silent", NAMES)


async def keeps_deadline(api: Api, trail_id: int, expected: Plan, held: Held, names: Sequence[str]) -> None:
    """The same, where these services hold their answers back."""
    services = fresh()
    path = f"/trips/{trail_id}"
    for name in names:
        services[name].held = held
    kept = " and ".join(names)
    words = f"says nothing ({kept})" if held == "silent" else f"answers drop by drop ({kept})"
    async with asked(api, path, within=9) as [patient]:
        await comes(api, lambda: patient.done() or all(services[name].busy for name in names))
        wanted = expected(services, trail_id, names)
        for within in (0.1, 0.4, 1.5):  # on a busy machine others may be late, and so may drops
            services[names[0]].pause = 0.0
            services.hold_on()
            hasty = await get(api, path, within=within)
            paused = held == "drips" and services[names[0]].pause > within / 2
            if not set(names) <= set((hasty.json() or {}).get("missing") or ()):
                break
            if hasty.json() == wanted and not paused:
                break
        early = patient.done()
        nudge = "What came in time stands there; what did not is `null`, and its name is in `missing`."
        hasty.expect(200, wanted, nudge=nudge)
        require(
            not early,
            sent=f"GET {path}?within=9, and then GET {path}?within={within}; a service {words}",
            came_back="the answer to the first, before the one to the second",
            expected="the second is answered, while the first still waits",
            nudge="How long all of it may take, `within` says, for each request.",
        )
        require(
            await comes(api, lambda: all(services[name].busy <= 1 for name in names)),  # the patient one's
            sent=f"GET {path}?within={within}; a service {words}",
            came_back="an answer, and a call that is still on its way",
            expected="an answer, and nobody who goes on asking",
            nudge="When the time is up, what is left is to be cancelled. A deadline around a task group "
            "does so.",
        )
    answer = await patient
    nudge = "Everything came in time here: there were 9 seconds for it."
    answer.expect(200, expected(services, trail_id, ()), nudge=nudge)


@planner.check
async def keeps_the_deadline(api: Api) -> None:
    """Answers when the time is up, with what has come, and asks no longer"""
    await keeps_deadlines(api, 3, trip_of)


@planner.check
async def shares_a_client(api: Api) -> None:
    """Uses one client for all requests, and closes it at the end"""
    await uses_one_client(api, *(f"/trips/{trail_id}" for trail_id in range(1, 6)), within=9)


@planner.check
async def one_is_away(api: Api) -> None:
    """Does without a service that is not there"""
    services = fresh()
    services.end("weather")
    answer = await get(api, "/trips/3", within=9)
    answer.expect(
        200, trip_of(services, 3, ["weather"]), nudge="Nobody listens where the weather service was."
    )


# 10.3

relay = exercise(
    "10.3",
    "Asked again, or never",
    around=services_around,
    hints=[
        "Write `async def ask(...)` with `@stamina.retry(on=..., attempts=3, **PAUSES)` above it. What it "
        "raises in "
        "the end, the endpoint turns into a `502`.",
        "A 404 is not to be repeated: in `ask` look at it first, and raise `HTTPException(404)`, which "
        "`on=` does not "
        "name. For the rest call `raise_for_status()`.",
        "`POST /seats` has no retry: one `try`, one `except httpx.HTTPError`, and a look whether the "
        "status is 201.",
    ],
)


@relay.check
async def passes_the_weather_on(api: Api) -> None:
    """Passes on what the weather service says, and its 404"""
    for trail_id in (3, 4):
        services = fresh()
        answer = await get(api, f"/trails/{trail_id}/weather")
        answer.expect(200, services["weather"].facts(trail_id), nudge="What the service said, as it came.")
    services = fresh()
    services["weather"].status = 404
    answer = await get(api, "/trails/9/weather")
    answer.expect(404, nudge="The service knows no such trail.")
    count = len(services["weather"].calls)
    expect_value(
        count,
        1,
        sent="GET /trails/9/weather, and the weather service answers 404: how often it is asked",
        nudge="A 404 will be one the next time, too.",
    )


@relay.check
async def asks_again(api: Api) -> None:
    """Asks again, three times in all"""
    faults: tuple[list[int | Literal["breaks"]], ...] = (
        [503],
        [502, 504],
        ["breaks"],
        ["breaks", 503],
        [503, 502, 503],
        [504, "breaks", 502],
    )
    for fault in faults:
        services = fresh()
        services["weather"].faults = list(fault)
        answer = await get(api, "/trails/3/weather")
        said = ", then ".join("an answer that breaks off" if one == "breaks" else str(one) for one in fault)
        count = len(services["weather"].calls)
        if len(fault) < 3:
            nudge = Nudge(f"From the weather service came {said}, and after that all was well again.")
            answer.expect(200, services["weather"].facts(3), nudge=nudge)
        else:
            answer.expect(
                502, nudge=f"From the weather service came {said}: three times, and nothing helped."
            )
        expect_value(
            count,
            min(3, len(fault) + 1),
            sent=f"GET /trails/3/weather; from the weather service comes {said}: how often it is asked",
            nudge="Three times in all: the first try counts."
            if count
            else "What came of the requests before is over: each request begins anew.",
        )


def came_once(service: Service, path: str, body: Any, sent: str, answer: Answer, status: int) -> None:
    """Judge that this body has come to a service, in one `POST`.

    Where nothing has, the answer tells why, unless it has the status that is expected.
    """
    if not service.calls:
        answer.expect(status)
    expect_value(
        [[call.method, call.path, call.body] for call in service.calls],
        [["POST", path, body]],
        sent=f"{sent}: what comes to the service",
        nudge=[
            Nudge(
                "Whatever came back, the service may have done it. A `POST` is not sent twice.",
                when=lambda it: len(it) > 1,
            ),
            f"The same body goes to `{path}` of the service, once.",
        ],
    )


@relay.check
async def books_once(api: Api) -> None:
    """Sends a seat once, whatever comes back"""
    for guest in ("Ada", "Ben"):
        services = fresh()
        services["transport"].status = 201
        answer = await api.post("/seats", json={"guest": guest})
        explain(answer).expect(201, {"number": 17}, nudge="What the transport service said, as it came.")
        sent = f'POST /seats {{"guest": "{guest}"}}'
        came_once(services["transport"], "/seats", {"guest": guest}, sent, answer, 201)
    faults: tuple[int | Literal["breaks"], ...] = (503, 504, 409, 200, "breaks")
    for fault in faults:
        services = fresh()
        services["transport"].status = 201
        services["transport"].faults = [fault]
        answer = await api.post("/seats", json={"guest": "Cleo"})
        said = "broke off its answer" if fault == "breaks" else f"answered {fault}"
        sent = f"POST /seats, and the transport service {said}"
        came_once(services["transport"], "/seats", {"guest": "Cleo"}, sent, answer, 502)
        explain(answer).expect(
            502, nudge=f"The transport service {said}: only a 201 says that there is a seat."
        )


@relay.check
async def nobody_is_there(api: Api) -> None:
    """Answers 502 where a service is not there"""
    fresh().end("weather", "transport")
    for answer in (await get(api, "/trails/3/weather"), await api.post("/seats", json={"guest": "Dora"})):
        explain(answer).expect(502, nudge="Nobody listens where the service was.")


# 10.4

buses = exercise(
    "10.4",
    "A small service",
    around=services_around,
    hints=[
        "Two limits: a count of those who are inside, as in `GET /trips` of `crowded`, and a semaphore of "
        "3 around the "
        "call. Both are shared by all requests.",
        'Look at the count first: 8 or more, and it is a `503` with `headers={"Retry-After": "1"}`. Else '
        "add one, and take it off again in a `finally`.",
        "Inside: `async with free:` with `free = asyncio.Semaphore(3)`, in the lifespan or above the "
        "endpoint. In it "
        "the call, then a look at the status.",
    ],
)
PLACES = 8
CROWD = 12


async def crowd(api: Api, count: int, status: int = 200) -> tuple[list[Answer], list[Answer], int]:
    """Many requests at once.

    Returns those that were answered while the service held its calls back, the others, and how many calls
    there were at the service at the same moment.
    """
    services = fresh()
    service = services["transport"]
    service.held, service.status = "silent", status
    async with asked(api, *["/buses/3"] * count) as tasks:

        def refused() -> int:
            return sum(task.done() for task in tasks)

        await comes(api, lambda: refused() >= count - PLACES and service.busy >= 3)
        if not await stays(api, lambda: service.most <= 3 and refused() <= count - PLACES):
            await comes(api, lambda: service.most == PLACES)  # if nothing limits them
        early = [task for task in tasks if task.done()]
    late = [task for task in tasks if task not in early]
    return [await task for task in early], [await task for task in late], service.most


@buses.check
async def passes_departures_on(api: Api) -> None:
    """Passes on what the transport service says, or answers 502"""
    for trail_id in (3, 4):
        answer = await get(api, f"/buses/{trail_id}")
        answer.expect(200, fresh()["transport"].facts(trail_id), nudge="What the service said, as it came.")
    for status in (503, 404, 201):
        services = fresh()
        services["transport"].status = status
        answer = await get(api, "/buses/3")
        answer.expect(502, nudge=f"The transport service answered {status}.")


@buses.check
async def spares_the_service(api: Api) -> None:
    """At most 3 calls are at the service at the same moment"""
    _, _, most = await crowd(api, PLACES)
    sent = f"{PLACES} times GET /buses/3, at once"
    require(
        most <= 3,
        sent=sent,
        came_back=f"{most} calls at the transport service at the same moment",
        expected="3 at most",
        nudge="A semaphore limits those who share it: make it once, not in each request."
        if most == PLACES
        else "Something limits them, and lets more in than the service can take.",
    )
    require(
        most == 3,
        sent=sent,
        came_back=f"no more than {most} at the transport service at the same moment",
        expected="3, while others wait for their turn",
        nudge="The service can take three at a time.",
    )


@buses.check
async def gives_places_back(api: Api) -> None:
    """Gives each place back, whatever the answer was"""
    fresh()["transport"].faults = ["breaks"]
    await api.get("/buses/3")  # whatever it is answered
    for status, wanted in ((503, 502), (404, 502), (200, 200)):
        early, late, most = await crowd(api, PLACES, status)
        expect_value(
            {"refused": len(early), "at the service": most},
            {"refused": 0, "at the service": 3},
            sent=f"{PLACES} times GET /buses/3 at once, after others had their answers",
            nudge="Eight have a place: three whose call is on its way, and five that wait. Who came before "
            "has an answer, so those places are free again, also where something was raised.",
        )
        for answer in late:
            answer.expect(wanted, nudge="It had a place, and its turn came.")


@buses.check
async def says_no_early(api: Api) -> None:
    """Refuses at once who comes ninth, with a 503 and Retry-After"""
    for _ in range(2):
        early, late, _most = await crowd(api, CROWD)
        for answer in early:
            nudge = "Nobody has been served yet: this one was refused."
            answer.expect(503, headers={"Retry-After": "1"}, nudge=nudge)
        require(
            len(early) == CROWD - PLACES,
            sent=f"{CROWD} times GET /buses/3, at once; the service does not answer yet",
            came_back=f"{len(early)} were refused at once",
            expected=f"{CROWD - PLACES} are refused at once, and {PLACES} wait",
            nudge="Of 12 that come at once 8 have a place. The others are told so before anybody is served.",
        )
        for answer in late:
            nudge = "Eight have a place, and get their answer."
            answer.expect(200, fresh()["transport"].facts(3), nudge=nudge)
    services = fresh()
    service = services["transport"]
    service.held = "silent"
    async with asked(api, *["/buses/3"] * CROWD) as tasks:
        await comes(api, lambda: sum(task.done() for task in tasks) >= CROWD - PLACES)
        await refuses_at_once(api, "/buses/3", service)


AT_ONCE = 0.25
"""Seconds within which a refusal comes at once: the least of several, as a busy machine is late at times."""


async def refuses_at_once(api: Api, path: str, *services: Service, **params: Any) -> None:
    """Judge how long a refusal takes, while these services hold others back, so that all places are taken."""
    took: list[float] = []
    while len(took) < 5 and min(took, default=1.0) > AT_ONCE:
        _serving[-1].hold_on()
        began = time.monotonic()
        answer = await get(api, path, **params)
        took.append(time.monotonic() - began)
        if not all(service.held for service in services):
            return  # the machine is so busy that the others have their answers by now
        answer.expect(503, headers={"Retry-After": "1"}, nudge="All places are taken.")
    require(
        min(took) <= AT_ONCE,
        sent=f"GET {path}, where all places are taken",
        came_back=f"a 503 after {min(took):.2f} seconds",
        expected="a 503 at once",
        nudge="Whoever is refused waits for nothing: look at the count before anything that is awaited.",
    )


# 10.5

board = exercise(
    "10.5",
    "Spot the pitfall",
    around=services_around,
    patience=3,  # a client for each temperature takes its time
    hints=[
        "Python says one of the four on its error output: `coroutine 'count_visit' was never awaited`. "
        "Another one "
        "shows when you ask `/visits` while `/avalanche/3` waits for a slow service.",
        "`httpx.get` blocks, and makes a client of its own; `read_temperature` makes one for each trail. A "
        "lifespan "
        "makes one for all.",
        "`asyncio.Semaphore(5)`, made once, around the call in `read_temperature`. And no loop in "
        "`send_report`: one "
        "`try` is all that a `POST` gets.",
    ],
)
TRAILS = range(1, 13)


async def visits(api: Api) -> int:
    answer = await get(api, "/visits")
    count = answer.json()
    answer.require(isinstance(count, int), "200, and a number", status=200)
    return int(count)


@board.check
async def counts_visits(api: Api) -> None:
    """Answers the board, and counts each"""
    services = fresh()
    before = await visits(api)
    for _ in range(2):
        answer = await get(api, "/board")
        expected = {str(trail_id): services["weather"].facts(trail_id)["celsius"] for trail_id in TRAILS}
        answer.expect(200, expected, nudge="The temperature of each of the 12 trails.")
    expect_value(
        await visits(api) - before,
        2,
        sent="GET /board, twice: by how much /visits grows",
        nudge=Nudge(
            "A call of an `async def` function only makes a coroutine. It begins when somebody awaits it.",
            when=lambda it: it == 0,
        ),
    )
    services["weather"].text = "{}"
    await get(api, "/board")  # whatever it answers
    expect_value(
        await visits(api) - before,
        3,
        sent="GET /board, twice, and once where the weather service says {}: by how much /visits grows",
        nudge="It was asked for, whatever came of it.",
    )


@board.check
async def spares_the_weather(api: Api) -> None:
    """At most 5 calls are at the weather service at the same moment"""
    services = fresh()
    weather = services["weather"]
    weather.held = "silent"
    async with asked(api, "/board", "/board") as tasks:
        await comes(api, lambda: weather.most >= 5, least=0.3)  # fewer are right, too
        await stays(api, lambda: weather.most <= 5)
    for task in tasks:
        answer = await task
        answer.require(len(answer.json() or ()) == len(TRAILS), "200, and 12 temperatures", status=200)
    require(
        weather.most <= 5,
        sent="twice GET /board, at once",
        came_back=f"{weather.most} calls at the weather service at the same moment",
        expected="5 at most",
        nudge="`gather` starts all that it gets. A semaphore that all requests share limits how many go on.",
    )


@board.check
async def keeps_nobody_waiting(api: Api) -> None:
    """A slow service keeps nobody else waiting"""
    for seconds in (1.0, 3.5):  # on a busy machine the others may be late
        services = fresh()
        avalanche = services["avalanche"]
        avalanche.held = "silent"
        async with asked(api, "/avalanche/3") as [slow]:
            while not avalanche.busy and not slow.done():  # noqa: ASYNC110
                await asyncio.sleep(0.002)
            other = asyncio.create_task(get(api, "/visits"))
            await asyncio.wait([other, slow], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            meanwhile = other.done() and not slow.done()
            avalanche.held = ""
            await asyncio.wait([other])
        answer = await slow
        answer.expect(200, avalanche.facts(3), nudge="What the avalanche service said, as it came.")
        if meanwhile:
            await boards_keep_nobody_waiting(api)
            return
    require(
        False,
        sent="GET /avalanche/3, and GET /visits while the service does not answer",
        came_back="no answer from /visits, until the service had answered",
        expected="an answer from /visits at once",
        nudge="`httpx.get` waits without an `await`, and keeps the event loop.",
    )


async def boards_keep_nobody_waiting(api: Api) -> None:
    """Judge that the avalanche service can be asked while boards wait for the weather."""
    services = fresh()
    weather = services["weather"]
    weather.held = "silent"
    async with asked(api, "/board") as [slow]:
        await comes(api, lambda: weather.busy >= 5, least=0.3)  # fewer are right, too
        other = asyncio.create_task(get(api, "/avalanche/3"))
        meanwhile = await comes(api, other.done) and not slow.done()
    answer = await other
    answer.expect(200, services["avalanche"].facts(3), nudge="What the avalanche service said, as it came.")
    require(
        meanwhile,
        sent="GET /avalanche/3, while a board waits for the weather service, which does not answer",
        came_back="no answer, until the weather service had answered",
        expected="an answer at once",
        nudge="At most 5 calls are at the weather service: that limit is none for the avalanche service.",
    )


@board.check
async def reports_once(api: Api) -> None:
    """Sends a report once, whatever comes back"""
    faults: tuple[int | Literal["breaks"], ...] = (201, 503, 409, 200, "breaks")
    for fault in faults:
        services = fresh()
        services["transport"].status = 201
        services["transport"].faults = [fault]
        answer = explain(await api.post("/reports", json={"text": "Muddy."}))
        said = "broke off its answer" if fault == "breaks" else f"answered {fault}"
        sent = f"POST /reports, and the service {said}"
        status = 201 if fault == 201 else 502
        came_once(services["transport"], "/reports", {"text": "Muddy."}, sent, answer, status)
        if fault == 201:
            answer.expect(201, {"number": 17}, nudge="What the service said, as it came.")
        else:
            answer.expect(502, nudge=f"The service {said}.")


# The last one, as it starts the app anew, on another event loop: a semaphore that is made above the endpoint,
# and has had somebody wait, belongs to the one before.
@board.check
async def board_has_one_client(api: Api) -> None:
    """Uses one client for all requests, and closes it at the end"""
    await uses_one_client(
        api,
        "/board",
        *(f"/avalanche/{trail_id}" for trail_id in range(1, 6)),
        posts=[("/reports", {"text": f"Muddy, {number} times."}) for number in range(4)],
    )


# The app

app = exercise(
    "10.app",
    "The trip planner",
    around=services_around,
    patience=2,
    hints=[
        "Take it in layers, a function each: one call with its place among four; the same up to three "
        "times; the "
        "same, judged by a model; all three within the deadline. Only the last one knows of `missing`.",
        "A model for each service, with limits such as `Field(ge=1, le=5)`, tells a lie from an answer: "
        "`Weather.model_validate_json(...)` raises a `ValidationError`, which is a `ValueError`. Compare "
        "`trail_id` besides.",
        "A 404 is not to be caught with the rest: give it an exception of your own, let it end the group, "
        "and "
        "answer `404` after `except*`.",
        "The deadline stands around everything that may wait, the semaphore's places too: "
        "`async with asyncio.timeout(within), asyncio.TaskGroup() as group:`. A seat has its own "
        "`asyncio.timeout(SEAT_WITHIN)`.",
    ],
)


def advice_of(level: int | None) -> str:
    return "unknown" if level is None else "stay" if level >= 3 else "go"


def plan_of(services: Services, trail_id: int, missing: Sequence[str] = ()) -> dict[str, Any]:
    """What the app answers when these services are missing."""
    plan = trip_of(services, trail_id, missing)
    level = None if "avalanche" in missing else services["avalanche"].facts(trail_id)["level"]
    return {"trail_id": trail_id, **plan, "advice": advice_of(level)}


@app.check
async def plans_trips(api: Api) -> None:
    """Plans a trip, with all three asked at the same time"""
    for trail_id in (3, 1):
        answer = await asks_together(api, f"/trips/{trail_id}", NAMES, within=9)
        nudge = f"{SAID} The trail has an id, and nothing is missing."
        answer.expect(200, plan_of(fresh(), trail_id), nudge=nudge)


def lacks_the_avalanche(answer: Answer) -> bool:
    """Whether an answer says nothing of avalanches."""
    body = answer.json()
    return isinstance(body, dict) and body.get("avalanche", ...) is None


@app.check
async def gives_advice(api: Api) -> None:
    """Gives advice by the danger of avalanches"""
    for trail_id in range(5, 10):  # one of each level
        answer = await get(api, f"/trips/{trail_id}", within=9)
        nudges = [
            Nudge("Levels from 1 to 5 are no lies, and this one is missing.", when=lacks_the_avalanche),
            'The advice is "stay" from level 3 on, and "go" below.',
        ]
        answer.expect(200, plan_of(fresh(), trail_id), nudge=nudges)
    answer = await api.get("/trips/3")
    services = fresh()
    answer.expect(200, plan_of(services, 3), nudge="`within` may be left out.")
    for within in ("0", "-1", "10.5", "soon"):
        answer = await api.get("/trips/3", params={"within": within})
        answer.expect(422, nudge="`within` is more than 0 and at most 10.")
    answer = await get(api, "/trips/3", within=10)
    answer.expect(200, plan_of(services, 3), nudge="10 seconds are allowed.")


# Before what asks for many trips: a client for each of them takes so long that other checks would tell it.
@app.check
async def app_has_one_client(api: Api) -> None:
    """Uses one client for all requests, and closes it at the end"""
    seat = {"trail_id": 3, "departure": "07:12", "guest": "Ada"}
    paths = [f"/trips/{trail_id}" for trail_id in range(1, 6)]
    await uses_one_client(api, *paths, posts=[("/seats", seat)] * 4, within=9)


@app.check
async def keeps_its_deadline(api: Api) -> None:
    """Slow services: answers in time, with what has come"""
    await keeps_deadlines(api, 2, plan_of)


@app.check
async def asks_failing_services_again(api: Api) -> None:
    """Failing services: asks again, up to three times in all"""
    faults: tuple[tuple[str, list[int | Literal["breaks"]]], ...] = (
        ("weather", [503]),
        ("avalanche", [502, 504]),
        ("transport", ["breaks", 503]),
        ("weather", [503, "breaks", 502]),
        ("avalanche", [504, 504, 504]),
    )
    for name, fault in faults:
        services = fresh()
        services[name].faults = list(fault)
        answer = await get(api, "/trips/3", within=9)
        said = ", then ".join("an answer that breaks off" if one == "breaks" else str(one) for one in fault)
        missing = [name] if len(fault) == 3 else []
        nudge = f"From the {name} service came {said}. Three calls are allowed."
        answer.expect(200, plan_of(services, 3, missing), nudge=nudge)
        expect_value(
            len(services[name].calls),
            min(3, len(fault) + 1),
            sent=f"GET /trips/3; from the {name} service comes {said}: how often it is asked",
            nudge="Three times in all: the first try counts.",
        )


LIES: tuple[tuple[str, dict[str, Any] | str], ...] = (
    ("avalanche", {"level": 9}),
    ("avalanche", {"level": 6}),
    ("avalanche", {"level": 0}),
    ("avalanche", {"level": None}),
    ("avalanche", {"trail_id": 4}),
    ("weather", {"celsius": "mild"}),
    ("weather", {"celsius": "12.5"}),
    ("weather", {"celsius": True}),
    ("avalanche", {"level": True}),
    ("avalanche", {"level": "2"}),
    ("weather", {"wind_kmh": -0.5}),
    ("weather", {"trail_id": 4}),
    ("transport", {"departures": "07:12"}),
    ("transport", {"departures": ["soon"]}),
    ("transport", {"departures": ["24:00"]}),
    ("transport", {"departures": ["23:60"]}),
    ("transport", {"departures": ["at 07:12"]}),
    ("transport", {"departures": ["07:12", "17:40 h"]}),
    ("transport", {"trail_id": 4}),
    ("weather", "<h1>Out of order</h1>"),
    ("transport", "null"),
    ("avalanche", "{}"),
)
TRUTHS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("weather", {"wind_kmh": 0, "celsius": -12}),
    ("transport", {"departures": ["00:00", "09:59", "19:30", "23:59"]}),
    ("transport", {"departures": []}),
)


@app.check
async def believes_no_lies(api: Api) -> None:
    """Lying services: what is not of the right kind is missing"""
    for name, lie in LIES:
        services = fresh()
        text = lie if isinstance(lie, str) else json.dumps(services[name].facts(3) | lie)
        services[name].text = text
        answer = await get(api, "/trips/3", within=9)
        nudge = f"The {name} service said {text}, which is not what `app.py` says of it."
        asks_liars_once(services[name], f"said {text}")
        answer.expect(200, plan_of(services, 3, [name]), nudge=nudge)
    for name, truth in TRUTHS:
        services = fresh()
        facts = services[name].facts(3) | truth
        services[name].text = json.dumps(facts)
        answer = await get(api, "/trips/3", within=9)
        nudge = f"The {name} service said {json.dumps(facts)}, which is of the right kind."
        answer.expect(200, plan_of(services, 3) | {name: facts}, nudge=nudge)
    for name, status in (("weather", 500), ("avalanche", 418), ("transport", 201), ("weather", 307)):
        services = fresh()
        services[name].faults = [status]  # after it, and where a 307 leads, all is well
        answer = await get(api, "/trips/3", within=9)
        nudge = f"The {name} service answered {status}, which is none of those that the list names."
        asks_liars_once(services[name], f"answered {status}")
        answer.expect(200, plan_of(services, 3, [name]), nudge=nudge)


def asks_liars_once(service: Service, what: str) -> None:
    """Judge that a service was asked once, after it did this."""
    expect_value(
        len(service.calls),
        1,
        sent=f"GET /trips/3, and the {service.name} service {what}: how often it is asked",
        nudge=Nudge(
            "Only what fails in one of the ways that the list names is asked again.", when=lambda it: it > 1
        ),
    )


@app.check
async def knows_no_such_trail(api: Api) -> None:
    """Answers 404 where a service does"""
    for name in NAMES:
        services = fresh()
        services[name].status = 404
        answer = await get(api, "/trips/3", within=9)
        answer.expect(404, nudge=f"The {name} service says that there is no such trail.")
    services = fresh()
    answer = await get(api, "/trips/3", within=9)
    answer.expect(200, plan_of(services, 3), nudge="The services know this trail again.")


@app.check
async def limits_what_is_under_way(api: Api) -> None:
    """At most 4 calls at a service, and 10 trips under way; then 503 with Retry-After"""
    await limits_trips(api, 500)
    await limits_trips(api, 200)


async def limits_trips(api: Api, status: int) -> None:
    """Judge what comes of twelve trips at once, where the services answer with this status in the end."""
    services = fresh()
    every = list(services.by_name.values())
    for service in every:
        service.held, service.status = "silent", status

    async with asked(api, *["/trips/3"] * 12, within=10) as tasks:

        def refused() -> int:
            return sum(task.done() for task in tasks)

        await comes(api, lambda: refused() >= 2 and all(service.busy >= 4 for service in every))
        await stays(api, lambda: refused() <= 2 and all(service.most <= 4 for service in every))
        early = [task for task in tasks if task.done()]
        if len(early) == 2:  # else what is wrong is told below
            await refuses_at_once(api, "/trips/3", *every, within=10)
    for task in early:
        answer = await task
        nudge = "Ten trips are under way, and this one is refused."
        answer.expect(503, headers={"Retry-After": "1"}, nudge=nudge)
    expect_value(
        {"refused": len(early), **{name: services[name].most for name in NAMES}},
        {"refused": 2, **dict.fromkeys(NAMES, 4)},
        sent="12 times GET /trips/3?within=10, at once; no service answers yet: how many are refused, and "
        "how "
        "many calls are at each service",
        nudge="Four places for each service, shared by all requests; ten trips, and each gives its place "
        "back.",
    )
    for task in tasks:
        if task not in early:
            answer = await task
            missing = () if status == 200 else NAMES
            answer.expect(200, plan_of(services, 3, missing), nudge="It had a place, and its turn came.")


@app.check
async def waits_for_places_in_time(api: Api) -> None:
    """The deadline holds for those who wait for a place, too"""
    services = fresh()
    every = list(services.by_name.values())
    for service in every:
        service.held = "silent"
    async with asked(api, *["/trips/3"] * 4, within=10) as patient:
        await comes(api, lambda: all(service.busy >= 4 for service in every))
        hasty = await asyncio.gather(*(get(api, "/trips/3", within=0.15) for _ in range(2)))
        late = any(task.done() for task in patient)
    for answer in hasty:
        answer.expect(
            200,
            plan_of(services, 3, NAMES),
            nudge="Four other trips have all the places, and no service answers: who waits for a place waits "
            "within the deadline, too.",
        )
    require(
        not late,
        sent="4 times GET /trips/3?within=10, and then GET /trips/3?within=0.15; no service answers",
        came_back="the answer to one of the four before that to the last",
        expected="an answer to the last, with everything missing, while the four still wait",
        nudge="Who waits for one of the four places waits within the deadline, too.",
    )


@app.check
async def asks_for_a_seat_once(api: Api) -> None:
    """Asks for a seat once, whatever happens"""
    seat = {"trail_id": 3, "departure": "07:12", "guest": "Ada"}
    faults: tuple[tuple[int | Literal["breaks"], str | None, int], ...] = (
        (201, None, 201),
        (201, '{"number": 4}', 201),
        (503, None, 502),
        (500, None, 502),
        ("breaks", None, 502),
        (409, '{"detail": "Full."}', 409),
        (200, None, 502),
        (201, '{"number": "many"}', 502),
        (201, '{"number": "17"}', 502),
        (201, '{"number": true}', 502),
        (201, "Done.", 502),
    )
    for fault, text, status in faults:
        for _ in range(3):  # on a busy machine it may be too late for the app
            transport = fresh()["transport"]
            transport.status, transport.faults, transport.text = 201, [fault], text
            answer = explain(await api.post("/seats", json=seat))
            if answer.status_code != 504:
                break
            await comes(api, partial(bool, transport.calls))  # else it comes during the next try
        said = "broke off its answer" if fault == "breaks" else f"answered {fault}"
        said += f" and {text}" if text else ""
        asked_for = f"POST /seats, and the transport service {said}"
        came_once(transport, "/seats", seat, asked_for, answer, status)
        body = json.loads(text or '{"number": 17}') if status == 201 else ...
        answer.expect(status, body, nudge=f"The transport service {said}.")
    for sent in ({"trail_id": 3, "guest": "Ada"}, {**seat, "trail_id": "three"}, {**seat, "guest": 4}):
        answer = await api.post("/seats", json=sent)
        answer.expect(422, nudge="A seat has a trail, a departure and a guest.")


@app.check
async def waits_for_a_seat_in_time(api: Api) -> None:
    """Answers 504 where the seat does not come in time"""
    seat = {"trail_id": 3, "departure": "07:12", "guest": "Ada"}
    kinds: tuple[Held, ...] = ("silent", "drips")
    for held in kinds:
        for _ in range(3):
            services = fresh()
            transport = services["transport"]
            transport.status, transport.held = 201, held
            answer = explain(await api.post("/seats", json=seat))
            services.release()
            if transport.pause < 0.15:  # else drops may have been late on a busy machine
                break
        answer.expect(
            504, nudge="No whole answer came within `SEAT_WITHIN` seconds, so nobody knows of a seat."
        )


@app.check
async def has_seats_besides(api: Api) -> None:
    """A seat waits for no place of a trip"""
    seat = {"trail_id": 3, "departure": "07:12", "guest": "Ada"}
    transport = _serving[-1]["transport"]
    for _ in range(3):  # on a busy machine it may be too late for the app
        fresh()
        transport.held, transport.spared = "silent", "POST"
        async with asked(api, *["/trips/3"] * 10, within=10):
            await comes(api, lambda: transport.busy >= 4)
            transport.status = 201
            answer = explain(await api.post("/seats", json=seat))
        if answer.status_code != 504:
            break
    nudge = "Ten trips are under way, and for a seat the service answers at once: the limits are for trips."
    answer.expect(201, {"number": 17}, nudge=Nudge(nudge))


@app.check
async def does_without_services(api: Api) -> None:
    """Does without services that are not there"""
    services = fresh()
    services.end("avalanche")
    answer = await get(api, "/trips/3", within=9)
    answer.expect(
        200, plan_of(services, 3, ["avalanche"]), nudge="Nobody listens where the avalanche service was."
    )
    services.end("transport")
    answer = await api.post("/seats", json={"trail_id": 3, "departure": "07:12", "guest": "Ada"})
    explain(answer).expect(502, nudge="Nobody listens where the transport service was.")
