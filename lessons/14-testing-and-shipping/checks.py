"""What lesson 14 asks of its exercises and of its app."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import inspect
import io
import itertools
import json
import linecache
import logging
import os
import re
import sys
import tempfile
import time
import traceback
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import httpx
from fastapi import Depends, FastAPI, HTTPException, Request

from course.judging import (
    ANSWER_WITHIN,
    Answer,
    Api,
    CodeRaised,
    NotYet,
    Nudge,
    exercise,
    expect_value,
    prediction,
    require,
    serve_app,
)
from course.judging.timers import watched_timers
from course.judging.verdicts import Asking, Body

if TYPE_CHECKING:
    from course.running.programs import Program

prediction(
    "14.r1",
    answer="c",
    why="Flask reads the JSON and looks no further: what a value has to be, the view would have to check.",
)
prediction(
    "14.r2",
    answer="b",
    why="The server tells the outer app alone, and that one passes nothing on to what is mounted in it.",
)
prediction(
    "14.r3",
    answer="b",
    why="Only what comes in through `Depends` can be replaced. A call is a call.",
)
prediction(
    "14.p1",
    answer="c",
    why="Without `with` the lifespan has not run, so there is no `season`. And `TestClient` raises in your "
    "test what the app has raised.",
)
prediction(
    "14.p2",
    answer="b",
    why="At SIGTERM Uvicorn stops listening, and then waits for what runs.",
)
prediction(
    "14.p3",
    answer="c",
    why="With `*` every address in the list is trusted, so the first one counts: the one that the liar "
    "made up.",
)


def differs(one: object, other: object, _: object) -> bool:
    """Whether two values differ that are known before anything comes back: evidence for a `Nudge`."""
    return one != other


def contains(many: Collection[object], one: object, _: object) -> bool:
    """Whether a value is among others that are known before anything comes back: evidence for a `Nudge`."""
    return one in many


# 14.1

permits = exercise(
    "14.1",
    "A test that notices",
    takes="value",
    hints=[
        "`desk.app.dependency_overrides[desk.get_today] = lambda: dt.date(2031, 12, 30)`, and the code in "
        "the "
        "same way: then you know the whole body.",
        'Compare the whole: `assert answer.json() == {...}`, and `client.get("/permits").json()` with the '
        "list "
        "of what was sold.",
        "0 and 15 days must get a 422, and 1 and 14 a 201.",
    ],
)

Sell = Callable[[dict[str, Any], dt.date, str], dict[str, Any]]


def permit_of(asked: dict[str, Any], today: dt.date, code: str) -> dict[str, Any]:
    """What a right app answers."""
    until = today + dt.timedelta(days=asked["days"])
    return {"code": code, "trail": asked["trail"], "until": until.isoformat()}


def make_desk(
    sell: Sell = permit_of,
    *,
    low: int = 1,
    high: int = 14,
    status: int = 201,
    refusal: int = 422,
    listed: Callable[[list[Any]], list[Any]] = list,
    real_today: Callable[[], dt.date] = dt.date.today,
) -> SimpleNamespace:
    """The exercise's app, with what differs; `called` says which of its own dependencies were."""
    codes = itertools.count(1000)
    called: set[str] = set()

    def get_today() -> dt.date:
        called.add("today")
        return real_today()

    def get_code() -> str:
        called.add("code")
        return f"{next(codes):x}"

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
        yield {"permits": []}

    app = FastAPI(lifespan=lifespan)

    @app.post("/permits", status_code=status)
    async def add(
        request: Request,
        today: dt.date = Depends(get_today),  # noqa: B008, FAST002
        code: str = Depends(get_code),  # noqa: FAST002
    ) -> dict[str, Any]:
        asked = await request.json()
        days, trail = asked.get("days"), asked.get("trail")
        if not isinstance(days, int) or not low <= days <= high or not isinstance(trail, str):
            raise HTTPException(refusal, [])
        sold = sell(asked, today, code)
        request.state.permits.append(sold)
        return sold

    @app.get("/permits")
    async def list_all(request: Request) -> list[Any]:
        return listed(request.state.permits)

    return SimpleNamespace(app=app, get_today=get_today, get_code=get_code, called=called)


def changed(**changes: Callable[[dict[str, Any], dt.date, str], Any]) -> Sell:
    """A wrong app's answer: the right one with other values."""

    def sell(asked: dict[str, Any], today: dt.date, code: str) -> dict[str, Any]:
        right = permit_of(asked, today, code)
        return right | {key: change(asked, today, code) for key, change in changes.items()}

    return sell


def until(days: int) -> Callable[[dict[str, Any], dt.date, str], str]:
    """A day so many days later than is right."""
    return lambda asked, today, _: (today + dt.timedelta(days=asked["days"] + days)).isoformat()


FAULTS: dict[str, dict[str, Any]] = {
    "answers 200 in place of 201": {"status": 200},
    "has another trail in the answer": {"sell": changed(trail=lambda *_: "Ridge Path 2")},
    "always says the same trail, Lake Loop": {"sell": changed(trail=lambda *_: "Lake Loop")},
    "makes the code itself, and does not ask `get_code`": {"sell": changed(code=lambda *_: "4f0e")},
    "says a day too early": {"sell": changed(until=until(-1))},
    "says a day too late": {"sell": changed(until=until(1))},
    "takes 3 days, whatever was asked": {
        "sell": changed(until=lambda _, today, __: (today + dt.timedelta(days=3)).isoformat())
    },
    "has `until` twice, under another name as well": {"sell": changed(end=until(0))},
    "asks the clock, and not `get_today`": {
        "sell": changed(
            until=lambda asked, *_: (dt.date.today() + dt.timedelta(days=asked["days"])).isoformat()
        )
    },
    "refuses with a 400 in place of a 422": {"refusal": 400},
    "sells for 0 days": {"low": 0},
    "sells for 15 days": {"high": 15},
    "refuses 1 day": {"low": 2},
    "refuses 14 days": {"high": 13},
    "lists nothing": {"listed": lambda _: []},
    "lists the codes of the permits": {"listed": lambda permits: [permit["code"] for permit in permits]},
}


async def outcome(test: Any, desk: SimpleNamespace) -> BaseException | None:
    """What the learner's test raised with this desk; None if it passed, or skipped itself."""

    def call() -> None:
        made = test(desk)
        if asyncio.iscoroutine(made):
            asyncio.run(made)

    try:
        await asyncio.to_thread(call)
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise
    except BaseException as error:  # what `pytest.fail` raises is no Exception
        return None if type(error).__name__ == "Skipped" else error
    return None


def words_of(error: BaseException) -> str:
    """An error in words, with the last line of the learner's that it came from."""
    frames = [one.line for one in traceback.extract_tb(error.__traceback__) if "exercise" in one.filename]
    words = f"{type(error).__name__}: {error}".removesuffix(": ")
    return "\n".join(filter(None, [*frames[-1:], words]))


@permits.check
async def passes_without_a_fault(test: Any) -> None:
    """Passes with the right app, on any day"""
    require(
        callable(test),
        sent="your test",
        came_back=repr(test),
        expected="a function",
        nudge='The check takes the function itself: `await check("14.1", test_permits)`.',
    )
    days = [dt.date.today(), dt.date(2031, 12, 31), dt.date(2028, 2, 27)]
    for day in days:
        desk = make_desk(real_today=partial(dt.date.fromordinal, day.toordinal()))
        error = await outcome(test, desk)
        require(
            error is None,
            sent=f"your test, with an app that has no fault, on {day}",
            came_back=words_of(error) if error else "",
            expected="it passes",
            nudge=[
                Nudge(
                    "Today it passes, on another day it does not: put a day of your own in the place of "
                    "`get_today`.",
                    when=partial(differs, day, days[0]),
                ),
                Nudge(
                    "The app asked the clock: put a day of your own in the place of `get_today`.",
                    when=partial(contains, desk.called, "today"),
                ),
                Nudge(
                    "The app made up a code: put one of your own in the place of `get_code`.",
                    when=partial(contains, desk.called, "code"),
                ),
                "This app does what the brief says, so the test asks for something else.",
            ],
        )


@permits.check
async def notices_each_fault(test: Any) -> None:
    """Fails with each app that has a fault"""
    for fault, options in FAULTS.items():
        error = await outcome(test, make_desk(**options))
        require(
            error is not None,
            sent=f"your test, with an app that {fault}",
            came_back="it passes",
            expected="it fails",
            nudge="A test that passes here would let this fault into production.",
        )


# 14.2

fresh = exercise(
    "14.2",
    "A client for each test",
    takes="value",
    hints=[
        '`create_engine("sqlite://", connect_args={"check_same_thread": False}, poolclass=StaticPool)` is a '
        "database in memory; then `desk.metadata.create_all(engine)`.",
        "The override is a function with `with Session(engine) as session: yield session` in it, and goes "
        "into "
        "`desk.app.dependency_overrides[desk.get_session]`.",
        "`before = dict(desk.app.dependency_overrides)`; then `try: with TestClient(desk.app) as client: "
        "yield "
        "client`, and in `finally:` what was before is put back.",
    ],
)


@contextmanager
def hut_desk() -> Iterator[SimpleNamespace]:
    """The exercise's app, on a real database in a file, which has one hut in it."""
    from sqlalchemy import Column, MetaData, String, Table, create_engine, insert, select
    from sqlalchemy.orm import Session

    metadata = MetaData()
    table = Table("shelter", metadata, Column("name", String, primary_key=True))
    events: list[str] = []
    with tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True) as folder:
        real = create_engine(f"sqlite:///{folder}/real.db", connect_args={"check_same_thread": False})
        metadata.create_all(real)
        with Session(real) as session:
            session.execute(insert(table).values(name="Real Hut"))
            session.commit()

        def get_session() -> Iterator[Session]:
            with Session(real) as session:
                yield session

        @asynccontextmanager
        async def lifespan(app: FastAPI) -> AsyncIterator[None]:
            events.append("start")
            yield
            events.append("stop")

        app = FastAPI(lifespan=lifespan)

        @app.post("/huts", status_code=201)
        def add(name: str, session: Any = Depends(get_session)) -> None:  # noqa: B008, FAST002
            session.execute(insert(table).values(name=name))
            session.commit()

        @app.get("/huts")
        def list_all(session: Any = Depends(get_session)) -> list[str]:  # noqa: B008, FAST002
            return list(session.scalars(select(table.c.name)))

        def real_names() -> list[str]:
            with Session(real) as session:
                return list(session.scalars(select(table.c.name)))

        desk = SimpleNamespace(app=app, get_session=get_session, metadata=metadata)
        try:
            yield SimpleNamespace(desk=desk, events=events, real_names=real_names)
        finally:
            real.dispose()


BLOCK = "with fresh_client(desk) as client:"


class Failed(Exception):
    """What a failing test raises."""


def in_a_block(make: Any, it: SimpleNamespace, block: Callable[[Any], Any]) -> Any:
    """What `block` gives of the client that the learner's function hands out."""
    with make(it.desk) as client:
        return block(client)


@fresh.check
async def has_its_own_database(make: Any) -> None:
    """Each block has an empty database, and the real one is not touched"""

    def stores(client: Any) -> list[Any]:
        before = client.get("/huts")
        if before.json() != []:
            return [before.status_code, before.json()]
        added = [client.post("/huts", params={"name": name}).status_code for name in ("Eagle Hut", "Owl Hut")]
        after = client.get("/huts")
        return [before.status_code, before.json(), *added, sorted(after.json())]

    nudges = [
        Nudge("That is the hut of the real database.", when=lambda it: "Real Hut" in str(it)),
        Nudge(
            "The huts of the block before are still there: make the engine in `fresh_client`, not outside.",
            when=lambda it: "Eagle Hut" in str(it[1]),
        ),
        "First there is no hut, then there are the two that were added.",
    ]

    def breaks(client: Any) -> None:
        stores(client)
        raise Failed

    def judge() -> None:
        with hut_desk() as it:
            for block in ("block 1", "block 2", "a block after one that raised"):
                if "raised" in block:
                    with contextlib.suppress(Failed):
                        in_a_block(make, it, breaks)
                expect_value(
                    in_a_block(make, it, stores),
                    [200, [], 201, 201, ["Eagle Hut", "Owl Hut"]],
                    sent=f"{block}: GET /huts, two times POST /huts, GET /huts: statuses and huts",
                    nudge=nudges,
                )
            expect_value(
                it.real_names(),
                ["Real Hut"],
                sent="the real database, after all blocks",
                nudge="It was written to.",
            )

    await asyncio.to_thread(judge)


@fresh.check
async def runs_the_lifespan(make: Any) -> None:
    """The lifespan begins before the block and ends after it"""

    def fail(_: Any) -> None:
        raise Failed

    def judge() -> None:
        with hut_desk() as it:
            inside = in_a_block(make, it, lambda _: list(it.events))
            nudge = "`TestClient` runs the lifespan only inside of a `with` of its own."
            expect_value(inside, ["start"], sent=f"{BLOCK} in the block", nudge=nudge)
            expect_value(it.events, ["start", "stop"], sent=f"{BLOCK} after the block", nudge=nudge)
            it.events.clear()
            with contextlib.suppress(Failed):
                in_a_block(make, it, fail)
            sent = f"{BLOCK} after a block that raises"
            nudge = "It has to end where the block raises, too: what comes out of `yield` passes a `with`."
            expect_value(it.events, ["start", "stop"], sent=sent, nudge=nudge)

    await asyncio.to_thread(judge)


@fresh.check
async def leaves_nothing_behind(make: Any) -> None:
    """After the block the overrides are as before, also where it raised"""

    def fail(_: Any) -> None:
        raise Failed

    def get_ranger() -> None: ...

    def judge() -> None:
        for raises, of_session in ((False, False), (True, False), (False, True)):
            with hut_desk() as it:
                before = {get_ranger: dict, **({it.desk.get_session: dict} if of_session else {})}
                it.desk.app.dependency_overrides.update(before)
                came = "nothing was raised"
                try:
                    in_a_block(make, it, fail if raises else lambda _: None)
                except Failed:
                    came = "the block's exception"
                sent = f"{BLOCK} with another override set before" + ", and the block raises" * raises
                sent += ", and one of `get_session` as well" * of_session
                if raises:
                    require(
                        came == "the block's exception",
                        sent=sent,
                        came_back=came,
                        expected="what the block raised",
                        nudge="A test that fails must fail: let the exception go on.",
                    )
                left = it.desk.app.dependency_overrides
                stays = not of_session and it.desk.get_session in left
                require(
                    left == before,
                    sent=f"{sent}: the overrides after it",
                    came_back=f"{len(left)} of them" + ", the session's among them" * stays,
                    expected="those that were there before, with what they were",
                    nudge=[
                        Nudge(
                            "The override of the session is still there. What the block raises comes out of "
                            "`yield`, so what has to be done anyway stands in a `finally`.",
                            when=partial(differs, stays and raises, False),
                        ),
                        Nudge(
                            "The override of the session is still there.",
                            when=partial(differs, stays, False),
                        ),
                        "What others have put there has to stay.",
                    ],
                )

    await asyncio.to_thread(judge)


# 14.3


@contextmanager
def all_loggers() -> Iterator[None]:
    """Loggers that nobody has switched off: `fileConfig`, as Alembic calls it, does that to all there are."""
    for logger in logging.Logger.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.disabled = False
    yield


logged = exercise(
    "14.3",
    "Whose line is it?",
    takes="value",
    around=all_loggers,
    hints=[
        "The formatter is a class with `format(self, record)` that returns `json.dumps(...)`; a handler "
        "gets it "
        "by `handler.setFormatter(JsonFormatter())`.",
        'The header is in `dict(scope["headers"]).get(b"x-request-id", b"")`, as bytes. '
        '`re.fullmatch("[A-Za-z0-9-]{1,36}", sent)` says whether it may stay; `str(uuid.uuid4())` is a '
        "new one.",
        'Pass the app a `send` of yours: where `message["type"] == "http.response.start"`, it adds '
        '`(b"x-request-id", id.encode())` to `message["headers"]`. Around the call: `request_id.set(id)`, '
        "and "
        "`reset` in `finally`.",
    ],
)

ID = re.compile("[A-Za-z0-9-]{1,36}")


@asynccontextmanager
async def asking(app: Any) -> AsyncIterator[Api]:
    """The app of a pair that a check was given, running."""
    server = serve_app(app)
    client = Asking(server, timeout=ANSWER_WITHIN, event_hooks={"response": [Body.watch]})
    try:
        async with client:
            yield Api(client)
    finally:
        server.stop()


def written(stream: Any, sent: str) -> list[dict[str, Any]]:
    """The lines of the log, each a JSON object with the three keys."""
    found = []
    for line in stream.getvalue().splitlines():
        try:
            one = json.loads(line)
        except ValueError:
            one = None
        require(
            isinstance(one, dict) and {"level", "message", "request_id"} <= one.keys(),
            sent=sent,
            came_back=line,
            expected='a line such as {"level": "INFO", "message": "hike 7", "request_id": "trip-42"}',
            nudge=[
                Nudge(
                    "A quote in the message ends the text: `json.dumps` writes it so that it does not.",
                    when=partial(differs, one is None and line.startswith("{"), False),
                ),
                Nudge(
                    "The line is no JSON: the handler needs a formatter.",
                    when=partial(differs, one is None, False),
                ),
                "A key is missing.",
            ],
        )
        found.append(one)
    return found


WITHOUT_ID = Nudge(
    "Add the header in `send`, where the answer begins, for each answer.",
    when=lambda it: "X-Request-ID" not in it.headers,
)


def id_of(answer: Answer) -> str:
    """The id in an answer's header, which must be there, and well-formed."""
    id = str(answer.headers.get("X-Request-ID", ""))
    answer.require(
        ID.fullmatch(id) is not None,
        "a header X-Request-ID of 1 to 36 letters, digits and hyphens",
        nudge=[
            WITHOUT_ID,
            "This id is of no such kind, and it ends up in a log: make a new one, and look at that, too.",
        ],
        differs="" if id else "The header `X-Request-ID` is missing.",
    )
    return id


@logged.check
async def writes_json(pair: Any) -> None:
    """Each line is JSON, with level, message and the request's id; null outside of requests"""
    app, stream = pair
    async with asking(app) as api:
        for number in (7, 8):
            stream.seek(0), stream.truncate()
            sent = f"GET /slow/{number}, with X-Request-ID: trip-4{number}: the log"
            answer = await api.get(f"/slow/{number}", headers={"X-Request-ID": f"trip-4{number}"})
            answer.expect(200, number)
            wanted = [
                {"level": level, "message": f"slow {number}", "request_id": f"trip-4{number}"}
                for level in ("INFO", "WARNING")
            ]
            got = [{key: line[key] for key in wanted[0]} for line in written(stream, sent)]
            nudges = [
                Nudge(
                    "`record.getMessage()` has the values in its text.",
                    when=lambda it: any("%s" in str(line["message"]) for line in it),
                ),
                "The `level` is the record's name of it, and the id is the request's own.",
            ]
            expect_value(got, wanted, sent=sent, nudge=nudges)
    # Only now is each request over: an answer is on its way before its middleware is done.
    stream.seek(0), stream.truncate()
    logging.getLogger("hikes").warning('no "request" %s', 1)
    sent = "log.warning('no \"request\" %s', 1), outside of any request: the log"
    got = [{"message": line["message"], "request_id": line["request_id"]} for line in written(stream, sent)]
    nudge = "Outside of a request there is none, so its id is `null`."
    expect_value(got, [{"message": 'no "request" 1', "request_id": None}], sent=sent, nudge=nudge)


@logged.check
async def knows_good_ids(pair: Any) -> None:
    """Keeps an id that is well-formed, and replaces any other; the answer carries it"""
    app, _ = pair
    async with asking(app) as api:
        for id in ("trip-42", "A", "9" * 36, "-"):
            answer = await api.get("/hikes/7", headers={"X-Request-ID": id})
            nudges = [WITHOUT_ID, "This id is well-formed: it stays."]
            answer.expect(200, 7, headers={"X-Request-ID": id}, nudge=nudges)
            nudge = "The app's own headers have to stay: add yours to what the message has."
            answer.expect(200, 7, headers={"Content-Type": "application/json"}, nudge=nudge)
        told = set()
        for bad in (None, None, "", "9" * 37, "trip 42", "trip_42", 'x","level":"ok', "tr\u00efp", "42;"):
            headers = {} if bad is None else {"X-Request-ID": bad.encode("latin-1")}
            answer = await api.get("/hikes/7", headers=headers)
            id = id_of(answer)
            answer.require(
                id not in told, "another id for each request", nudge="Two requests got the same new id."
            )
            answer.require(
                id != bad,
                "a new id",
                nudge="This id is not well-formed, and it ends up in a log. Make a new one.",
            )
            told.add(id)
        async with asyncio.TaskGroup() as group:
            many = [group.create_task(api.get("/slow/7")) for _ in range(30)]
        for one in many:
            id = id_of(one.result())
            require(
                id not in told,
                sent="30 times GET /slow/7 at once, without an id: the ids",
                came_back=f"{id}, a second time",
                expected="30 ids",
                nudge="Two requests got the same new id.",
            )
            told.add(id)
        for path, status in (("/hikes/far", 422), ("/nowhere", 404)):
            answer = await api.get(path, headers={"X-Request-ID": "trip-42"})
            answer.expect(
                status, headers={"X-Request-ID": "trip-42"}, nudge="This answer carries the id, too."
            )


@logged.check
async def tells_requests_apart(pair: Any) -> None:
    """Keeps the ids of many requests at once apart, in threads as well"""
    app, stream = pair
    async with asking(app) as api:
        stream.seek(0), stream.truncate()
        paths = [f"/{kind}/{number}" for number in range(15) for kind in ("hikes", "slow")]
        async with asyncio.TaskGroup() as group:
            for number, path in enumerate(paths):
                group.create_task(api.get(path, headers={"X-Request-ID": f"id-{number}"}))
        sent = "30 requests at once, with the ids id-0 to id-29: the log"
        for line in written(stream, sent):
            kind, of = str(line["message"]).split()
            wanted = f"id-{2 * int(of) + (kind == 'slow')}"
            require(
                line["request_id"] == wanted,
                sent=sent,
                came_back=json.dumps(line),
                expected=f"the id {wanted}",
                nudge="A line has another request's id. A `ContextVar` has a value for each task; a "
                "variable of "
                "the module, or of the middleware, has one for all.",
            )


# 14.4

ready = exercise(
    "14.4",
    "Ready for two workers",
    takes="value",
    patience=4,
    hints=[
        "Three lines: the default in `environ.get`, `debug=True`, and `app.state.visits`, which each "
        "worker has "
        "for itself.",
        "Keep the number in SQLite, in the file that `DATABASE` names: a table with one row. Open a "
        "connection "
        "in each call.",
        "`insert into visit values (1, 1) on conflict do update set number = number + 1` adds in one "
        "statement, "
        "so that nobody comes between.",
    ],
)

KEY = "a-long-key-of-the-check"


@contextmanager
def environment() -> Iterator[dict[str, str]]:
    """What the app's settings are, with a database that nobody else has."""
    with tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True) as folder:
        yield {"API_KEY": KEY, "DATABASE": str(Path(folder, "visits.db"))}


@asynccontextmanager
async def workers(make: Any, environ: Mapping[str, str], count: int) -> AsyncIterator[list[Api]]:
    """So many apps of one environment, each on a server."""
    async with contextlib.AsyncExitStack() as stack:
        yield [await stack.enter_async_context(asking(make(dict(environ)))) for _ in range(count)]


@ready.check
async def needs_a_key(make: Any) -> None:
    """Does not start without a key, and takes no other"""
    with environment() as environ:
        for missing in ({}, {"API_KEY": ""}):
            settings = {"DATABASE": environ["DATABASE"], **missing}
            made = None
            # The machine has a key of its own, which is nobody's business here.
            machine = patch.dict(os.environ, {"API_KEY": "a-key-of-the-machine"})
            with machine, contextlib.suppress(Exception, SystemExit):
                made = make(settings)
            require(
                made is None,
                sent=f"make_app, with {'an empty API_KEY' if missing else 'no API_KEY'}",
                came_back="an app",
                expected="an exception",
                nudge="A forgotten setting has to stop the start, and `environ` alone has it. With a "
                "default, everybody who reads the code knows your key.",
            )
        async with workers(make, environ, 1) as (api,):
            for sent in (None, "hunter2", KEY + "x", KEY[:5], KEY.upper(), "", "cl\u00e9"):
                headers = {} if sent is None else {"X-API-Key": sent.encode("latin-1")}
                answer = await api.post("/visits", headers=headers)
                answer.if_raised(
                    TypeError,
                    "`compare_digest` takes a text of plain letters only: compare bytes, `.encode()`.",
                )
                nudges = [
                    Nudge(
                        "The key is the one of `environ`, and has to be there.",
                        when=lambda it: it.status_code == 200,
                    ),
                    Nudge(
                        "A header without a default is asked for before your code is: give it one.",
                        when=lambda it: it.status_code == 422,
                    ),
                ]
                answer.expect(401, nudge=nudges)
                answer.require(KEY not in answer.text, "no key in it", nudge="The answer says the key.")
            (await api.get("/visits")).expect(200, {"visits": 0}, nudge="Nobody with a key has been here.")
            answer = await api.post("/visits", headers={"X-API-Key": KEY})
            answer.expect(200, {"visits": 1}, nudge="This is the right key, and the first visit.")


def more_than(number: int, answer: Any) -> bool:
    """Whether an answer says more visits than that."""
    try:
        return int(answer.json()["visits"]) > number
    except (KeyError, TypeError, ValueError):
        return False


def numbers_of(answers: list[Answer], first: int, sent: str) -> None:
    """Each of these visits was counted: their numbers follow one another."""
    for answer in answers:
        nudge = "Who comes while somebody else writes has to wait for a while, as with a `timeout` of SQLite."
        answer.require(answer.status_code == 200, f"200 ({sent})", nudge=nudge)
    expect_value(
        sorted(answer.json()["visits"] for answer in answers),
        list(range(first, first + len(answers))),
        sent=f"{sent}: the numbers, sorted",
        nudge="Two of them read the same number before one had written. Add in one statement.",
    )


@ready.check
async def counts_for_all(make: Any) -> None:
    """All workers answer one number, at the same moment and after a restart"""
    key = {"X-API-Key": KEY}
    with environment() as environ:
        async with workers(make, environ, 2) as two:
            for number in range(1, 5):
                answer = await two[number % 2].post("/visits", headers=key)
                answer.expect(
                    200,
                    {"visits": number},
                    nudge=[
                        Nudge(
                            "More were counted than have come here: `DATABASE` names the file.",
                            when=partial(more_than, number),
                        ),
                        "A visit at one worker is counted at the other. What is in a worker's memory, or not "
                        "committed, nobody else has.",
                    ],
                )
            for api in two:
                answer = await api.get("/visits")
                answer.expect(200, {"visits": 4}, nudge="Both workers answer the same number.")
            async with asyncio.TaskGroup() as group:
                posts = [group.create_task(two[n % 2].post("/visits", headers=key)) for n in range(30)]
            numbers_of([post.result() for post in posts], 5, "30 times POST /visits at once, at two workers")
            require(
                any(Path(environ["DATABASE"]).parent.iterdir()),
                sent="34 times POST /visits: the folder of the file that DATABASE names",
                came_back="nothing",
                expected="a file",
                nudge="The visits are in this process's memory alone: no other worker sees them.",
            )
        async with workers(make, environ, 1) as (api,):
            nudge = "After a restart the visits are still there."
            (await api.get("/visits")).expect(200, {"visits": 34}, nudge=nudge)
        async with workers(make, {**environ, "DATABASE": environ["DATABASE"] + "2"}, 1) as (api,):
            nudge = "This is another database, where nobody has been: `DATABASE` names the file."
            (await api.get("/visits")).expect(200, {"visits": 0}, nudge=nudge)


@ready.check
async def hides_bugs(make: Any) -> None:
    """Tells strangers nothing of a bug"""
    with environment() as environ:
        async with workers(make, environ, 1) as (api,):
            answer = await api.get("/broken", headers={"Accept": "text/html"})
            said = [word for word in ("Traceback", "RuntimeError", KEY, "hut") if word in answer.text]
            require(
                answer.status_code == 500 and not said,
                sent="GET /broken",
                came_back=f"{answer.status_code}\n{answer.text[:300]}",
                expected="500, and nothing about the reason",
                nudge=[
                    Nudge(
                        "`debug=True` shows everybody the traceback, with your code in it.",
                        when=lambda _: "Traceback" in said,
                    ),
                    Nudge("`/broken` stays as it was.", when=lambda _: answer.status_code != 500),
                    "The answer says something of the bug.",
                ],
            )


WORKER = """
import os

import uvicorn
from answer import make_app

uvicorn.run(make_app(os.environ), port=0, access_log=False)
"""


@ready.check_on_desk
async def counts_in_processes(make: Any) -> None:
    """Counts for workers that are processes of their own, too (seen on a desk)"""
    from course.running.programs import program

    with environment() as environ, scratch() as folder:
        cell = "".join(linecache.getlines(inspect.unwrap(make).__code__.co_filename))
        (folder / "answer.py").write_text(cell, encoding="utf-8")
        (folder / "worker.py").write_text(WORKER, encoding="utf-8")
        async with contextlib.AsyncExitStack() as stack:
            apis = []
            for _ in range(2):
                process = await stack.enter_async_context(program("worker", folder=folder, env=environ))
                client = Asking(process, timeout=ANSWER_WITHIN * 6, event_hooks={"response": [Body.watch]})
                apis.append(Api(await stack.enter_async_context(client), 6))
            key = {"X-API-Key": KEY}
            for number in range(1, 5):
                answer = await apis[number % 2].post("/visits", headers=key)
                nudge = "Here each worker is a process: a dictionary or a lock of the module is in one alone."
                answer.expect(200, {"visits": number}, nudge=nudge)
            async with asyncio.TaskGroup() as group:
                posts = [group.create_task(apis[n % 2].post("/visits", headers=key)) for n in range(30)]
            numbers_of(
                [post.result() for post in posts], 5, "30 times POST /visits at once, at two processes"
            )


# The app


def says_so(known: bool, status: int, answer: Any) -> bool:
    """Whether an answer has this status, where something else is known as well: evidence for a `Nudge`."""
    return known and answer.status_code == status


@contextmanager
def production() -> Iterator[None]:
    """The settings under which the app is loaded, with a database of its own."""
    before = dict(os.environ)
    with all_loggers(), scratch() as folder:
        os.environ.update(settings_in(folder))
        try:
            with contextlib.redirect_stdout(Unread()):
                yield
        finally:
            for name in SETTINGS:
                os.environ.pop(name, None)
                if name in before:
                    os.environ[name] = before[name]


class Unread(io.StringIO):
    """Keeps the app's own lines, one for each request of the checks, out of what the learner reads."""

    def __init__(self) -> None:
        super().__init__()
        self._shown = sys.stdout

    def write(self, text: str) -> int:
        if '"request_id"' not in text:
            self._shown.write(text)
        return len(text)


SETTINGS = ("API_KEY", "DATABASE", "GRACE", "HOST", "LIMIT", "PORT", "TRUSTED")


def settings_in(folder: Path) -> dict[str, str]:
    """Settings that let an app run in this folder."""
    return {
        "API_KEY": KEY,
        "DATABASE": str(folder / "kept.db"),
        "GRACE": "3",
        "HOST": "127.0.0.1",
        "LIMIT": "50",
        "PORT": "0",
        "TRUSTED": "127.0.0.1",
    }


app = exercise(
    "14.app",
    "Trip reports, ready",
    around=production,
    patience=10,
    hints=[
        "Settings first: a `BaseSettings` with `hide_input_in_errors=True`, made where the module is loaded. "
        "Whatever it lacks ends the program.",
        "One middleware in pure ASGI, added last so that it is the outermost, has to do with each "
        "request: the "
        "id, the header in `send`, the exception, and in its `finally` the one line, by `print(..., "
        "flush=True)`.",
        "`@app.exception_handler(ConnectionError)` answers for the database; `/health/ready` asks "
        "`store.ping()` within `asyncio.timeout(0.5)`.",
        "The rest are options of `uvicorn.run`: `timeout_graceful_shutdown`, `limit_concurrency`, "
        "`forwarded_allow_ips`, `access_log=False`, and no `reload`.",
    ],
)

REPORT = {"trail": "Lake Loop", "text": "The bridge is out."}


async def add_report(api: Api, text: str) -> dict[str, Any]:
    """Add a report with the right key; returns it, once it is right."""
    sent = {"trail": "Lake Loop", "text": text}
    answer = await api.post("/reports", json=sent, headers={"X-API-Key": KEY})
    body = answer.json()
    id = body.get("id") if isinstance(body, dict) else None
    nudge = "The report as it was sent, with the `id` that `store.add` returned."
    answer.require(isinstance(id, int), "201, and the report with its id", nudge=nudge, status=201)
    answer.expect(201, {"id": id, **sent}, nudge=nudge)
    return {"id": id, **sent}


@contextmanager
def trouble(kind: str) -> Iterator[None]:
    """The time in which the database is "away", or "hangs"."""
    file = Path(f"{os.environ['DATABASE']}.{kind}")
    file.touch()
    try:
        yield
    finally:
        file.unlink()


@app.check
async def keeps_reports(api: Api) -> None:
    """Keeps reports, of those who have the key"""
    (await api.get("/reports")).expect(200, [], nudge="There is none yet.")
    for sent in (None, "let-me-in-please", KEY[:-1], KEY.upper(), "cl\u00e9"):
        headers = {} if sent is None else {"X-API-Key": sent.encode("latin-1")}
        answer = await api.post("/reports", json=REPORT, headers=headers)
        bytes_only = "`compare_digest` takes a text of plain letters only: compare bytes, `.encode()`."
        answer.if_raised(TypeError, bytes_only)
        nudges = [
            Nudge("Only who has the key may add a report.", when=lambda it: it.status_code == 201),
            Nudge(bytes_only, when=partial(says_so, sent == "cl\u00e9", 500)),
        ]
        answer.expect(401, nudge=nudges)
        answer.require(KEY not in answer.text, "no key in it", nudge="The answer says the key.")
    answer = await api.post("/reports", json={"trail": "Lake Loop"}, headers={"X-API-Key": KEY})
    answer.expect(422)
    added = [await add_report(api, text) for text in ("Snow.", "Sun.")]
    (await api.get("/reports")).expect(200, added, nudge="All reports, in the order in which they came.")


@app.check
async def tells_how_it_is(api: Api) -> None:
    """Tells whether it is alive, and whether it is ready; the schema does not have that"""
    for path in ("/health/live", "/health/ready"):
        (await api.get(path)).expect(200, {"status": "ok"})
    with trouble("away"):
        answer = await api.get("/health/live")
        nudge = "The app lives, whatever the database does: this touches nothing."
        answer.expect(200, {"status": "ok"}, nudge=nudge)
        nudge = "The database is away: `store.ping()` tells."
        (await api.get("/health/ready")).expect(503, nudge=nudge)
    (await api.get("/health/ready")).expect(200, {"status": "ok"}, nudge="The database is back.")
    schema = await api.get("/openapi.json")
    schema.require(KEY not in schema.text, "no key in it", nudge="No answer says the key: this is one.")
    paths = schema.json() or {}
    got = sorted(path for path in paths.get("paths", {}) if "health" in path)
    expect_value(
        got,
        [],
        sent="the paths of /openapi.json with `health`",
        nudge="`include_in_schema=False` leaves it out.",
    )


@app.check
async def does_not_wait(api: Api) -> None:
    """Is not ready while the database hangs, and says so within a second"""
    with trouble("hangs"), watched_timers(api, "/health/ready") as timers:
        began = time.monotonic()
        ready = asyncio.create_task(api.get("/health/ready"))
        try:
            answer = await api.get("/health/live")
            answer.expect(200, {"status": "ok"}, nudge="The app lives, also while something in it waits.")
            # A second is asked for, and a busy machine gets more.
            done, _ = await asyncio.wait([ready], timeout=4)
            require(
                bool(done),
                sent="GET /health/ready, while the database hangs",
                came_back=f"nothing within {time.monotonic() - began:.0f} seconds",
                expected="503 within a second",
                nudge="It waits for the database without a limit: `async with asyncio.timeout(0.5)`.",
            )
            ready.result().expect(503, nudge="A database that does not answer is not there.")
            # How long it meant to wait, its timers say: the store's own are short.
            limits = [timer.ahead for timer in timers if timer.ahead > 0.06]
            require(
                not limits or min(limits) <= 1,
                sent="GET /health/ready, while the database hangs",
                came_back=f"an answer after {min(limits, default=0):.1f} seconds",
                expected="503 within a second",
                nudge="Whoever asks has gone by then: wait less.",
            )
        finally:
            ready.cancel()


@app.check
async def says_when_to_come_back(api: Api) -> None:
    """Answers 503 while the database is away"""
    key = {"X-API-Key": KEY}
    with trouble("away"):
        for method, options in (("GET", {}), ("POST", {"json": REPORT, "headers": key})):
            answer = await api.request(method, "/reports", **options)
            answer.if_raised(ConnectionError, "Nobody handles it: `@app.exception_handler(ConnectionError)`.")
            answer.expect(503, headers={"Retry-After": "1"}, nudge="The database is away, for a while.")
    (await api.get("/reports")).require(True, "200: the database is back", status=200)


@app.check
async def takes_no_floods(api: Api) -> None:
    """Takes a body of 10,000 bytes, and none that is larger"""
    headers = {"X-API-Key": KEY, "Content-Type": "application/json"}

    def body(size: int) -> bytes:
        frame = json.dumps({"trail": "T", "text": ""}).encode()
        return json.dumps({"trail": "T", "text": "x" * (size - len(frame))}).encode()

    async def pieces(content: bytes) -> AsyncIterator[bytes]:
        for start in range(0, len(content), 1000):
            yield content[start : start + 1000]

    for size, status in ((10_000, 201), (10_001, 413), (30_000, 413)):
        for in_pieces in (False, True):
            content: Any = pieces(body(size)) if in_pieces else body(size)
            try:
                answer = await api.post("/reports", content=content, headers=headers)
            except CodeRaised as raised:
                # Who says no while more is on its way may close the connection: then there is no answer.
                if not (in_pieces and status == 413 and isinstance(raised.error, httpx.TransportError)):
                    raise
                continue
            how = "in pieces, without a Content-Length" if in_pieces else "in one"
            answer.require(
                answer.status_code == status,
                f"{status}: a body of {size:,} bytes, {how}",
                nudge=[
                    Nudge(
                        "Who sends in pieces says no length: what comes has to be counted.",
                        when=partial(differs, in_pieces and status == 413, False),
                    ),
                    "The limit is 10,000 bytes, and a body of as many is taken.",
                ],
            )
    kept = (await api.get("/reports")).json() or []
    longest = max((len(str(one.get("text"))) for one in kept), default=0)
    require(
        longest < 10_000,
        sent="bodies of 10,000 bytes and more, and then GET /reports",
        came_back=f"a report of {longest:,} letters",
        expected="reports that came in a body of 10,000 bytes at most",
        nudge="What is too large must not be kept.",
    )


@app.check
async def marks_each_answer(api: Api) -> None:
    """Each answer has an id, the 500 of a bug as well, which says nothing else"""
    requests: list[tuple[str, str, int, dict[str, Any]]] = [
        ("GET", "/reports", 200, {}),
        ("GET", "/slow", 200, {}),
        ("GET", "/nowhere", 404, {}),
        ("POST", "/reports", 401, {"json": REPORT}),
        ("POST", "/reports", 413, {"content": b"x" * 20_000}),
        ("GET", "/crash", 500, {}),
    ]
    told = set()
    for method, path, status, options in requests:
        for number, given in enumerate(("Trip-42", "9" * 36, "not good", "9" * 37, None)):
            if path == "/slow" and number:
                continue
            headers = {} if given is None else {"X-Request-ID": given}
            answer = await api.request(method, path, headers=headers, **options)
            if status == 500:
                if answer.raised is not None and answer.status_code == 500:
                    answer.response.extensions.pop("course.raised")  # it is meant to
                quiet = "bridge" not in answer.text and "RuntimeError" not in answer.text
                answer.require(
                    quiet,
                    "500, and nothing of the bug",
                    nudge=[
                        Nudge("`debug=True` shows it to everybody.", when=lambda it: "Traceback" in it.text),
                        "The answer says something of the bug.",
                    ],
                    status=500,
                )
            answer.require(True, f"{status}, with its id", status=status)
            id = id_of(answer)
            good = given is not None and number < 2
            if good:
                answer.expect(status, headers={"X-Request-ID": str(given)}, nudge="A well-formed id stays.")
            else:
                answer.require(
                    id != given and id not in told,
                    "a new id",
                    nudge="This one gets a new id, another for each.",
                )
                told.add(id)


@asynccontextmanager
async def started(folder: Path, *, elsewhere: bool = False, **changes: str) -> AsyncIterator[Program]:
    """`python app.py`, in a process of its own, with settings of this folder.

    Args:
        folder: where its database is.
        elsewhere: it runs in that folder, and has no setting for the database.
        changes: other values of settings.
    """
    from course.running.programs import program

    file = Path(str(sys.modules["app"].__file__))
    settings = {**settings_in(folder), **changes}
    with patch.dict(os.environ):
        if elsewhere:
            del settings["DATABASE"], os.environ["DATABASE"]
            paths = [str(file.parent), os.environ.get("PYTHONPATH", "")]
            settings["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        runs = program(file.stem, folder=folder if elsewhere else file.parent, env=settings, serves=False)
        process = await runs.__aenter__()
    try:
        yield process
    finally:
        await runs.__aexit__(None, None, None)


def what_it_said(process: Program) -> str:
    """The last words of a process, and how it ended."""
    ended = "It runs on." if process.code is None else f"It ended with the code {process.code}."
    return "\n".join(filter(None, ["\n".join(process.lines[-6:])[-900:], ended]))


@asynccontextmanager
async def served(folder: Path, **changes: str) -> AsyncIterator[tuple[Program, Api]]:
    """`python app.py`, once it takes requests."""
    from course.lessons import CourseError

    async with started(folder, elsewhere=False, **changes) as process:
        try:
            await process.ready()
        except CourseError:
            raise NotYet(
                "python app.py",
                what_it_said(process),
                "a line on standard error with the address, such as http://127.0.0.1:8000",
                "Uvicorn says it, with the `HOST` and the `PORT` that it was given.",
            ) from None
        address = next(line for line in process.lines if str(process.port) in line)
        require(
            "127.0.0.1" in address,
            sent="HOST=127.0.0.1 python app.py",
            came_back=address,
            expected="http://127.0.0.1, and a port",
            nudge="Where it listens, `HOST` says: nobody else is to reach it there.",
        )
        client = Asking(process, timeout=ANSWER_WITHIN * 6, event_hooks={"response": [Body.watch]})
        async with client:
            yield process, Api(client, 6)


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for a database."""
    with tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@app.check_on_desk
async def starts_only_when_set(api: Api) -> None:
    """Does not start without a key of 16 characters, and does not say it (seen on a desk)"""
    with scratch() as folder:
        for key in ("", "s3cret-9-signs!"):
            async with started(folder, API_KEY=key) as process:
                if not key:
                    sent = "python app.py, with an empty API_KEY"
                else:
                    sent = "python app.py, with an API_KEY of 15 characters"
                await ended_or_serving(process)
                came = what_it_said(process)
                require(
                    process.code not in (None, 0),
                    sent=sent,
                    came_back=came,
                    expected="an end, with a code other than 0",
                    nudge="What is missing has to stop the start: read the settings before anything runs.",
                )
                said = "\n".join(process.lines)
                require(
                    "api_key" in said.lower(),
                    sent=sent,
                    came_back=came,
                    expected="the name API_KEY in what it says",
                    nudge="Whoever starts it wants to know which setting it was.",
                )
                require(
                    not key or key not in said,
                    sent=sent,
                    came_back=came,
                    expected="not a word of the value",
                    nudge="It says the key, and logs are kept. `hide_input_in_errors=True` keeps it out.",
                )
        async with started(folder, elsewhere=True, API_KEY="sixteen-letters!") as process:
            sent = "python app.py, with an API_KEY of 16 characters, and without DATABASE"
            await ended_or_serving(process)
            require(
                process.code is None,
                sent=sent,
                came_back=what_it_said(process),
                expected="a program that runs",
                nudge="16 characters are enough, and `DATABASE` has a default.",
            )
            async with process.another_client() as client:
                status = (await client.get("/reports")).status_code
            require(
                (folder / "reports.db").is_file(),
                sent=f"{sent}: GET /reports, and the files in the folder where it runs",
                came_back=f"{status}; " + (", ".join(one.name for one in folder.iterdir()) or "no file"),
                expected="reports.db",
                nudge="Where `DATABASE` is not set, it is `reports.db`.",
            )


async def ended_or_serving(process: Program) -> None:
    """Wait until a process has ended, or takes requests."""
    from course.lessons import CourseError

    with contextlib.suppress(CourseError):
        await process.ready()
    if process.code is None and not hasattr(process, "port"):
        await process.ended()


async def request_line(process: Program, id: str, sent: str) -> dict[str, Any]:
    """The line of the request with this id; all lines are JSON."""
    give_up = time.monotonic() + 5
    while True:
        found = []
        for text in list(process.output):
            try:
                line = json.loads(text)
            except ValueError:
                line = None
            require(
                isinstance(line, dict),
                sent=f"{sent}: standard output",
                came_back=text[:300],
                expected="a JSON object",
                nudge=[
                    Nudge(
                        "That is Uvicorn's own access log: `access_log=False`.",
                        when=lambda it: "HTTP/1.1" in it,
                    ),
                    "On standard output there are JSON lines only.",
                ],
            )
            if line.get("request_id") == id:
                found.append(line)
        if found or time.monotonic() > give_up:
            break
        await asyncio.sleep(0.01)
    require(
        len(found) == 1,
        sent=f"{sent}: the lines on standard output with its id",
        came_back=f"{len(found)} of {len(process.output)} lines\n" + "\n".join(process.output[-3:])[:600],
        expected="one line",
        nudge="Each request has one line, which is written when it is over, and at once: flush it.",
    )
    return dict(found[0])


FORWARDED = "6.6.6.6, 203.0.113.9"


@app.check_on_desk
async def writes_its_lines(api: Api) -> None:
    """Writes one line for each request, with the client that its proxy saw (seen on a desk)"""
    with scratch() as folder:
        async with served(folder) as (process, outside):
            async with outside.stream("GET", "/live", headers={"X-Request-ID": "check-live"}) as endless:
                await endless.piece()
                await outside.get("/health/live", headers={"X-Request-ID": "check-last"})
                await request_line(process, "check-last", "GET /health/live")
                # Lines come in the order in which they were written.
                require(
                    not any("check-live" in line for line in process.output),
                    sent="GET /live, which has no end: standard output, while somebody listens",
                    came_back=next((line for line in process.output if "check-live" in line), ""),
                    expected="no line of it yet",
                    nudge="A line is written when its request is over, not when its answer begins.",
                )
            requests: list[tuple[str, str, int, dict[str, Any], str]] = [
                ("GET", "/reports?from=here", 200, {}, "127.0.0.1"),
                ("POST", "/reports", 201, {"json": REPORT}, "127.0.0.1"),
                ("GET", "/health/live", 200, {"headers": {"X-Forwarded-For": FORWARDED}}, "203.0.113.9"),
                ("GET", "/nowhere", 404, {}, "127.0.0.1"),
                ("POST", "/reports", 413, {"content": b"x" * 20_000}, "127.0.0.1"),
                ("GET", "/crash", 500, {}, "127.0.0.1"),
            ]
            for number, (method, path, status, options, client) in enumerate(requests):
                id = f"check-{number}"
                headers = {"X-Request-ID": id, "X-API-Key": KEY, **options.pop("headers", {})}
                sent = f"{method} {path}" + f", X-Forwarded-For: {FORWARDED}" * (client != "127.0.0.1")
                answer = await outside.request(method, path, headers=headers, **options)
                answer.require(True, str(status), status=status)
                line = await request_line(process, id, sent)
                wanted = {
                    "request_id": id,
                    "method": method,
                    "path": path.partition("?")[0],
                    "status": status,
                    "client": client,
                }
                expect_value(
                    {key: line.get(key) for key in wanted},
                    wanted,
                    sent=f"{sent}: its line on standard output",
                    nudge=[
                        Nudge(
                            "The first address is the one that a liar made up. The proxy has seen the last.",
                            when=lambda it: it["client"] == "6.6.6.6",
                        ),
                        Nudge(
                            "The check's address is the one that `TRUSTED` names: then `X-Forwarded-For` "
                            "counts.",
                            when=partial(differs, client, "127.0.0.1"),
                        ),
                        Nudge("The status is a number.", when=lambda it: isinstance(it["status"], str)),
                        Nudge(
                            "What stands behind the question mark is the query, and no part of the path.",
                            when=lambda it: "?" in str(it["path"]),
                        ),
                        "The request's own id, method, path, status and client.",
                    ],
                )
                if status == 500:
                    require(
                        "RuntimeError" in str(line.get("error")) and "in crash" in str(line.get("error")),
                        sent=f"{sent}: its line on standard output",
                        came_back=json.dumps(line)[:300],
                        expected="a key `error`, with the traceback",
                        nudge="The client learns nothing of the bug, and you must: `traceback.format_exc()`.",
                    )
            await process.end("SIGTERM")
            line = await request_line(process, "check-live", "GET /live, until nobody listened any more")
            wanted = {"path": "/live", "status": 200}
            expect_value(
                {key: line.get(key) for key in wanted},
                wanted,
                sent="GET /live, until nobody listened any more: its line on standard output",
                nudge="The status is the one that was sent, however the request came to its end.",
            )
            told = [line for line in process.lines if "reloader" in line]
            require(
                not told,
                sent="python app.py: what it has said",
                came_back="\n".join(told)[:300],
                expected="no reloader",
                nudge="`reload` is for your desk: in a container no file changes.",
            )
            told = [line for line in process.lines if KEY in line]
            require(
                not told,
                sent="all requests came with the key: what the process has said",
                came_back="\n".join(told)[:300],
                expected="no line with the key",
                nudge="Logs are kept, and read by many.",
            )


@app.check_on_desk
async def stands_a_crowd(api: Api) -> None:
    """Lets no more in than LIMIT, and believes nobody but the proxy (seen on a desk)"""
    with scratch() as folder:
        async with served(folder, LIMIT="6", TRUSTED="10.0.0.1") as (process, outside):
            headers = {"X-Request-ID": "lie", "X-Forwarded-For": FORWARDED}
            sent = f"TRUSTED=10.0.0.1 python app.py, and GET /health/live with X-Forwarded-For: {FORWARDED}"
            (await outside.get("/health/live", headers=headers)).expect(200, {"status": "ok"})
            line = await request_line(process, "lie", sent)
            nudge = "The check is not the proxy that `TRUSTED` names: what it says of others is not believed."
            expect_value(line.get("client"), "127.0.0.1", sent=f"{sent}: the client", nudge=nudge)
            sent = "LIMIT=6 python app.py, and 10 times GET /live at once: the statuses"
            async with contextlib.AsyncExitStack() as stack:
                opened = [await stack.enter_async_context(outside.stream("GET", "/live")) for _ in range(10)]
                got = [stream.status_code for stream in opened]
                require(
                    got.count(200) in (5, 6) and got.count(503) == 10 - got.count(200),
                    sent=sent,
                    came_back=", ".join(map(str, got)),
                    expected="200 for 5 or 6 of them, 503 for all others",
                    nudge=[
                        Nudge("Too few were let in.", when=partial(differs, got.count(200) < 5, False)),
                        "Who comes when it is full has to hear so at once: `limit_concurrency`.",
                    ],
                )
            give_up = time.monotonic() + 10
            while True:
                answer = await outside.get("/health/live")
                if answer.status_code != 503 or time.monotonic() > give_up:
                    break
                await asyncio.sleep(0.02)
            nudge = "All have gone, so there is room again."
            answer.expect(200, {"status": "ok"}, nudge=nudge)


@app.check_on_desk
async def stops_and_starts(api: Api) -> None:
    """Ends what runs at SIGTERM, within GRACE, and has all reports after a restart (seen on a desk)"""
    if sys.platform == "win32":
        return  # a process there is not asked to end
    with scratch() as folder:
        async with served(folder) as (process, outside):
            kept = await add_report(outside, "Before the restart.")
            async with outside.stream("GET", "/live") as endless:
                await endless.piece()
                async with outside.stream("GET", "/slow") as slow:
                    await slow.piece()
                    process.signal("SIGTERM")
                    with contextlib.suppress(NotYet):
                        await slow.rest()
                    sent = "SIGTERM, GRACE=3, while GET /slow runs, which takes a second: its answer"
                    expect_value(
                        b"".join(slow.pieces).decode(),
                        "begun\ndone\n",
                        sent=sent,
                        nudge="What runs has to have its time: the process ended too early.",
                    )
                give_up = time.monotonic() + 13
                while process.code is None and time.monotonic() < give_up:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
                require(
                    process.code is not None,
                    sent="SIGTERM, GRACE=3, while GET /live runs, which has no end",
                    came_back="after 13 seconds the process still runs",
                    expected="its end, 3 seconds after the signal",
                    nudge="`GRACE` is the limit: without `timeout_graceful_shutdown` the server waits "
                    "for ever.",
                )
        async with served(folder) as (_, again):
            answer = await again.get("/reports")
            answer.expect(
                200, [kept], nudge="That was reported before the restart: what is in memory, is lost."
            )
