"""SQLAlchemy: a row for each night of each hut says how many beds are free. Live is a WebSocket."""

import asyncio
import os
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from secrets import token_hex
from typing import Annotated, Any, ClassVar, Literal

import jwt
from fastapi import (
    Depends,
    FastAPI,
    Form,
    HTTPException,
    Query,
    Request,
    Response,
    WebSocket,
    WebSocketException,
)
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from starlette.concurrency import run_in_threadpool

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


YEAR = range(date(2030, 1, 1).toordinal(), date(2031, 1, 14).toordinal())
MODEL = PriceModel()

metadata = MetaData()
guests = Table(
    "guests",
    metadata,
    Column("name", String(30), primary_key=True),
    Column("role", String(10), nullable=False),
    Column("password_hash", String(200), nullable=False),
)
free_beds = Table(
    "free_beds",
    metadata,
    Column("hut_id", Integer, primary_key=True),
    Column("night", Date, primary_key=True),
    Column("free", Integer, CheckConstraint("free >= 0"), nullable=False),
)
bookings = Table(
    "bookings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("guest", ForeignKey("guests.name"), nullable=False),
    Column("hut_id", Integer, nullable=False),
    Column("first_night", Date, nullable=False),
    Column("last_night", Date, nullable=False),
    Column("nights", Integer, nullable=False),
    Column("beds", Integer, nullable=False),
    Column("price", Float, nullable=False),
    sqlite_autoincrement=True,
)
engine = create_async_engine(DATABASE_URL, connect_args={"timeout": 60}, pool_size=5, pool_timeout=60)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as db:
        await db.run_sync(metadata.create_all)
        if (await db.execute(select(guests.c.name).limit(1))).first() is None:
            await db.execute(insert(guests).values(**WARDEN, role="warden"))
            rows = [
                {"hut_id": hut["id"], "night": date.fromordinal(day), "free": hut["beds"]}
                for hut in HUTS
                for day in YEAR
            ]
            await db.execute(insert(free_beds), rows)
    yield
    await engine.dispose()


app = FastAPI(
    title="The hut desk", lifespan=lifespan, responses={422: {"description": "Not as it is asked for"}}
)


@app.get("/loads")
async def count_loads() -> dict[str, int]:
    return PriceModel.counts


@app.exception_handler(RequestValidationError)
async def refuse(request: Request, error: RequestValidationError) -> JSONResponse:
    places = [".".join(str(part) for part in e["loc"][:2]) for e in error.errors()]
    return JSONResponse({"detail": "please look again at your request", "wrong": len(places)}, 422)


async def get_db() -> AsyncIterator[AsyncConnection]:
    async with engine.connect() as db:
        yield db


Db = Annotated[AsyncConnection, Depends(get_db, scope="function")]
Night = Annotated[date, Query(ge=date(2030, 1, 1), lt=date(2031, 1, 1))]


def refusals(*codes: int) -> dict[int | str, dict[str, Any]]:
    words = {401: "No right token", 403: "Not for you", 404: "Not there", 409: "Taken"}
    return {code: {"description": words[code]} for code in codes}


class HutOut(BaseModel):
    id: int
    name: str
    beds: int
    altitude_m: int


class NightOut(BaseModel):
    night: date
    free: int


def hut_of(hut_id: int) -> dict[str, Any]:
    for hut in HUTS:
        if hut["id"] == hut_id:
            return hut
    raise HTTPException(404, f"hut {hut_id} does not exist")


Hut = Annotated[dict[str, Any], Depends(hut_of)]


@app.get("/huts")
async def list_huts() -> list[HutOut]:
    return [HutOut(**hut) for hut in HUTS]


@app.get("/huts/{hut_id}", responses=refusals(404))
async def get_hut(hut: Hut) -> HutOut:
    return HutOut(**hut)


def of_nights(hut_id: int, first: date, nights: int) -> Any:
    last = first + timedelta(days=nights - 1)
    return (free_beds.c.hut_id == hut_id) & free_beds.c.night.between(first, last)


@app.get("/huts/{hut_id}/nights", responses=refusals(404))
async def list_nights(
    hut: Hut, first_night: Night, nights: Annotated[int, Query(ge=1, le=14)], db: Db
) -> list[NightOut]:
    found = await db.execute(
        select(free_beds.c.night, free_beds.c.free)
        .where(of_nights(hut["id"], first_night, nights))
        .order_by(free_beds.c.night)
    )
    return [NightOut(night=row.night, free=row.free) for row in found]


class Login(BaseModel):
    username: str
    password: str


class SignUp(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(min_length=1, max_length=30, pattern=r"\A[a-z0-9]+\z")]
    password: Annotated[SecretStr, Field(min_length=8, max_length=100)]


class Guest(BaseModel):
    name: str
    role: Literal["guest", "warden"]


class Token(BaseModel):
    access_token: str
    token_type: Literal["bearer"] = "bearer"


def unauthorized(words: str) -> HTTPException:
    return HTTPException(401, words, headers={"WWW-Authenticate": "Bearer"})


@app.post("/guests", status_code=201, responses=refusals(409))
async def sign_up(new: SignUp, db: Db) -> Guest:
    hashed = await run_in_threadpool(HASHER.hash, new.password.get_secret_value())
    try:
        await db.execute(insert(guests).values(name=new.name, role="guest", password_hash=hashed))
        await db.commit()
    except IntegrityError:
        await db.rollback()
        raise HTTPException(409, f"{new.name} is taken") from None
    return Guest(name=new.name, role="guest")


@app.post("/token", responses=refusals(401))
async def log_in(form: Annotated[Login, Form()], db: Db) -> Token:
    found = await db.execute(select(guests.c.password_hash).where(guests.c.name == form.username))
    known = found.scalar()
    await db.rollback()
    right = await run_in_threadpool(HASHER.verify, form.password, known or WARDEN["password_hash"])
    if known is None or not right:
        raise unauthorized("name or password is wrong")
    now = int(time.time())
    claims = {"sub": form.username, "iat": now, "exp": now + 3600, "iss": "desk", "aud": "desk"}
    return Token(access_token=jwt.encode(claims, KEY, algorithm="HS256"))


scheme = HTTPBearer(auto_error=False)


async def whoever(given: Annotated[HTTPAuthorizationCredentials | None, Depends(scheme)], db: Db) -> Guest:
    if given is None:
        raise unauthorized("a token, please")
    try:
        claims = jwt.decode(
            given.credentials,
            KEY,
            algorithms=["HS256"],
            audience="desk",
            issuer="desk",
            options={"require": ["exp", "sub", "aud", "iss"]},
        )
    except jwt.PyJWTError:
        raise unauthorized("that token is not right") from None
    found = (
        await db.execute(select(guests.c.name, guests.c.role).where(guests.c.name == claims["sub"]))
    ).first()
    await db.rollback()
    if found is None:
        raise unauthorized("that token is not right")
    return Guest(name=found.name, role=found.role)


Me = Annotated[Guest, Depends(whoever)]


@app.get("/guests/me", responses=refusals(401))
async def me(me: Me) -> Guest:
    return me


class StayIn(BaseModel):
    hut_id: int
    first_night: date = Field(ge=date(2030, 1, 1), le=date(2030, 12, 31))
    nights: int = Field(ge=1, le=14)
    beds: int = Field(ge=1, le=8)


class BookingOut(StayIn):
    id: int
    guest: str
    price: float
    door_code: str


class SleeperOut(BaseModel):
    guest: str
    beds: int


ears: dict[tuple[int, date], set[asyncio.Event]] = defaultdict(set)


def tell(hut_id: int, first: date, nights: int) -> None:
    for n in range(nights):
        for ear in ears.get((hut_id, first + timedelta(days=n)), ()):
            ear.set()


def price_stay(stay: StayIn) -> float:
    hut = hut_of(stay.hut_id)
    rows = []
    for n in range(stay.nights):
        night = stay.first_night + timedelta(days=n)
        rows.append([int(night.month in (6, 7, 8, 9)), hut["altitude_m"], int(night.isoweekday() in (5, 6))])
    return round(stay.beds * sum(MODEL.predict(rows)), 2)


def shown(row: Any) -> BookingOut:
    return BookingOut(
        id=row.id,
        guest=row.guest,
        hut_id=row.hut_id,
        first_night=row.first_night,
        nights=row.nights,
        beds=row.beds,
        price=row.price,
        door_code=hut_of(row.hut_id)["door_code"],
    )


@app.post("/bookings", status_code=201, responses=refusals(401, 404, 409))
async def book(stay: StayIn, me: Me, db: Db) -> BookingOut:
    hut = hut_of(stay.hut_id)
    price = await run_in_threadpool(price_stay, stay)
    taken = await db.execute(
        update(free_beds)
        .where(of_nights(stay.hut_id, stay.first_night, stay.nights), free_beds.c.free >= stay.beds)
        .values(free=free_beds.c.free - stay.beds)
    )
    if taken.rowcount != stay.nights:
        await db.rollback()
        raise HTTPException(409, "these beds are taken")
    last = stay.first_night + timedelta(days=stay.nights - 1)
    made = await db.execute(
        insert(bookings).values(**stay.model_dump(), last_night=last, guest=me.name, price=price)
    )
    booking_id = made.inserted_primary_key[0]
    await db.commit()
    tell(stay.hut_id, stay.first_night, stay.nights)
    return BookingOut(
        **stay.model_dump(), id=booking_id, guest=me.name, price=price, door_code=hut["door_code"]
    )


def mine(me: Guest) -> Any:
    return (
        select(bookings).where((bookings.c.guest == me.name) | (me.role == "warden")).order_by(bookings.c.id)
    )


@app.get("/bookings", responses=refusals(401))
async def list_bookings(me: Me, db: Db) -> list[BookingOut]:
    return [shown(row) for row in await db.execute(mine(me))]


def clip(booking_id: int) -> int:
    return booking_id if 0 < booking_id < 2**63 else 0


BookingId = Annotated[int, Depends(clip)]


@app.get("/bookings/{booking_id}", responses=refusals(401, 404))
async def get_booking(me: Me, booking_id: BookingId, db: Db) -> BookingOut:
    row = (await db.execute(mine(me).where(bookings.c.id == booking_id))).first()
    if row is None:
        raise HTTPException(404, "no such booking")
    return shown(row)


@app.delete("/bookings/{booking_id}", status_code=204, responses=refusals(401, 404))
async def cancel(me: Me, booking_id: BookingId, db: Db) -> Response:
    gone = delete(bookings).where(bookings.c.id == booking_id)
    if me.role != "warden":
        gone = gone.where(bookings.c.guest == me.name)
    row = (await db.execute(gone.returning(*bookings.c))).first()
    if row is None:
        await db.rollback()
        raise HTTPException(404, "no such booking")
    await db.execute(
        update(free_beds)
        .where(of_nights(row.hut_id, row.first_night, row.nights))
        .values(free=free_beds.c.free + row.beds)
    )
    await db.commit()
    tell(row.hut_id, row.first_night, row.nights)
    return Response(status_code=204)


@app.get("/huts/{hut_id}/sleepers", responses=refusals(401, 403, 404))
async def list_sleepers(me: Me, hut: Hut, night: Night, db: Db) -> list[SleeperOut]:
    if me.role != "warden":
        raise HTTPException(403, "the warden alone sees who sleeps where")
    found = await db.execute(
        select(bookings.c.guest, bookings.c.beds)
        .where(
            bookings.c.hut_id == hut["id"], bookings.c.first_night <= night, bookings.c.last_night >= night
        )
        .order_by(bookings.c.id)
    )
    return [SleeperOut(guest=row.guest, beds=row.beds) for row in found]


class QuoteOut(BaseModel):
    price: float


@app.post("/quotes", responses=refusals(404))
def quote(stay: StayIn) -> QuoteOut:
    return QuoteOut(price=price_stay(stay))


async def free_now(hut_id: int, night: date) -> int:
    async with engine.connect() as db:
        return (await db.execute(select(free_beds.c.free).where(of_nights(hut_id, night, 1)))).scalar_one()


@app.websocket("/huts/{hut_id}/live")
async def live(socket: WebSocket, hut_id: int, night: Night) -> None:
    if hut_id not in {hut["id"] for hut in HUTS}:
        raise WebSocketException(1008, "no such hut")
    ear = asyncio.Event()
    ears[hut_id, night].add(ear)
    await socket.accept()

    async def speak() -> None:
        while True:
            ear.clear()
            await socket.send_json({"night": str(night), "free": await free_now(hut_id, night)})
            await ear.wait()

    speaking = asyncio.create_task(speak())
    try:
        async for _ in socket.iter_text():
            pass
    finally:
        speaking.cancel()
        ears[hut_id, night].discard(ear)
