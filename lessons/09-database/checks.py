"""What lesson 09 asks of its exercises and of its app."""

from __future__ import annotations

import asyncio
import itertools
import os
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from course.judging import (
    ANSWER_WITHIN,
    Answer,
    Api,
    CodeRaised,
    NotYet,
    Nudge,
    api_of,
    checks_of,
    exercise,
    expect_value,
    prediction,
    require,
    serve_app,
)
from course.judging.answers import app_of, load_module
from course.judging.calls import Call, watched_call
from course.judging.verdicts import Nudges
from course.running.postgres import NoPostgres, postgres_url
from course.running.serving import ServeError

prediction(
    "9.r1",
    answer="c",
    why="What follows `yield` comes after the answer, and the client does not wait for it. Keep that in "
    "mind: you will need it soon.",
)
prediction("9.r2", answer="b", why="409 Conflict: the request is fine, but it contradicts what is stored.")
prediction(
    "9.r3",
    answer="b",
    why="A blocking call in `async def` stops the event loop, and with it all other requests.",
)
prediction(
    "9.p1",
    answer="b",
    why="`flush` sends the `INSERT`, in a transaction that is still open. The session was closed without a "
    "commit, so all of it was undone, and the client holds an id of nothing.",
)
prediction(
    "9.p2",
    answer="c",
    why="What follows `yield` runs after the answer has gone out, and it is the commit that the database "
    "refuses. By then it is too late to tell the client.",
)
prediction(
    "9.p3",
    answer="b",
    why="The commit went well. It made the session forget what `trail` holds; `trail.id` tried to load it "
    "again, in a place where nothing is awaited.",
)
prediction(
    "9.p4",
    answer="c",
    why="The loop asks for the reports of one trail at a time. With 1000 trails it would be 1001 statements.",
)

fresh = itertools.count(1)
"""Numbers that nobody else uses, so that a check can be run again on an app that keeps its data."""


def codes(answers: list[Answer]) -> dict[int, int]:
    """How often each status code came."""
    return {
        code: [each.status_code for each in answers].count(code)
        for code in sorted({each.status_code for each in answers})
    }


def expect_codes(answers: list[Answer], wanted: dict[int, int], sent: str, nudge: str) -> None:
    """Judge the status codes of answers to requests that were sent at once."""
    for answer in answers:
        if answer.status_code == 500:
            answer.if_raised(type(answer.raised or Exception()), nudge)
            answer.require(False, "no 500", nudge=nudge)
    got = codes(answers)
    said = [", ".join(f"{count} times {code}" for code, count in each.items()) for each in (got, wanted)]
    require(got == wanted, sent=sent, came_back=said[0], expected=said[1], nudge=nudge)


# 9.1

huts = exercise(
    "9.1",
    "Huts in a table",
    patience=2,  # each commit is held back for a while, and writes to a disk
    hints=[
        "The dependency is `get_session` from above: `async with new_session() as session: yield session`. "
        "Both "
        "endpoints take `session: Annotated[AsyncSession, Depends(get_session)]`.",
        "To store: `session.add(hut)`, then `await session.commit()` inside a `try`, in the endpoint. To "
        "find: "
        "`await session.get(Hut, hut_id)`, which gives `None` if there is none.",
        '`except IntegrityError: raise HTTPException(409, "A hut has this name.")` answers for a taken name. '
        "Nobody has to look first.",
    ],
)


async def add_hut(api: Api, name: str, beds: int = 8) -> dict[str, Any]:
    """Add a hut of a new name, and judge the answer."""
    sent = {"name": name, "beds": beds}
    answer = await api.post("/huts", json=sent)
    raised = answer.raised
    if raised and "'id'" in str(raised) and "'input': None" in str(raised):
        answer.if_raised(
            type(raised),
            "The hut has no `id` when it is returned. The database gives one where the hut is stored: "
            "that comes before.",
        )
    body = answer.json()
    id = body.get("id") if isinstance(body, dict) else None
    nudge = "The body is the hut as it was sent, with the `id` that the database gave it."
    answer.require(
        isinstance(id, int), f"201, and the hut with its id, a whole number: {sent}", nudge=nudge, status=201
    )
    answer.expect(201, {**sent, "id": id}, nudge=nudge)
    return {**sent, "id": id}


@contextmanager
def counted() -> Iterator[dict[str, int]]:
    """Count what any engine of SQLAlchemy's does: connections lent and given back, statements."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine
    from sqlalchemy.pool import Pool

    found = {"lent": 0, "back": 0, "statements": 0}
    out: set[int] = set()

    def lend(_: object, record: object, *__: object) -> None:
        found["lent"] += 1
        out.add(id(record))

    def give_back(_: object, record: object) -> None:
        if id(record) in out:  # else it was lent to a request before
            found["back"] += 1
            out.discard(id(record))

    def execute(*_: object) -> None:
        found["statements"] += 1

    listeners: list[tuple[Any, str, Callable[..., None]]] = [
        (Pool, "checkout", lend),
        (Pool, "checkin", give_back),
        (Engine, "before_cursor_execute", execute),
    ]
    for target, name, listener in listeners:
        event.listen(target, name, listener)
    try:
        yield found
    finally:
        for target, name, listener in listeners:
            event.remove(target, name, listener)


PATIENCE = 1.0
"""Seconds in which what the app has left to others must have happened, when it is done with a request."""


HELD = 0.5
"""Seconds for which a commit that comes before the answer is held back: a thread of its own goes on then."""


@contextmanager
def held_commits(answered: threading.Event) -> Iterator[list[bool]]:
    """Hold each commit of something written until `answered` is set, or for a while.

    The list has for each whether `answered` was set by then. A commit after nothing but reading changes
    nothing, so it may come at any time.
    """
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    found: list[bool] = []
    wrote: set[object] = set()

    def note(connection: object, _: object, statement: str, *__: object) -> None:
        if not statement.lstrip().lower().startswith("select"):
            wrote.add(connection)

    def hold(connection: object) -> None:
        if connection in wrote:
            wrote.discard(connection)
            found.append(answered.wait(HELD))

    listeners: list[tuple[str, Callable[..., None]]] = [("before_cursor_execute", note), ("commit", hold)]
    for name, listener in listeners:
        event.listen(Engine, name, listener)
    try:
        yield found
    finally:
        for name, listener in listeners:
            event.remove(Engine, name, listener)


async def all_back(found: dict[str, int], call: Call) -> bool:
    """Whether all connections that were lent come back, which may be after the answer."""
    give_up = time.monotonic() + ANSWER_WITHIN
    while not call.done.is_set() and time.monotonic() < give_up:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    give_up = time.monotonic() + PATIENCE
    while found["back"] < found["lent"] and time.monotonic() < give_up:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    return found["back"] >= found["lent"]


async def commits_first(api: Api, method: str, path: str, body: object = None) -> Answer:
    """Send a request that stores something, and judge that no commit comes after the answer.

    What else the answer should be is left to other checks: these come after this one, since an answer that
    went out too early races with the next request, and which of them would tell is chance.
    """
    with counted() as found, watched_call(api) as call, held_commits(call.answered) as late:
        answer = await api.request(method, path, json=body)
        call.answered.set()
        await all_back(found, call)
    answer.require(
        answer.status_code >= 300 or not any(late),
        "the commit, and after it the answer",
        differs="The answer came first, and the commit after it.",
        nudge=f"What is answered with {answer.status_code} has to be stored by then. What stands after "
        "`yield`, and a background task, run when the answer has gone out: commit in the endpoint.",
    )
    return answer


@huts.check
async def gives_connections_back(api: Api) -> None:
    """Gives each connection back"""
    hut = {"name": f"Hut {next(fresh)} {time.time_ns()}", "beds": 8}
    for sent, method, path, options in (
        ("GET /huts/99999", "GET", "/huts/99999", {}),
        ("POST /huts, a new name", "POST", "/huts", {"json": hut}),
        ("POST /huts, the same name again", "POST", "/huts", {"json": hut}),
        ("GET /huts/1", "GET", "/huts/1", {}),
    ):
        with counted() as found, watched_call(api) as call:
            await api.request(method, path, **options)
            back = await all_back(found, call)
        require(
            back,
            sent=sent,
            came_back="an answer, and a connection that is still lent",
            expected="the connection back",
            nudge="A session that is not closed keeps its connection. `async with new_session() as session` "
            "closes it, whatever happens in between.",
        )


@huts.check_on_desk
async def commits_huts_first(api: Api) -> None:
    """Commits before it answers (seen on a desk)"""
    await commits_first(api, "POST", "/huts", {"name": f"Hut {next(fresh)} {time.time_ns()}", "beds": 4})


@huts.check
async def stores_huts(api: Api) -> None:
    """Stores a hut, and answers it by its id; 404 for others"""
    for beds in (8, 12):
        hut = await add_hut(api, f"Hut {next(fresh)} {time.time_ns()}", beds)
        answer = await api.get(f"/huts/{hut['id']}")
        nudge = "This hut was answered with 201 just before. Is it committed?"
        answer.expect(
            200,
            hut,
            nudge=[Nudge(nudge, when=lambda it: it.status_code == 404), "The body is the hut with this id."],
        )
    answer = await api.get("/huts/99999")
    answer.expect(404, nudge="No hut has this id.")


@huts.check
async def refuses_a_taken_name(api: Api) -> None:
    """Refuses a taken name with 409, and goes on"""
    hut = await add_hut(api, f"Hut {next(fresh)} {time.time_ns()}")
    answer = await api.post("/huts", json={"name": hut["name"], "beds": 1})
    nudge = "Another hut has this name: the commit raises `IntegrityError`. Catch that, and say 409."
    answer.expect(
        409,
        nudge=[
            Nudge(nudge, when=lambda it: it.status_code == 201),
            "Something was refused; a taken name is a 409.",
        ],
    )
    answer = await api.get(f"/huts/{hut['id']}")
    answer.expect(200, hut, nudge="The refused hut has changed the one that was there.")
    for other in (hut["name"].upper(), f"{hut['name']} b"):
        answer = await api.post("/huts", json={"name": other, "beds": 2})
        another = Nudge(
            f"`{other}` is another name than `{hut['name']}`.", when=lambda it: it.status_code == 409
        )
        answer.require(True, "201", status=201, nudge=another)
    await add_hut(api, f"Hut {next(fresh)} {time.time_ns()}")


@huts.check_on_desk
async def one_of_many_gets_the_name(api: Api) -> None:
    """Of several clients at once one gets the name (seen on a desk)"""
    nudge = (
        "Five clients sent the same new name in the same moment. One gets the 201, the others a 409: let "
        "the database decide, and catch what the commit raises."
    )
    for _ in range(3):
        sent = {"name": f"Hut {next(fresh)} {time.time_ns()}", "beds": 2}
        answers = await asyncio.gather(*(api.post("/huts", json=sent) for _ in range(5)))
        expect_codes(answers, {201: 1, 409: 4}, "five times at once: POST /huts", nudge)


# 9.2

tours = exercise(
    "9.2",
    "Tours through huts",
    patience=2,  # the app is started anew for each check
    hints=[
        "One transaction for the whole tour: `async with session.begin():`, and everything in it. What is "
        "raised "
        "inside, an `HTTPException` too, undoes it all.",
        "For each hut: `update(Hut).where(Hut.id == hut_id, Hut.free >= tour.beds).values(free=Hut.free - "
        "tour.beds)`. If `rowcount` is 0, the hut does not exist, or has too few.",
        "After the `update`: `session.add(Booking(hut_id=hut_id, guest=tour.guest, beds=tour.beds))`. "
        "Which of 404 "
        "and 409 it is, `await session.get(Hut, hut_id)` tells.",
    ],
)


async def free_beds(api: Api) -> dict[int, int]:
    """How many beds each hut has free, by the app's own words."""
    answer = await api.get("/huts")
    body = answer.json()
    right = isinstance(body, list) and all(
        isinstance(hut, dict) and {"id", "free"} <= hut.keys() for hut in body
    )
    answer.require(right, "200, and a list of huts with `id`, `name` and `free`", status=200)
    return {hut["id"]: hut["free"] for hut in body}


async def bookings(api: Api) -> list[Any]:
    """All bookings, by the app's own words."""
    answer = await api.get("/bookings")
    body = answer.json()
    answer.require(isinstance(body, list), "200, and a list of bookings", status=200)
    return list(body)


@tours.check
async def lists_huts(api: Api) -> None:
    """GET /huts lists the huts with their free beds"""
    await api.restart()  # both huts as they are in the beginning
    answer = await api.get("/huts")
    expected = [{"id": 1, "name": "Alder Hut", "free": 6}, {"id": 2, "name": "Birch Hut", "free": 4}]
    answer.expect(200, expected, nudge="A list of both huts, in the order of their ids.")


@tours.check_on_desk
async def commits_tours_first(api: Api) -> None:
    """Commits before it answers (seen on a desk)"""
    await api.restart()
    await commits_first(api, "POST", "/tours", {"guest": "Eve", "beds": 1, "hut_ids": [2]})


@tours.check
async def books_a_tour(api: Api) -> None:
    """POST /tours books beds in each hut"""
    await api.restart()
    ada = {"guest": "Ada", "beds": 2, "hut_ids": [1, 2]}
    noor = {"guest": "Noor", "beds": 1, "hut_ids": [2]}
    ben = {"guest": "Ben", "beds": 1, "hut_ids": [1]}
    for tour in (noor, ada, ben):
        answer = await api.post("/tours", json=tour)
        answer.expect(201, tour, nudge="The body is the tour as it was sent.")
    got = await free_beds(api)
    nudge = "Noor booked 1 bed in the second hut, Ada 2 in both, and Ben 1 in the first."
    expect_value(got, {1: 3, 2: 1}, sent="GET /huts, the free beds by id", nudge=nudge)
    expected = [
        {"guest": "Noor", "hut_id": 2, "beds": 1},
        {"guest": "Ada", "hut_id": 1, "beds": 2},
        {"guest": "Ada", "hut_id": 2, "beds": 2},
        {"guest": "Ben", "hut_id": 1, "beds": 1},
    ]
    nudge = "There is one booking for each hut of a tour, in the order in which they were booked."
    expect_value(await bookings(api), expected, sent="GET /bookings", nudge=nudge)


@tours.check
async def books_all_or_nothing(api: Api) -> None:
    """A tour that does not fit is refused, and nothing of it is kept"""
    await api.restart()
    before = await free_beds(api), await bookings(api)
    for hut_ids, beds, status, why in (
        ([1, 2], 5, 409, "Birch Hut has 4 free beds: 409."),
        ([2, 1], 5, 409, "Birch Hut has 4 free beds: 409."),
        ([1, 99], 1, 404, "There is no hut 99: 404."),
        ([99], 1, 404, "There is no hut 99: 404."),
    ):
        tour = {"guest": "Cleo", "beds": beds, "hut_ids": hut_ids}
        answer = await api.post("/tours", json=tour)
        answer.expect(status, nudge=why)
        got = await free_beds(api), await bookings(api)
        nudge = "The tour was refused, and a part of it is booked. One transaction holds all of it, or none."
        expect_value(
            {"free": got[0], "bookings": got[1]},
            {"free": before[0], "bookings": before[1]},
            sent=f"POST /tours {tour}\nthen GET /huts and GET /bookings",
            nudge=nudge,
        )
    tour = {"guest": "Cleo", "beds": 4, "hut_ids": [1, 2]}
    answer = await api.post("/tours", json=tour)
    answer.expect(201, tour, nudge="All 4 beds of Birch Hut are free, and this tour takes them.")


@tours.check_on_desk
async def gives_no_bed_twice(api: Api) -> None:
    """Many clients at once get as many beds as there are (seen on a desk)"""
    await api.restart()
    tour = {"guest": "Dora", "beds": 1, "hut_ids": [1]}
    sent = "12 times at once: POST /tours for one of the 6 beds in hut 1"
    answers = await asyncio.gather(*(api.post("/tours", json=tour) for _ in range(12)))
    nudge = (
        "Between reading how many beds are free and writing it, another client has done the same. Let the "
        "`UPDATE` have the condition, and the arithmetic."
    )
    expect_codes(answers, {201: 6, 409: 6}, sent, nudge)
    expect_value(await free_beds(api), {1: 0, 2: 4}, sent=f"{sent}, then GET /huts", nudge=nudge)
    expect_value(len(await bookings(api)), 6, sent=f"{sent}, then GET /bookings, how many", nudge=nudge)


# 9.3

overview = exercise(
    "9.3",
    "Ask less often",
    hints=[
        "Both endpoints need the stays of what they load. Say so where it is loaded, as `GET /selectin` "
        "above does.",
        "`select(Hut).order_by(Hut.id).options(selectinload(Hut.stays))`; then `hut.stays` is there, without "
        "`await`.",
        "`session.get` takes the same: `await session.get(Hut, hut_id, options=[selectinload(Hut.stays)])`.",
    ],
)

LINES = [
    {"name": "Alder Hut", "nights": 0, "last_guest": None},
    {"name": "Birch Hut", "nights": 1, "last_guest": "Ada"},
    {"name": "Cedar Hut", "nights": 4, "last_guest": "Ben"},
    {"name": "Elm Hut", "nights": 9, "last_guest": "Cleo"},
    {"name": "Fir Hut", "nights": 0, "last_guest": None},
    {"name": "Hazel Hut", "nights": 5, "last_guest": "Ada"},
]


@overview.check
async def answers_as_before(api: Api) -> None:
    """GET /overview answers what it answered"""
    (await api.get("/overview")).expect(200, LINES, nudge=about_lines(LINES))


def about_lines(lines: list[dict[str, Any]]) -> list[str | Nudge]:
    """What to say of an overview that differs from these lines."""
    huts = Nudge(
        "All huts in the order of their ids, those without a stay, too.",
        when=lambda it: [line["name"] for line in it.json()] != [line["name"] for line in lines],
    )
    return [
        huts,
        "`nights` is the sum of all stays, and the last guest is that of the stay with the largest id.",
    ]


@overview.check
async def asks_seldom(api: Api) -> None:
    """GET /overview sends at most 3 statements"""
    await api.get("/overview")
    with counted() as found:
        await api.get("/overview")
    require(
        found["statements"] <= 3,
        sent="GET /overview",
        came_back=f"{found['statements']} statements",
        expected="at most 3, however many huts there are",
        nudge="Each hut's stays are asked for on their own. Which option of the `select` brings them all?",
    )


@overview.check
async def shows_a_hut(api: Api) -> None:
    """GET /huts/3 answers the hut with its stays, or 404"""
    for id, name, count in ((3, "Cedar Hut", 2), (1, "Alder Hut", 0)):
        stays = [{"guest": guest, "nights": id - 1} for guest in ("Ada", "Ben")[:count]]
        answer = await api.get(f"/huts/{id}")
        if answer.raised is not None:
            answer.if_raised(
                type(answer.raised),
                "The response model reads `hut.stays`, and cannot await it. Have them loaded before you "
                "return the hut.",
            )
        answer.expect(
            200, {"name": name, "stays": stays}, nudge="The body is the hut's name, and its stays in order."
        )
    answer = await api.get("/huts/99")
    answer.expect(404, nudge="No hut has this id.")


@overview.check_on_desk
async def knows_other_huts(api: Api) -> None:
    """Answers for a hut that comes later, too (seen on a desk)"""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    files: set[Path] = set()

    def note(connection: Any, *_: object) -> None:
        files.add(Path(connection.engine.url.database or ""))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        await api.restart()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    await api.get("/overview")
    for file in filter(Path.is_file, files):
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute("insert into hut (id, name) values (7, 'Ivy Hut')")
            connection.execute("insert into stay (hut_id, guest, nights) values (7, 'Zoe', 3), (7, 'Ben', 4)")
    lines = [*LINES, {"name": "Ivy Hut", "nights": 7, "last_guest": "Ben"}]
    later = Nudge(
        "A hut has come since the app was started, and it is not in the overview.",
        when=lambda it: it.json() == LINES,
    )
    with counted() as found:
        answer = await api.get("/overview")
    answer.expect(200, lines, nudge=[later, *about_lines(lines)])
    require(
        found["statements"] <= 3,
        sent="GET /overview",
        came_back=f"{found['statements']} statements",
        expected="at most 3, however many huts there are",
        nudge="With one hut more there are more statements.",
    )
    stays = [{"guest": "Zoe", "nights": 3}, {"guest": "Ben", "nights": 4}]
    answer = await api.get("/huts/7")
    answer.expect(
        200, {"name": "Ivy Hut", "stays": stays}, nudge="This hut has come since the app was started."
    )
    await api.restart()


# 9.4

migration = exercise(
    "9.4",
    "There and back",
    takes="value",
    patience=3,  # a PostgreSQL server is started for it, where none runs yet
    hints=[
        '`op.add_column("trail", sa.Column("difficulty", sa.String(10), nullable=False, ...))`. What is '
        "the value for "
        "the rows that are there?",
        '`server_default="moderate"` is. The new table: `op.create_table("report", sa.Column("id", '
        "sa.Integer, "
        "primary_key=True), ...)`.",
        '`sa.Column("trail_id", sa.Integer, sa.ForeignKey("trail.id"), nullable=False)`. And back: '
        '`op.drop_table("report")` '
        'and `op.drop_column("trail", "difficulty")`.',
    ],
)

TRAILS = [(1, "Lake Loop", 6.5), (2, "Ridge Path", 14.0)]


class Database:
    """One in which last year's table is, with rows; asked by checks, changed by the learner's functions."""

    def __init__(self, connection: Any, functions: Any) -> None:
        import sqlalchemy as sa

        self.sa, self.connection = sa, connection
        right = isinstance(functions, tuple) and len(functions) == 2 and all(map(callable, functions))
        require(
            right,
            sent='check("9.4", upgrade, downgrade)',
            came_back=repr(functions),
            expected="two functions",
            nudge="Pass both functions, without calling them.",
        )
        self.upgrade, self.downgrade = functions
        self.execute(
            "create table trail (id integer primary key, name varchar(80) not null, length_km float not null)"
        )
        for trail in TRAILS:
            self.execute("insert into trail values ({}, '{}', {})".format(*trail))

    def execute(self, statement: str) -> list[Any]:
        result = self.connection.execute(self.sa.text(statement))
        return [tuple(row) for row in result] if result.returns_rows else []

    def refuses(self, statement: str) -> bool:
        with self.connection.begin_nested() as savepoint:
            try:
                self.execute(statement)
            except self.sa.exc.DBAPIError:
                savepoint.rollback()
                return True
        return False

    def run(self, function: Callable[[], object]) -> None:
        from alembic.migration import MigrationContext
        from alembic.operations import Operations

        with Operations.context(MigrationContext.configure(self.connection)):
            function()

    def tables(self) -> dict[str, dict[str, Any]]:
        """Each table's columns by name."""
        seen = self.sa.inspect(self.connection)
        return {
            table: {one["name"]: one for one in seen.get_columns(table)} for table in seen.get_table_names()
        }


async def on_sqlite(functions: Any, judge: Callable[[Database], None]) -> None:
    from sqlalchemy import create_engine

    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        judge(Database(connection, functions))
    engine.dispose()


def judge_difficulty(database: Database) -> None:
    database.run(database.upgrade)
    columns = database.tables()["trail"]
    require(
        "difficulty" in columns,
        sent="upgrade()",
        came_back=f"trail has {', '.join(columns)}",
        expected="a column `difficulty`",
        nudge='`op.add_column("trail", sa.Column(...))` adds a column.',
    )
    found = sorted(database.execute("select id, name, length_km, difficulty from trail"))
    wanted = [(*trail, "moderate") for trail in TRAILS]
    require(
        found == wanted,
        sent="upgrade(), then SELECT id, name, length_km, difficulty FROM trail",
        came_back="\n".join(map(str, found)) or "no rows",
        expected="\n".join(map(str, wanted)),
        nudge="The trails that were there are still there, and each is moderate: `server_default` says so.",
    )
    text = issubclass(getattr(columns["difficulty"]["type"], "python_type", object), str)
    require(
        text,
        sent="upgrade()",
        came_back=f"difficulty is {columns['difficulty']['type']}",
        expected="a text",
        nudge="`sa.String(10)` or `sa.Text` is a text.",
    )
    statement = "insert into trail (id, name, length_km, difficulty) values (7, 'Owl Path', 3, null)"
    require(
        database.refuses(statement),
        sent=f"upgrade(), then {statement}",
        came_back="accepted",
        expected="refused",
        nudge="`nullable=False` keeps null out.",
    )


def judge_reports(database: Database) -> None:
    database.run(database.upgrade)
    tables = database.tables()
    columns = tables.get("report", {})
    require(
        set(columns) == {"id", "trail_id", "text"},
        sent="upgrade()",
        came_back=f"report has {', '.join(columns)}" if columns else f"the tables {', '.join(tables)}",
        expected="a table `report` with `id`, `trail_id` and `text`",
        nudge='`op.create_table("report", sa.Column(...), ...)` makes a table.',
    )
    for text in ("Dry.", "Muddy."):
        statement = f"insert into report (trail_id, text) values (2, '{text}')"
        require(
            not database.refuses(statement),
            sent=f"upgrade(), then {statement}",
            came_back="refused",
            expected="a report, with an id that the database gives",
            nudge="`primary_key=True` on an `sa.Integer` has each database give ids.",
        )
    found = sorted(text for (text,) in database.execute("select text from report where id is not null"))
    require(
        found == ["Dry.", "Muddy."],
        sent="upgrade(), then two reports inserted without an id",
        came_back=repr(found),
        expected="two reports, each with an id",
        nudge="`primary_key=True` has the database give ids.",
    )
    for values, name in (("null, 'Dry.'", "trail_id"), ("2, null", "text")):
        require(
            database.refuses(f"insert into report (trail_id, text) values ({values})"),
            sent=f"upgrade(), then a report whose {name} is null",
            came_back="accepted",
            expected="refused",
            nudge="`nullable=False` keeps null out.",
        )
    keys = database.sa.inspect(database.connection).get_foreign_keys("report")
    found_keys = [(one["constrained_columns"], one["referred_table"]) for one in keys]
    require(
        found_keys == [(["trail_id"], "trail")],
        sent="upgrade()",
        came_back=f"the foreign keys of report: {found_keys or 'none'}",
        expected="`trail_id` refers to `trail`",
        nudge='`sa.ForeignKey("trail.id")` in the column says so.',
    )


def judge_way_back(database: Database) -> None:
    before = {name: sorted(columns) for name, columns in database.tables().items()}
    database.run(database.upgrade)
    database.execute("insert into report (trail_id, text) values (2, 'Dry.')")
    database.run(database.downgrade)
    after = {name: sorted(columns) for name, columns in database.tables().items()}
    nudge = "`downgrade` takes back what `upgrade` did: each column that was added, each table that was made."
    expect_value(after, before, sent="upgrade(), downgrade(), then the columns of each table", nudge=nudge)
    found = sorted(database.execute("select id, name, length_km from trail"))
    require(
        found == TRAILS,
        sent="upgrade(), downgrade(), then SELECT id, name, length_km FROM trail",
        came_back="\n".join(map(str, found)) or "no rows",
        expected="\n".join(map(str, TRAILS)),
        nudge="The trails were there before, and they are not yours to drop.",
    )
    database.run(database.upgrade)


@migration.check
async def adds_difficulty(functions: Any) -> None:
    """`upgrade` adds `difficulty`, and keeps the trails"""
    await on_sqlite(functions, judge_difficulty)


@migration.check
async def makes_reports(functions: Any) -> None:
    """`upgrade` makes the table `report`"""
    await on_sqlite(functions, judge_reports)


@migration.check
async def goes_back(functions: Any) -> None:
    """`downgrade` takes all of it back, and keeps the trails"""
    await on_sqlite(functions, judge_way_back)


@migration.check_on_desk
async def does_so_on_postgresql(functions: Any) -> None:
    """Does the same on PostgreSQL, where there is one"""
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.pool import NullPool

    with suppress(NoPostgres):
        for judge in (judge_difficulty, judge_reports, judge_way_back):
            engine = create_async_engine(await empty_postgres(), poolclass=NullPool)
            async with engine.connect() as connection:
                with told_as("On PostgreSQL: "):
                    await connection.run_sync(partial(judged_on, judge, functions))


def judged_on(judge: Callable[[Database], None], functions: Any, connection: Any) -> None:
    judge(Database(connection, functions))


@contextmanager
def told_as(where: str) -> Iterator[None]:
    """Have a wrong answer say where it was given."""
    try:
        yield
    except (CodeRaised, NotYet) as wrong:
        wrong.sent = f"{where}{wrong.sent}"
        raise


async def empty_postgres() -> str:
    """The address of a PostgreSQL server whose database is empty.

    Raises:
        NoPostgres: there is none on this machine.
    """
    url = await asyncio.to_thread(postgres_url)
    import asyncpg

    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and "
            "backend_type = 'client backend'"
        )
        await connection.execute("drop schema public cascade")
        await connection.execute("create schema public")
    finally:
        await connection.close()
    return url


# 9.5

diary = exercise(
    "9.5",
    "Spot the pitfall",
    patience=2,  # the statistics are slow on purpose
    hints=[
        "Send the same entry twice. Who is told `201`, and what does the next request get? Look at where "
        "the session is "
        "made, and at where the commit stands.",
        "Each request needs a session of its own: `async with new_session() as session: yield session`. "
        "The commit "
        "belongs into `add_entry`, in a `try`.",
        "`sqlite3` is a sync driver, and it blocks the event loop in an `async def`. Without the `async` "
        "FastAPI calls "
        "`count_entries` in a worker thread.",
    ],
)


def entry(text: str = "Dry.", trail: str = "") -> dict[str, str]:
    """An entry for a trail that has none yet, or for `trail`."""
    return {"trail": trail or f"Trail {next(fresh)} {time.time_ns()}", "day": "2026-07-04", "text": text}


SPOILT = "One request's error has spoilt the session, if all others use the same one. Give each its own."


async def expect_entries(api: Api, wanted: list[dict[str, str]], nudge: str) -> None:
    """Judge what the diary has on the trails of `wanted`."""
    answer = await api.get("/entries")
    if answer.raised is not None:
        answer.if_raised(type(answer.raised), SPOILT)
    body = answer.json()
    trails = {one["trail"] for one in wanted}
    answer.require(isinstance(body, list), "200, and a list of entries", status=200)
    got = sorted((one for one in body if isinstance(one, dict) and one.get("trail") in trails), key=str)
    expect_value(got, sorted(wanted, key=str), sent="GET /entries, those of these trails", nudge=nudge)


async def stored_twice(api: Api, trail: str) -> bool:
    """Whether the diary has two entries of this trail."""
    try:
        listed = (await api.get("/entries")).json()
    except NotYet:  # a commit that failed after the answer may break the connection
        return False
    return isinstance(listed, list) and [one.get("trail") for one in listed].count(trail) > 1


@diary.check_on_desk
async def commits_entries_first(api: Api) -> None:
    """Commits before it answers (seen on a desk)"""
    await commits_first(api, "POST", "/entries", entry())


@diary.check
async def tells_the_truth(api: Api) -> None:
    """Answers a second entry with 409, and keeps the first"""
    first = entry()
    answer = await api.post("/entries", json=first)
    answer.expect(201, first, nudge="The body is the entry as it was sent.")
    await expect_entries(api, [first], "This entry was answered with 201.")
    answer = await api.post("/entries", json=entry("Muddy.", first["trail"]))
    told = (
        "The client is told 201, and the commit fails after that. Commit before you answer, in the endpoint."
    )
    both = answer.status_code == 201 and await stored_twice(api, first["trail"])
    answer.expect(
        409,
        nudge=[
            Nudge(
                "Both are stored. What tells the database that there is one entry for each trail and day?",
                when=lambda _: both,
            ),
            Nudge(told, when=lambda it: it.status_code == 201),
            "This trail has an entry for that day: 409.",
        ],
    )
    await expect_entries(api, [first], "The first entry stays as it was, and the second is not stored.")
    next_day = {**first, "day": "2026-07-05"}
    answer = await api.post("/entries", json=next_day)
    answer.expect(201, next_day, nudge="")
    await expect_entries(api, [first, next_day], "A trail has an entry for each of two days.")


@diary.check
async def harms_nobody(api: Api) -> None:
    """A refused entry harms nobody else"""
    first, other = entry(), entry("Foggy.")
    await api.post("/entries", json=first)
    for _ in range(2):
        await api.post("/entries", json=first)
    answer = await api.post("/entries", json=other)
    if answer.raised is not None:
        answer.if_raised(type(answer.raised), SPOILT)
    answer.expect(
        201, other, nudge="Nobody has written about this trail. What was refused before is not its business."
    )
    await expect_entries(api, [first, other], "Both were answered with 201.")
    answer = await api.get("/statistics")
    count = len((await api.get("/entries")).json())
    answer.expect(200, {"entries": count}, nudge="The statistics count all entries that are stored.")
    await api.post("/entries", json=entry())
    answer = await api.get("/statistics")
    nudge = "An entry was stored since the statistics were asked for last, and they do not count it."
    answer.expect(200, {"entries": count + 1}, nudge=nudge)


@diary.check_on_desk
async def serves_many(api: Api) -> None:
    """Many clients at once: what was answered with 201 is stored (seen on a desk)"""
    from sqlalchemy.exc import IntegrityError

    entries = [entry() for _ in range(6)]
    answers = await asyncio.gather(*(api.post("/entries", json=one) for one in [*entries, *entries]))
    nudge = (
        "Six entries were sent, each of them twice, all in the same moment. A session is for one request "
        "at a time: "
        "what one of them commits or rolls back is everybody's."
    )
    raised = [answer.raised for answer in answers if answer.raised is not None]
    if raised and all(isinstance(error, IntegrityError) for error in raised):
        nudge = (
            "Six entries were sent, each of them twice, all in the same moment. The database has refused the "
            "second ones: catch what the commit raises, and say 409."
        )
    expect_codes(answers, {201: 6, 409: 6}, "12 times at once: POST /entries", nudge)
    await expect_entries(api, entries, nudge)


@diary.check_on_desk
async def keeps_nobody_waiting(api: Api) -> None:
    """Serves others while the statistics are counted (seen on a desk)"""

    async def seconds(count: int) -> float:
        began = time.monotonic()
        await asyncio.gather(*(api.get("/statistics") for _ in range(count)))
        return time.monotonic() - began

    await api.get("/ping")
    # The least of several, as a busy machine makes each longer and none shorter.
    alone = min([await seconds(1) for _ in range(3)])
    statistics = asyncio.create_task(api.get("/statistics"))
    pings = 0
    while not statistics.done():
        await api.get("/ping")
        pings += not statistics.done()
    await statistics
    quick = alone < 0.2  # whoever made it fast keeps nobody waiting, either
    require(
        quick or pings >= 3,
        sent="GET /statistics, and GET /ping again and again meanwhile",
        came_back=f"{pings} answers to /ping before the statistics were there",
        expected="many: nobody waits for somebody else's statistics",
        nudge="`sqlite3` is a driver that blocks, and this endpoint is an `async def`.",
    )
    four = await seconds(4)
    for _ in range(2):
        if not quick and four >= 3 * alone:
            four = min(four, await seconds(4))
    require(
        quick or four < 3 * alone,
        sent="GET /statistics, four times at once",
        came_back=f"all four answers, after {four / alone:.1f} times as long as one alone takes",
        expected="less than 3 times as long: nobody waits for somebody else's statistics",
        nudge="They are counted one after another. What makes one wait for the other?",
    )


# The app


def last_year(file: Path) -> None:
    """A database of last year's version, with the five trails and with reports that have no stars."""
    connection = sqlite3.connect(file)
    connection.executescript(
        """
        create table trail (
            id integer not null primary key, name varchar(80) not null unique, length_km float not null,
            difficulty varchar(10) not null, region varchar, ranger_notes varchar not null
        );
        create table report (
            id integer not null primary key, trail_id integer not null references trail (id),
            text varchar(500) not null
        );
        insert into trail values
            (1, 'Lake Loop', 6.5, 'easy', 'Alps', ''), (2, 'Fern Valley', 9.0, 'easy', 'Jura', ''),
            (3, 'Ridge Path', 14.0, 'hard', 'Alps', ''), (4, 'Gorge Steps', 4.0, 'hard', 'Jura', ''),
            (5, 'Summit Trail', 18.5, 'moderate', 'Alps', '');
        insert into report values (1, 3, 'Loose rock.'), (2, 1, 'Boats are out.'), (3, 3, 'Fog all day.');
        """
    )
    connection.close()


@contextmanager
def address(url: str) -> Iterator[None]:
    """`DATABASE_URL` in the environment, and nothing left of tables that another app has declared."""
    before = os.environ.get("DATABASE_URL")
    os.environ["DATABASE_URL"] = url
    if "sqlmodel" in sys.modules:
        models = sys.modules["sqlmodel"].SQLModel
        models.metadata.clear()
        models._sa_registry.dispose()
    try:
        yield
    finally:
        os.environ.pop("DATABASE_URL")
        if before is not None:
            os.environ["DATABASE_URL"] = before


@contextmanager
def on_last_years_database() -> Iterator[None]:
    with tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True) as folder:
        file = Path(folder, "last_year.db")
        last_year(file)
        with address(f"sqlite+aiosqlite:///{file.as_posix()}"):
            yield


app = exercise(
    "9.app",
    "The register on a database",
    around=on_last_years_database,
    patience=6,  # the checks of lesson 05 are among them, and each writes to a disk
    hints=[
        "The lifespan first: `await connection.run_sync(Base.metadata.create_all)` makes what is missing. "
        "Then the session's "
        "dependency, and a dependency `find_trail` that answers the 404 for all endpoints with an id in "
        "the path.",
        "`ReportRow` gets `stars`, and last year's table gets the column: "
        '`inspect(connection).get_columns("report")` tells whether it is '
        "there, and `Operations(MigrationContext.configure(connection)).add_column(...)`, both from "
        "Alembic, adds it. It has to answer "
        "for the reports that are there.",
        "To close: add all `ClosureRow`s, `flush` (an `IntegrityError` is the 409), print the signs, and "
        "commit last. A handler for "
        "`PrinterJam` answers the 503; nobody has to undo anything, as nothing was committed.",
    ],
)

# What deletes all trails takes last year's reports with it, so that another database is asked, at the end.
*contract, begins_again = checks_of("5.app")


async def commits_register_first(api: Api) -> None:
    """Commits before it answers (seen on a desk)"""
    new = {"name": f"Trail {next(fresh)} {time.time_ns()}", "length_km": 2.0, "difficulty": "easy"}
    body = (await commits_first(api, "POST", "/trails", new)).json()
    if not isinstance(body, dict) or "id" not in body:
        return  # the next check says so
    path = f"/trails/{body['id']}"
    await commits_first(api, "PATCH", path, {"length_km": 3.0})
    await commits_first(api, "PUT", path, new)
    await commits_first(api, "POST", f"{path}/reports", {"text": "Dry.", "stars": 4})
    await commits_first(api, "POST", "/closures", {"trail_ids": [body["id"]], "reason": "Snow"})
    await commits_first(api, "DELETE", path)


for check in contract:
    if check.__name__ == "creates":  # those before it change nothing, and look at five trails
        app.check_on_desk(commits_register_first)
    app.check(check)


OLD = {
    1: [{"id": 2, "trail_id": 1, "text": "Boats are out.", "stars": 3}],
    3: [
        {"id": 1, "trail_id": 3, "text": "Loose rock.", "stars": 3},
        {"id": 3, "trail_id": 3, "text": "Fog all day.", "stars": 3},
    ],
    4: [],
}


@app.check
async def goes_on_from_last_year(api: Api) -> None:
    """Last year's reports are there, with 3 stars, however often the app starts"""
    trails = (await api.get("/trails", params={"limit": 100})).json()
    for _ in range(2):
        for id, reports in OLD.items():
            answer = await api.get(f"/trails/{id}/reports")
            missing = (
                "`DATABASE_URL` names a database with reports in it. Does your app use that one, and leave "
                "what is in it?"
            )
            answer.expect(
                200,
                reports,
                nudge=[
                    Nudge(missing, when=lambda it: it.json() == []),
                    "Last year's reports keep ids and texts, have 3 stars, and come by their ids.",
                ],
            )
        await api.restart()
    answer = await api.get("/trails", params={"limit": 100})
    answer.expect(200, trails, nudge="The app was started again, and the trails are not what they were.")


async def make_trail(api: Api, name: str = "") -> dict[str, Any]:
    """A new trail, as it leaves."""
    sent = {"name": name or f"Trail {next(fresh)} {time.time_ns()}", "length_km": 5.0, "difficulty": "easy"}
    answer = await api.post("/trails", json=sent)
    body = answer.json()
    answer.require(
        isinstance(body, dict) and isinstance(body.get("id"), int), "201, and the trail", status=201
    )
    return dict(body)


async def add_report(api: Api, trail_id: int, text: str, stars: int) -> dict[str, Any]:
    answer = await api.post(f"/trails/{trail_id}/reports", json={"text": text, "stars": stars})
    body = answer.json()
    id = body.get("id") if isinstance(body, dict) else None
    nudge = "The body is the report: `id`, `trail_id`, `text` and `stars`."
    answer.require(isinstance(id, int), "201, and the report with its id", status=201, nudge=nudge)
    expected = {"id": id, "trail_id": trail_id, "text": text, "stars": stars}
    answer.expect(201, expected, nudge=nudge)
    return expected


@app.check
async def takes_reports(api: Api) -> None:
    """Takes reports with stars, and lists those of a trail"""
    trail, other = await make_trail(api), await make_trail(api)
    path = f"/trails/{trail['id']}/reports"
    first = await add_report(api, trail["id"], "Dry.", 5)
    await add_report(api, other["id"], "Muddy.", 2)
    others = [await add_report(api, trail["id"], text, 1) for text in ("a" * 500, "a")]
    reports = [first, *others]
    answer = await api.get(path)
    answer.expect(200, reports, nudge="These are the reports of this trail, in the order of their ids.")
    for answer in (
        await api.get("/trails/99999/reports"),
        await api.post("/trails/99999/reports", json={"text": "Dry.", "stars": 5}),
    ):
        expect_refusal(
            answer, 404, "No trail has this id. SQLite stores a reference to nothing without a word."
        )
    right = {"text": "Dry.", "stars": 3}
    for body in (
        *({**right, "stars": stars} for stars in (0, 6, 2.5, "many", None)),
        *({**right, "text": text} for text in ("", "a" * 501, 7, None)),
        *({name: value} for name, value in right.items()),
    ):
        answer = await api.post(path, json=body)
        nudge = "Both are required; stars are a whole number, 1 to 5, and a text has 1 to 500 characters."
        answer.expect(422, nudge=nudge)
    answer = await api.get(path)
    answer.expect(200, reports, nudge="A refused report was stored.")


def expect_refusal(answer: Answer, status: int, nudge: Nudges) -> None:
    """Judge a refusal's status code, and its format, which is that of lesson 05."""
    answer.expect(status, nudge=nudge)
    body = answer.json()
    right = (
        isinstance(body, dict)
        and body.get("status") == status
        and all(isinstance(body.get(name), str) for name in ("title", "detail"))
    )
    expected = f'{status}, and a body such as\n{{"status": {status}, "title": "...", "detail": "..."}}'
    answer.require(right, expected, nudge="Every error has the format of exercise 5.3.")


async def close(api: Api, ids: list[int], reason: str = "Rockfall") -> Answer:
    return await api.post("/closures", json={"trail_ids": ids, "reason": reason})


async def closed(api: Api, ids: list[int]) -> list[dict[str, Any]]:
    """The closures of these trails, by the app's own words."""
    answer = await api.get("/closures")
    body = answer.json()
    right = isinstance(body, list) and all(isinstance(one, dict) for one in body)
    answer.require(right, "200, and a list of closures", status=200)
    return [one for one in body if one.get("trail_id") in ids]


async def expect_open(api: Api, ids: list[int], sent: str, nudge: str) -> None:
    expect_value(
        await closed(api, ids), [], sent=f"{sent}, then GET /closures, those of these trails", nudge=nudge
    )


@app.check
async def closes_trails(api: Api) -> None:
    """Closes trails, and opens them again"""
    one, two = [(await make_trail(api))["id"] for _ in range(2)]
    answer = await close(api, [one, two])
    body = answer.json()
    nudge = "The body is a list of the new closures, in the order of `trail_ids`."
    right = isinstance(body, list) and all(
        isinstance(each, dict) and isinstance(each.get("id"), int) for each in body
    )
    answer.require(right, "201, and a list of closures with their ids", status=201, nudge=nudge)
    expected = [
        {"id": each["id"], "trail_id": id, "reason": "Rockfall"}
        for each, id in zip(body, (one, two), strict=False)
    ]
    answer.require(len(expected) == 2, "one closure for each trail", nudge=nudge)
    answer.expect(201, expected, nudge=nudge)
    expect_value(
        await closed(api, [one, two]),
        expected,
        sent="GET /closures, those of these trails",
        nudge="Both are closed.",
    )
    answer = await api.delete(f"/closures/{expected[0]['id']}")
    answer.expect(204, None)
    nudge = "One was opened again, and the other is still closed."
    expect_value(
        await closed(api, [one, two]), expected[1:], sent="GET /closures, those of these trails", nudge=nudge
    )
    answer = await api.delete(f"/closures/{expected[0]['id']}")
    answer.expect(404, nudge="This closure is gone already.")
    answer = await close(api, [one], "Snow")
    answer.require(True, "201", status=201)
    short = (await make_trail(api, f"T{time.time_ns() % 10**12}"))["id"]
    for reason in ("x", "y" * 80):
        answer = await close(api, [short], reason)
        body = answer.json()
        answer.require(isinstance(body, list) and bool(body), "201, and a list with this closure", status=201)
        expected = [{"id": body[0].get("id"), "trail_id": short, "reason": reason}]
        nudge = "A reason has 1 to 80 characters, and goes out as it came."
        answer.expect(201, expected, nudge=nudge)
        sent = "GET /closures, those of this trail"
        expect_value(await closed(api, [short]), expected, sent=sent, nudge=nudge)
        await api.delete(f"/closures/{expected[0]['id']}")


@app.check
async def closes_all_or_none(api: Api) -> None:
    """Closes all of the trails or none: 404, 409, 422"""
    free, taken = [(await make_trail(api))["id"] for _ in range(2)]
    answer = await close(api, [taken])
    answer.require(True, "201", status=201)
    nudge = "The request was refused, and a part of it was done. Commit once, when all of it is right."
    for ids, status, why in (
        ([free, 99999], 404, "No trail has the id 99999."),
        ([free, taken], 409, "One of these trails is closed already."),
        ([taken, free], 409, "One of these trails is closed already."),
    ):
        answer = await close(api, ids)
        expect_refusal(answer, status, why)
        await expect_open(api, [free], f"POST /closures for the trails {ids}", nudge)
    for body in (
        {"trail_ids": [], "reason": "Snow"},
        {"trail_ids": [free], "reason": ""},
        {"trail_ids": [free], "reason": "a" * 81},
        {"trail_ids": [free]},
        {"trail_ids": [free], "reason": None},
        {"trail_ids": [free + 0.5], "reason": "Snow"},
        {"trail_ids": ["all"], "reason": "Snow"},
        {"trail_ids": None, "reason": "Snow"},
    ):
        answer = await api.post("/closures", json=body)
        nudge = "`trail_ids` has ids, at least one, and a reason is a text of 1 to 80 characters."
        answer.expect(422, nudge=nudge)
    await expect_open(api, [free], "POST /closures with wrong values", nudge)


LONG_REASON = "Rockfall, and the bridge is out"


@app.check
async def leaves_nothing_half_done(api: Api) -> None:
    """A jam of the printer leaves nothing half done"""
    short = (await make_trail(api))["id"]
    long = (await make_trail(api, f"{'a' * 50} {next(fresh)} {time.time_ns()}".ljust(80, "a")[:80]))["id"]
    for ids in ([short, long], [long, short]):
        answer = await close(api, ids, LONG_REASON)
        printed = "No sign of this length can be printed. Is `print_sign` called for each trail?"
        answer.if_raised(
            type(answer.raised), "The printer may jam: answer 503 then."
        ) if answer.raised else None
        expect_refusal(
            answer,
            503,
            [Nudge(printed, when=lambda it: it.status_code == 201), "The printer has jammed: 503."],
        )
        nudge = "The printer jammed, and a trail is closed all the same. Commit when all signs are printed."
        await expect_open(api, [short, long], f"POST /closures for the trails {ids}", nudge)
    answer = await close(api, [short], LONG_REASON)
    answer.require(True, "201: this sign can be printed", status=201)


@app.check
async def removes_what_belongs_to_a_trail(api: Api) -> None:
    """Deleting a trail removes its reports and its closure"""
    stays, gone = [(await make_trail(api))["id"] for _ in range(2)]
    for id in (stays, gone):
        await add_report(api, id, "Dry.", 4)
        answer = await close(api, [id])
        answer.require(True, "201", status=201)
    kept = (await api.get(f"/trails/{stays}/reports")).json()
    answer = await api.delete(f"/trails/{gone}")
    answer.expect(204, None, nudge="It has reports and a closure; they go first.")
    answer = await api.get(f"/trails/{gone}/reports")
    answer.expect(404, nudge="The trail is gone.")
    await expect_open(
        api, [gone], f"DELETE /trails/{gone}", "The trail is gone, and its closure is still there."
    )
    # SQLite gives an id again: who gets it must not find somebody else's reports.
    again = (await make_trail(api))["id"]
    answer = await api.get(f"/trails/{again}/reports")
    answer.expect(200, [], nudge="This trail is new, and has the reports of one that was deleted.")
    answer = await api.get(f"/trails/{stays}/reports")
    answer.expect(200, kept, nudge="Another trail was deleted, and the reports of this one are gone.")
    expect_value(
        len(await closed(api, [stays])),
        1,
        sent="GET /closures, those of the other trail",
        nudge="It is still closed.",
    )


@asynccontextmanager
async def meanwhile(*requests: Coroutine[Any, Any, Answer]) -> AsyncIterator[list[asyncio.Task[Answer]]]:
    """Requests that run while others are sent; all are over in the end, whatever was found meanwhile."""
    tasks = [asyncio.create_task(request) for request in requests]
    try:
        yield tasks
    finally:
        await asyncio.gather(*tasks, return_exceptions=True)


@app.check_on_desk
async def serves_two_at_once(api: Api) -> None:
    """Many clients at once: one succeeds, and nobody sees half of it (seen on a desk)"""
    nudge = "One gets the 201, the others a 409. `unique=True` has the database decide; catch what it raises."
    new = {"name": f"Trail {next(fresh)} {time.time_ns()}", "length_km": 2.0, "difficulty": "easy"}
    answers = await asyncio.gather(*(api.post("/trails", json=new) for _ in range(6)))
    expect_codes(answers, {201: 1, 409: 5}, "six times at once: POST /trails, the same new name", nudge)
    one, two = [(await make_trail(api))["id"] for _ in range(2)]
    async with meanwhile(close(api, [one, two]), close(api, [one, two])) as requests:
        while not all(task.done() for task in requests):
            found = await closed(api, [one, two])
            twice = len({each["trail_id"] for each in found}) < len(found)
            require(
                len(found) in (0, 2) and not twice,
                sent="two times at once: POST /closures for the same two trails, and GET /closures meanwhile",
                came_back=f"{found}",
                expected="both of them, or none",
                nudge="A trail is closed twice. `unique=True` has the database decide; catch what it raises."
                if twice
                else "Half of it was seen while the printer worked: something was committed too early.",
            )
    answers = [task.result() for task in requests]
    long = (await make_trail(api, f"{next(fresh)} {time.time_ns()}".ljust(80, "a")))["id"]
    other = (await make_trail(api))["id"]
    async with meanwhile(close(api, [other, long], LONG_REASON)) as (jam,):
        while not jam.done():
            sent = "POST /closures for two trails, whose second sign jams the printer"
            early = "A trail was closed while its sign was not yet printed. Commit when all signs are."
            await expect_open(api, [other, long], sent, early)
    expect_codes(answers, {201: 1, 409: 1}, "two times at once: POST /closures for the same trails", nudge)


@asynccontextmanager
async def started_anew(url: str) -> AsyncIterator[Api]:
    """The learner's app, imported again, on another database."""
    file = Path(str(sys.modules["app"].__file__))
    for name, module in list(sys.modules.items()):
        path = getattr(module, "__file__", None)
        if path and Path(path).is_relative_to(file.parent):
            del sys.modules[name]
    with address(url):
        learners = await asyncio.to_thread(lambda: app_of(load_module(file)))
        try:
            served = await asyncio.to_thread(serve_app, learners)
        except ServeError as error:
            raise CodeRaised(error, "the app's start") from None
        async with api_of(served, app.patience) as api:
            yield api


@app.check_on_desk
async def begins_with_nothing(api: Api) -> None:
    """On an empty database, of PostgreSQL where there is one, all of this holds (seen on a desk)"""
    with suppress(
        NoPostgres, ModuleNotFoundError
    ):  # a driver that is not here, such as that of sync sessions
        await judge_anew("PostgreSQL", await empty_postgres())
        return
    with tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True) as folder:
        await judge_anew("SQLite", f"sqlite+aiosqlite:///{Path(folder, 'empty.db').as_posix()}")


async def judge_anew(where: str, url: str) -> None:
    """Ask an empty database's app all of it again, and start it a second time."""
    with told_as(f"On an empty database of {where}: "):
        async with started_anew(url) as other:
            for check in [*contract, *OURS, begins_again]:
                await check(other)
            before = [(await other.get(path)).json() for path in ("/trails?limit=100", "/closures")]
            await other.restart()
            after = [(await other.get(path)).json() for path in ("/trails?limit=100", "/closures")]
            nudge = (
                "The app was started again. What is there stays; the five trails come only to an empty one."
            )
            expect_value(
                after, before, sent="GET /trails and GET /closures, after a second start", nudge=nudge
            )


OURS = [
    takes_reports,
    closes_trails,
    closes_all_or_none,
    leaves_nothing_half_done,
    removes_what_belongs_to_a_trail,
    serves_two_at_once,
]
"""What is asked again on another database; last year's reports are not in it."""
