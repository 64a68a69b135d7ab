"""sqlite3 and no library around it: plain functions, a connection a request, ids of a path as texts."""

import os
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, date, datetime, timedelta
from secrets import token_hex
from typing import Annotated, Any, ClassVar

import anyio
import jwt
from anyio import to_thread
from fastapi import APIRouter, Body, Depends, FastAPI, Form, HTTPException, Query, Request, status
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.sse import EventSourceResponse
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import BaseModel, Field, StringConstraints

KEY = os.environ.get("DESK_KEY") or token_hex(32)
DATABASE_URL = os.environ.get("DATABASE_URL", "sqlite+aiosqlite:///huts.db")
HASHER = PasswordHash((Argon2Hasher(memory_cost=1024, time_cost=1, parallelism=1),))

HUTS = [
    {"id": 1, "name": "Lake Hut", "beds": 12, "altitude_m": 1450, "door_code": "L-2718"},
    {"id": 2, "name": "Ridge Hut", "beds": 6, "altitude_m": 2310, "door_code": "R-3141"},
    {"id": 3, "name": "Summit Box", "beds": 2, "altitude_m": 2890, "door_code": "S-1618"},
]

WARDEN = {"name": "ada", "password_hash": HASHER.hash("lake-loop-7")}
"""The only warden, from the start. Whoever signs up is a guest."""


class PriceModel:
    """What a bed costs for one night, as somebody's model has it. Leave it as it is.

    `predict` takes rows, each with a value for every name in `features`, in that order, and gives a price for
    each row. `weekend` is 1 in the nights of Friday and Saturday, `summer` is 1 from June to September; both
    are 0 otherwise.
    """

    counts: ClassVar[dict[str, int]] = {"loads": 0, "predictions": 0}
    features: ClassVar[list[str]] = ["summer", "altitude_m", "weekend"]

    def __init__(self) -> None:
        time.sleep(0.1)
        self.counts["loads"] += 1

    def predict(self, rows: list[list[float]]) -> list[float]:
        time.sleep(0.02)
        self.counts["predictions"] += 1
        weights = (9.4137, 0.010309, 6.2071)
        return [14.0213 + sum(w * value for w, value in zip(weights, row, strict=True)) for row in rows]


FILE = DATABASE_URL.split(":///", 1)[1]
SCHEMA = """
create table if not exists guest (name text primary key, role text not null, hash text not null);
create table if not exists booking (
    id integer primary key autoincrement,
    guest text not null references guest (name),
    hut_id integer not null,
    first_night integer not null,
    nights integer not null,
    beds integer not null,
    price real not null
);
"""
FREE = """
with recursive night(day) as (
    select :first union all select day + 1 from night where day + 1 < :first + :nights
)
select day, :all - coalesce((
    select sum(beds) from booking where hut_id = :hut_id and first_night <= day and day < first_night + nights
), 0) as free from night order by day
"""


def connect() -> sqlite3.Connection:
    db = sqlite3.connect(FILE, timeout=60, isolation_level=None, check_same_thread=False)
    db.row_factory = sqlite3.Row
    return db


def open_db() -> Iterator[sqlite3.Connection]:
    with closing(connect()) as db:
        yield db


Db = Annotated[sqlite3.Connection, Depends(open_db)]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    with closing(connect()) as db:
        db.execute("pragma journal_mode = wal")
        db.executescript(SCHEMA)
        db.execute(
            "insert or ignore into guest values (?, 'warden', ?)", (WARDEN["name"], WARDEN["password_hash"])
        )
    yield {"model": PriceModel()}


app = FastAPI(
    title="The hut desk", lifespan=lifespan, responses={422: {"description": "Not as it is asked for"}}
)


@app.get("/loads")
async def count_loads() -> dict[str, int]:
    return PriceModel.counts


@app.exception_handler(RequestValidationError)
def refuse(request: Request, error: RequestValidationError) -> JSONResponse:
    return JSONResponse({"detail": "not as it is asked for"}, status.HTTP_422_UNPROCESSABLE_CONTENT)


NO = {"description": "Refused"}
Day = Annotated[date, Field(ge=date(2030, 1, 1), le=date(2030, 12, 31))]


def the_hut(hut_id: str) -> dict[str, Any]:
    hut = next((hut for hut in HUTS if str(hut["id"]) == hut_id), None)
    if not hut:
        raise HTTPException(404, "there is no such hut")
    return hut


TheHut = Annotated[dict[str, Any], Depends(the_hut)]


def free_beds(db: sqlite3.Connection, hut: dict[str, Any], first: date, nights: int) -> list[dict[str, Any]]:
    about = {"first": first.toordinal(), "nights": nights, "all": hut["beds"], "hut_id": hut["id"]}
    return [{"night": date.fromordinal(day), "free": free} for day, free in db.execute(FREE, about)]


huts = APIRouter(prefix="/huts", tags=["huts"])


@huts.get("")
def list_huts() -> list[dict[str, Any]]:
    return [{key: hut[key] for key in hut if key != "door_code"} for hut in HUTS]


@huts.get("/{hut_id}", responses={404: NO})
def get_hut(hut: TheHut) -> dict[str, Any]:
    return {key: value for key, value in hut.items() if key != "door_code"}


@huts.get("/{hut_id}/nights", responses={404: NO})
def list_nights(
    hut: TheHut, first_night: Day, nights: Annotated[int, Query(gt=0, lt=15)], db: Db
) -> list[dict[str, Any]]:
    return free_beds(db, hut, first_night, nights)


desk = APIRouter(tags=["desk"])


@desk.post("/guests", status_code=201, responses={409: NO})
def sign_up(
    name: Annotated[str, StringConstraints(pattern="^[a-z0-9]+$", max_length=30), Body()],
    password: Annotated[str, Body(min_length=8, max_length=100)],
    db: Db,
) -> dict[str, str]:
    hashed = HASHER.hash(password)
    made = db.execute("insert into guest values (?, 'guest', ?) on conflict do nothing", (name, hashed))
    if made.rowcount == 0:
        raise HTTPException(409, "somebody has that name")
    return {"name": name, "role": "guest"}


@desk.post("/token", responses={401: NO})
def log_in(username: Annotated[str, Form()], password: Annotated[str, Form()], db: Db) -> dict[str, str]:
    row = db.execute("select hash from guest where name = ?", (username,)).fetchone()
    right = HASHER.verify(password, row["hash"] if row else WARDEN["password_hash"])
    if not (row and right):
        raise HTTPException(401, "no", {"WWW-Authenticate": "Bearer"})
    exp = datetime.now(UTC) + timedelta(minutes=59)
    token = jwt.encode({"sub": username, "exp": exp, "iss": "c", "aud": ["c"]}, KEY, "HS256")
    return {"access_token": token, "token_type": "bearer"}


def who(request: Request, db: Db) -> sqlite3.Row:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    row = None
    if kind.lower() == "bearer":
        try:
            must = {"require": ["sub", "exp", "iss", "aud"]}
            sub = jwt.decode(token, KEY, ["HS256"], must, issuer="c", audience="c")["sub"]
            row = db.execute("select name, role from guest where name = ?", (sub,)).fetchone()
        except jwt.InvalidTokenError:
            pass
    if row is None:
        raise HTTPException(401, "log in first", {"WWW-Authenticate": "Bearer"})
    return row


Who = Annotated[sqlite3.Row, Depends(who)]


@desk.get("/guests/me", responses={401: NO})
def say_who(me: Who) -> dict[str, str]:
    return dict(me)


class Stay(BaseModel):
    hut_id: int
    first_night: Day
    nights: int = Field(ge=1, le=14)
    beds: int = Field(ge=1, le=8)


def price(model: PriceModel, stay: Stay, hut: dict[str, Any]) -> float:
    rows = []
    for n in range(stay.nights):
        night = stay.first_night + timedelta(n)
        summer = 1 if night.strftime("%m") in {"06", "07", "08", "09"} else 0
        weekend = 1 if night.strftime("%w") in {"5", "6"} else 0
        rows.append([summer, hut["altitude_m"], weekend])
    return round(sum(model.predict(rows)) * stay.beds, 2)


def as_booking(row: sqlite3.Row) -> dict[str, Any]:
    booking = dict(row)
    booking["first_night"] = date.fromordinal(row["first_night"])
    booking["door_code"] = the_hut(str(row["hut_id"]))["door_code"]
    return booking


@desk.post("/bookings", status_code=201, responses={401: NO, 404: NO, 409: NO})
def book(stay: Stay, me: Who, request: Request, db: Db) -> dict[str, Any]:
    hut = the_hut(str(stay.hut_id))
    cost = price(request.state.model, stay, hut)
    db.execute("begin immediate")
    if min(night["free"] for night in free_beds(db, hut, stay.first_night, stay.nights)) < stay.beds:
        db.execute("rollback")
        raise HTTPException(409, "full")
    (row,) = db.execute(
        "insert into booking (guest, hut_id, first_night, nights, beds, price)"
        " values (?, ?, ?, ?, ?, ?) returning *",
        (me["name"], stay.hut_id, stay.first_night.toordinal(), stay.nights, stay.beds, cost),
    ).fetchall()
    db.execute("commit")
    return as_booking(row)


MINE = "(guest = :name or :role = 'warden')"


@desk.get("/bookings", responses={401: NO})
def list_bookings(me: Who, db: Db) -> list[dict[str, Any]]:
    return [
        as_booking(row) for row in db.execute(f"select * from booking where {MINE} order by id", dict(me))
    ]


@desk.get("/bookings/{booking_id}", responses={401: NO, 404: NO})
def get_booking(booking_id: str, me: Who, db: Db) -> dict[str, Any]:
    found = f"select * from booking where cast(id as text) = :id and {MINE}"
    row = db.execute(found, {**dict(me), "id": booking_id}).fetchone()
    if row is None:
        raise HTTPException(404, "you have no such booking")
    return as_booking(row)


@desk.delete("/bookings/{booking_id}", status_code=204, responses={401: NO, 404: NO})
def cancel(booking_id: str, me: Who, db: Db) -> None:
    gone = f"delete from booking where cast(id as text) = :id and {MINE}"
    if db.execute(gone, {**dict(me), "id": booking_id}).rowcount == 0:
        raise HTTPException(404, "you have no such booking")


@huts.get("/{hut_id}/sleepers", responses={401: NO, 403: NO, 404: NO})
def list_sleepers(me: Who, hut: TheHut, night: Day, db: Db) -> list[dict[str, Any]]:
    if me["role"] != "warden":
        raise HTTPException(403, "ask Ada")
    rows = db.execute(
        "select guest, beds from booking where hut_id = ?"
        " and ? between first_night and first_night + nights - 1 order by id",
        (hut["id"], night.toordinal()),
    )
    return [dict(row) for row in rows]


@desk.post("/quotes", responses={404: NO})
def quote(stay: Stay, request: Request) -> dict[str, float]:
    return {"price": price(request.state.model, stay, the_hut(str(stay.hut_id)))}


def look(hut: dict[str, Any], night: date) -> dict[str, Any]:
    with closing(connect()) as db:
        return free_beds(db, hut, night, 1)[0]


@huts.get("/{hut_id}/live", responses={404: NO}, response_class=EventSourceResponse)
async def live(hut: TheHut, night: Day) -> AsyncIterator[dict[str, Any]]:
    told = None
    while True:
        now = await to_thread.run_sync(look, hut, night)
        if now != told:
            yield now
            told = now
        await anyio.sleep(0.1)


app.include_router(huts)
app.include_router(desk)
