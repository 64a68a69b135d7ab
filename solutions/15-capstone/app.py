"""The hut desk: a router for each part, and SQLAlchemy for what has to last.

The database decides who gets the last bed. Each hut has a row for each night that somebody has booked, with
the beds that are taken; `UPDATE ... WHERE taken + :beds <= :all` takes some or none of them, in one
statement. It is the first statement of its transaction, so that SQLite locks before anything is read, and
all nights of a booking are taken in that one transaction, in their order, or none.

The price is computed before the transaction begins, in a worker thread: nobody waits for a model while he
holds a lock. A token is believed when all that it claims was verified, in one dependency; whose a booking is,
is part of the query, so that somebody else's is not found.

A listener of the live events is a queue of one place: the latest count takes the place of an older one.
Counts are read again after the commit, so that a listener hears what is stored, and not what was meant.
"""

import asyncio
import os
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from secrets import token_hex
from typing import Annotated, Any, ClassVar, Literal

import jwt
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm
from fastapi.sse import EventSourceResponse
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ForeignKey, String, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from starlette.concurrency import run_in_threadpool

KEY = os.environ.get("DESK_KEY") or token_hex(32)
"""Signs the tokens. Without one in the environment a new one is made at each start."""

DATABASE_URL = os.environ.get("DATABASE_URL", "sqlite+aiosqlite:///huts.db")
"""Where the bookings are kept, if you keep them in a database. A check names an empty one."""

HASHER = PasswordHash((Argon2Hasher(memory_cost=1024, time_cost=1, parallelism=1),))
"""Cheap, so that trying and checking are quick. In earnest: `PasswordHash.recommended()`."""

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


ISSUER, AUDIENCE = "hut-desk", "hut-guests"
LIFE = timedelta(minutes=30)
NOBODY = HASHER.hash(token_hex(8))
"""Verified for names that nobody has, so that they take as long as others."""

# Tables


class Base(DeclarativeBase): ...


class AccountRow(Base):
    __tablename__ = "account"

    name: Mapped[str] = mapped_column(String(30), primary_key=True)
    password_hash: Mapped[str]
    role: Mapped[str] = mapped_column(String(10))


class NightRow(Base):
    """How many beds of a hut are taken in a night."""

    __tablename__ = "night"

    hut_id: Mapped[int] = mapped_column(primary_key=True)
    night: Mapped[date] = mapped_column(primary_key=True)
    taken: Mapped[int]


class BookingRow(Base):
    __tablename__ = "booking"
    __table_args__ = ({"sqlite_autoincrement": True},)  # a number is given once

    id: Mapped[int] = mapped_column(primary_key=True)
    guest: Mapped[str] = mapped_column(ForeignKey("account.name"), index=True)
    hut_id: Mapped[int]
    first_night: Mapped[date]
    nights: Mapped[int]
    beds: Mapped[int]
    price: Mapped[float]


# A writer waits for others, and 30 seconds are more than two hundred of them need.
ENGINE = create_async_engine(
    DATABASE_URL, connect_args={"timeout": 30} if DATABASE_URL.startswith("sqlite") else {}
)
new_session = async_sessionmaker(ENGINE, expire_on_commit=False)


async def get_session() -> AsyncIterator[AsyncSession]:
    async with new_session() as session:
        yield session


SessionDep = Annotated[AsyncSession, Depends(get_session)]

# What comes in and goes out

Role = Literal["guest", "warden"]
Day = Annotated[date, Field(ge=date(2030, 1, 1), le=date(2030, 12, 31))]
Nights = Annotated[int, Field(ge=1, le=14)]


class Hut(BaseModel):
    id: int
    name: str
    beds: int
    altitude_m: int


class Free(BaseModel):
    night: date
    free: int


class SignUp(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=30, pattern="^[a-z0-9]+$")]
    password: Annotated[str, Field(min_length=8, max_length=100)]


class Me(BaseModel):
    name: str
    role: Role


class Token(BaseModel):
    access_token: str
    token_type: str = "bearer"


class Stay(BaseModel):
    """Beds in a hut, for some nights."""

    hut_id: int
    first_night: Day
    nights: Nights
    beds: Annotated[int, Field(ge=1, le=8)]

    def all_nights(self) -> list[date]:
        return nights_from(self.first_night, self.nights)


class Quote(BaseModel):
    price: float


class Booking(Stay):
    id: int
    guest: str
    price: float
    door_code: str


class Sleeper(BaseModel):
    guest: str
    beds: int


class Problem(BaseModel):
    detail: str


def nights_from(first: date, count: int) -> list[date]:
    return [first + timedelta(days=n) for n in range(count)]


def problems(*codes: int) -> dict[int | str, dict[str, Any]]:
    """What the schema says of refusals."""
    return {code: {"model": Problem} for code in codes}


def find_hut(hut_id: int) -> dict[str, Any]:
    for hut in HUTS:
        if hut["id"] == hut_id:
            return hut
    raise HTTPException(404, "No hut has this id.")


def hut_of_path(hut_id: Annotated[int, Path()]) -> dict[str, Any]:
    return find_hut(hut_id)


HutDep = Annotated[dict[str, Any], Depends(hut_of_path)]


async def count_free(session: AsyncSession, hut: dict[str, Any], nights: list[date]) -> list[Free]:
    """How many beds are free in each of these nights."""
    rows = await session.scalars(
        select(NightRow).where(NightRow.hut_id == hut["id"], NightRow.night.in_(nights))
    )
    taken = {row.night: row.taken for row in rows}
    return [Free(night=night, free=hut["beds"] - taken.get(night, 0)) for night in nights]


# Guests

guests = APIRouter(tags=["guests"])
scheme = OAuth2PasswordBearer(tokenUrl="token")


async def current_account(token: Annotated[str, Depends(scheme)], session: SessionDep) -> Me:
    stranger = HTTPException(401, "Log in first.", {"WWW-Authenticate": "Bearer"})
    required: Any = {"require": ["exp", "iss", "aud", "sub"]}
    try:
        claims = jwt.decode(
            token, KEY, algorithms=["HS256"], issuer=ISSUER, audience=AUDIENCE, options=required
        )
    except jwt.PyJWTError:
        raise stranger from None
    account = await session.get(AccountRow, claims["sub"])
    if account is None:
        raise stranger
    return Me.model_validate(account, from_attributes=True)


AccountDep = Annotated[Me, Depends(current_account)]


def current_warden(me: AccountDep) -> Me:
    if me.role != "warden":
        raise HTTPException(403, "Only a warden sees this.")
    return me


@guests.post("/guests", status_code=201, responses=problems(409))
async def sign_up(new: SignUp, session: SessionDep) -> Me:
    password_hash = await run_in_threadpool(HASHER.hash, new.password)
    session.add(AccountRow(name=new.name, password_hash=password_hash, role="guest"))
    try:
        await session.commit()
    except IntegrityError:
        raise HTTPException(409, "This name is taken.") from None
    return Me(name=new.name, role="guest")


@guests.post("/token", responses=problems(401))
async def log_in(form: Annotated[OAuth2PasswordRequestForm, Depends()], session: SessionDep) -> Token:
    account = await session.get(AccountRow, form.username)
    kept = account.password_hash if account else NOBODY
    right = await run_in_threadpool(HASHER.verify, form.password, kept)
    if account is None or not right:
        raise HTTPException(401, "Wrong name or password.", {"WWW-Authenticate": "Bearer"})
    claims = {"sub": account.name, "iss": ISSUER, "aud": AUDIENCE, "exp": datetime.now(UTC) + LIFE}
    return Token(access_token=jwt.encode(claims, KEY))


@guests.get("/guests/me", responses=problems(401))
async def show_me(me: AccountDep) -> Me:
    return me


# Huts

huts = APIRouter(prefix="/huts", tags=["huts"])


@huts.get("")
async def list_huts() -> list[Hut]:
    return [Hut.model_validate(hut) for hut in HUTS]


@huts.get("/{hut_id}", responses=problems(404))
async def show_hut(hut: HutDep) -> Hut:
    return Hut.model_validate(hut)


@huts.get("/{hut_id}/nights", responses=problems(404))
async def show_nights(
    hut: HutDep, first_night: Annotated[Day, Query()], nights: Annotated[Nights, Query()], session: SessionDep
) -> list[Free]:
    return await count_free(session, hut, nights_from(first_night, nights))


@huts.get("/{hut_id}/sleepers", responses=problems(401, 403, 404))
async def list_sleepers(
    warden: Annotated[Me, Depends(current_warden)],
    hut: HutDep,
    night: Annotated[Day, Query()],
    session: SessionDep,
) -> list[Sleeper]:
    rows = await session.scalars(
        select(BookingRow)
        .where(BookingRow.hut_id == hut["id"], BookingRow.first_night <= night)
        .order_by(BookingRow.id)
    )
    return [
        Sleeper(guest=row.guest, beds=row.beds)
        for row in rows
        if night < row.first_night + timedelta(days=row.nights)
    ]


# Live

Listener = asyncio.Queue[int]
listeners: defaultdict[tuple[int, date], set[Listener]] = defaultdict(set)
telling = asyncio.Lock()
"""One after the other counts and tells, or an older count could be told last."""


def put_latest(listener: Listener, free: int) -> None:
    """What has not been sent yet is out of date."""
    while not listener.empty():
        listener.get_nowait()
    listener.put_nowait(free)


async def tell(hut: dict[str, Any], nights: list[date]) -> None:
    """Tell whoever listens to one of these nights how many beds are free now."""
    heard = [night for night in nights if listeners.get((hut["id"], night))]
    if not heard:
        return
    async with telling, new_session() as session:
        for count in await count_free(session, hut, heard):
            for listener in listeners[hut["id"], count.night]:
                put_latest(listener, count.free)


@huts.get("/{hut_id}/live", responses=problems(404), response_class=EventSourceResponse)
async def follow(hut: HutDep, night: Annotated[Day, Query()]) -> AsyncIterator[Free]:
    listener: Listener = asyncio.Queue()
    key = (hut["id"], night)
    listeners[key].add(listener)  # before the first count: what changes meanwhile is heard
    try:
        async with new_session() as session:
            [count] = await count_free(session, hut, [night])
        if listener.empty():
            listener.put_nowait(count.free)
        while True:
            yield Free(night=night, free=await listener.get())
    finally:
        listeners[key].discard(listener)


# Prices


async def price_of(stay: Stay, hut: dict[str, Any], model: PriceModel) -> float:
    rows = []
    for night in stay.all_nights():
        known = {
            "altitude_m": hut["altitude_m"],
            "weekend": night.weekday() in (4, 5),
            "summer": 6 <= night.month <= 9,
        }
        rows.append([float(known[name]) for name in model.features])
    return round(stay.beds * sum(await run_in_threadpool(model.predict, rows)), 2)


prices = APIRouter(tags=["prices"])


@prices.post("/quotes", responses=problems(404))
async def quote(stay: Stay, request: Request) -> Quote:
    return Quote(price=await price_of(stay, find_hut(stay.hut_id), request.state.model))


# Bookings

bookings = APIRouter(prefix="/bookings", tags=["bookings"], responses=problems(401))


def shown(row: BookingRow) -> Booking:
    return Booking.model_validate({**vars(row), "door_code": find_hut(row.hut_id)["door_code"]})


async def make_rows(session: AsyncSession, stay: Stay) -> None:
    """See that there is a row for each night of a stay; two may make the same ones at once."""
    for night in stay.all_nights():
        if await session.get(NightRow, (stay.hut_id, night)) is None:
            try:
                await session.execute(insert(NightRow).values(hut_id=stay.hut_id, night=night, taken=0))
                await session.commit()
            except IntegrityError:
                await session.rollback()
    await session.rollback()  # what was read is over: the next statement begins a new transaction


async def take_beds(session: AsyncSession, stay: Stay, all_beds: int) -> None:
    """Take beds in all nights of a stay, or raise a 409; committing is left to the caller."""
    for night in stay.all_nights():
        taken = await session.execute(
            update(NightRow)
            .where(
                NightRow.hut_id == stay.hut_id,
                NightRow.night == night,
                NightRow.taken + stay.beds <= all_beds,
            )
            .values(taken=NightRow.taken + stay.beds)
            .execution_options(synchronize_session=False)
            .returning(NightRow.taken)
        )
        if taken.first() is None:
            raise HTTPException(409, f"There are not so many free beds on {night}.")


@bookings.post("", status_code=201, responses=problems(404, 409))
async def book(stay: Stay, me: AccountDep, session: SessionDep, request: Request) -> Booking:
    hut = find_hut(stay.hut_id)
    await session.rollback()  # the account was read: the connection goes back while the model computes
    price = await price_of(stay, hut, request.state.model)
    await make_rows(session, stay)
    await take_beds(session, stay, hut["beds"])
    row = BookingRow(guest=me.name, price=price, **stay.model_dump())
    session.add(row)
    await session.commit()
    await tell(hut, stay.all_nights())
    return shown(row)


def seen_by(me: Me) -> Any:
    """The bookings that somebody may see."""
    found = select(BookingRow)
    return found if me.role == "warden" else found.where(BookingRow.guest == me.name)


@bookings.get("")
async def list_bookings(me: AccountDep, session: SessionDep) -> list[Booking]:
    return [shown(row) for row in await session.scalars(seen_by(me).order_by(BookingRow.id))]


BookingId = Annotated[int, Path(ge=1, le=2**62)]


async def find_booking(booking_id: BookingId, me: AccountDep, session: SessionDep) -> BookingRow:
    row: BookingRow | None = await session.scalar(seen_by(me).where(BookingRow.id == booking_id))
    if row is None:
        raise HTTPException(404, "You have no booking with this id.")
    return row


BookingDep = Annotated[BookingRow, Depends(find_booking)]


@bookings.get("/{booking_id}", responses=problems(404))
async def show_booking(row: BookingDep) -> Booking:
    return shown(row)


@bookings.delete("/{booking_id}", status_code=204, responses=problems(404))
async def cancel(row: BookingDep, session: SessionDep) -> None:
    stay, id = Stay.model_validate(row, from_attributes=True), row.id
    await session.rollback()
    gone = await session.execute(delete(BookingRow).where(BookingRow.id == id).returning(BookingRow.id))
    if gone.first() is None:  # somebody else was quicker
        raise HTTPException(404, "You have no booking with this id.")
    await session.execute(
        update(NightRow)
        .where(NightRow.hut_id == stay.hut_id, NightRow.night.in_(stay.all_nights()))
        .values(taken=NightRow.taken - stay.beds)
        .execution_options(synchronize_session=False)
    )
    await session.commit()
    await tell(find_hut(stay.hut_id), stay.all_nights())


# The app


async def answer_invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    """FastAPI's own answer without `input`, in which a password may stand."""
    entries = [{name: entry[name] for name in ("type", "loc", "msg")} for entry in error.errors()]
    return JSONResponse({"detail": entries}, 422)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, PriceModel]]:
    async with ENGINE.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
        if not await connection.scalar(select(func.count()).select_from(AccountRow)):
            await connection.execute(insert(AccountRow).values(role="warden", **WARDEN))
    yield {"model": await run_in_threadpool(PriceModel)}
    await ENGINE.dispose()


app = FastAPI(
    title="The hut desk", lifespan=lifespan, exception_handlers={RequestValidationError: answer_invalid}
)
for router in (huts, guests, prices, bookings):
    app.include_router(router)


@app.get("/loads")
async def count_loads() -> dict[str, int]:
    return PriceModel.counts
