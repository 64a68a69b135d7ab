import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from secrets import token_hex
from typing import Annotated, Any, ClassVar

import jwt
from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request, WebSocket, WebSocketDisconnect
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import OAuth2PasswordRequestForm
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import AfterValidator, ConfigDict, StringConstraints
from sqlalchemy import create_engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import NullPool
from sqlmodel import Field, Session, SQLModel, col, func, select

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


# A request keeps its connection while it waits for a thread, and a thread waits for a connection: with a pool
# that has an end, a crowd would wait for itself.
ENGINE = create_engine(
    DATABASE_URL.replace("+aiosqlite", ""),
    connect_args={"timeout": 30, "check_same_thread": False},
    poolclass=NullPool,
)
NOBODY = HASHER.hash("nobody")
REFUSALS: Any = {code: {"description": "Refused"} for code in (401, 404)}


def of_this_year(day: date) -> date:
    if not date(2030, 1, 1) <= day <= date(2030, 12, 31):
        raise ValueError("The huts are open in 2030.")
    return day


Day = Annotated[date, AfterValidator(of_this_year)]


class Guest(SQLModel, table=True):
    name: str = Field(primary_key=True)
    role: str = "guest"
    password_hash: str


class GuestIn(SQLModel):
    name: Annotated[str, StringConstraints(pattern="^[a-z0-9]+$", max_length=30)]
    password: str = Field(min_length=8, max_length=100)


class GuestOut(SQLModel):
    name: str
    role: str


class HutOut(SQLModel):
    id: int
    name: str
    beds: int
    altitude_m: int


class FreeNight(SQLModel):
    night: date
    free: int


class Stay(SQLModel):
    hut_id: int
    first_night: Day
    nights: int = Field(ge=1, le=14)
    beds: int = Field(ge=1, le=8)


class Booking(SQLModel, table=True):
    __table_args__: ClassVar[Any] = {"sqlite_autoincrement": True}

    id: int | None = Field(default=None, primary_key=True)
    guest: str = Field(foreign_key="guest.name")
    hut_id: int = Field(index=True)
    first_night: date
    last_night: date
    nights: int
    beds: int
    price: float


class BookingOut(SQLModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    guest: str
    hut_id: int
    first_night: date
    nights: int
    beds: int
    price: float
    door_code: str


class SleeperOut(SQLModel):
    guest: str
    beds: int


def get_session() -> Iterator[Session]:
    with Session(ENGINE, expire_on_commit=False) as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session)]


def get_hut(hut_id: int) -> dict[str, Any]:
    hut = next((hut for hut in HUTS if hut["id"] == hut_id), None)
    if hut is None:
        raise HTTPException(404, "There is no such hut.")
    return hut


HutDep = Annotated[dict[str, Any], Depends(get_hut)]


def get_guest(session: SessionDep, authorization: Annotated[str, Header()] = "") -> Guest:
    scheme, _, token = authorization.partition(" ")
    guest = None
    if scheme.lower() == "bearer":
        needed: Any = {"require": ["exp", "sub", "iss", "aud"]}
        try:
            claims = jwt.decode(token, KEY, ["HS256"], options=needed, audience="hut", issuer="https://hut")
            guest = session.get(Guest, claims["sub"])
        except jwt.PyJWTError:
            guest = None
    if guest is None:
        raise HTTPException(401, "No right token.", {"WWW-Authenticate": 'Bearer realm="huts"'})
    return guest


GuestDep = Annotated[Guest, Depends(get_guest)]


def free_beds(session: Session, hut: dict[str, Any], night: date) -> int:
    statement = select(func.sum(Booking.beds)).where(
        Booking.hut_id == hut["id"], Booking.first_night <= night, Booking.last_night >= night
    )
    return int(hut["beds"]) - (session.exec(statement).one() or 0)


def days_of(first_night: date, nights: int) -> list[date]:
    return [first_night + timedelta(days=n) for n in range(nights)]


one_at_a_time = threading.Lock()
"""There is one process, and in it one thread at a time looks for beds and takes them."""

watchers: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}


def wake() -> None:
    for event, loop in list(watchers.items()):
        loop.call_soon_threadsafe(event.set)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    SQLModel.metadata.create_all(ENGINE)
    with Session(ENGINE) as session:
        if session.get(Guest, WARDEN["name"]) is None:
            session.add(Guest(role="warden", **WARDEN))
            session.commit()
    app.state.model = PriceModel()
    yield
    ENGINE.dispose()


app = FastAPI(lifespan=lifespan)


@app.exception_handler(RequestValidationError)
def refuse(request: Request, error: RequestValidationError) -> JSONResponse:
    left_out = {"input", "ctx", "url"}
    found = [{key: one[key] for key in one if key not in left_out} for one in error.errors()]
    return JSONResponse({"detail": found}, 422)


@app.get("/huts", response_model=list[HutOut])
def get_huts() -> Any:
    return HUTS


@app.get("/huts/{hut_id}", response_model=HutOut, responses=REFUSALS)
def get_one_hut(hut: HutDep) -> Any:
    return hut


@app.get("/huts/{hut_id}/nights", responses=REFUSALS)
def get_nights(
    hut: HutDep,
    first_night: Annotated[Day, Query()],
    nights: Annotated[int, Query(ge=1, le=14)],
    session: SessionDep,
) -> list[FreeNight]:
    return [FreeNight(night=day, free=free_beds(session, hut, day)) for day in days_of(first_night, nights)]


@app.post("/guests", status_code=201, response_model=GuestOut, responses={409: {"description": "Taken"}})
def add_guest(new: GuestIn, session: SessionDep) -> Any:
    guest = Guest(name=new.name, password_hash=HASHER.hash(new.password))
    session.add(guest)
    try:
        session.commit()
    except IntegrityError:
        raise HTTPException(409, "Somebody has this name.") from None
    return guest


@app.post("/token", responses=REFUSALS)
def log_in(form: Annotated[OAuth2PasswordRequestForm, Depends()], session: SessionDep) -> dict[str, str]:
    guest = session.get(Guest, form.username)
    right = HASHER.verify(form.password, guest.password_hash if guest else NOBODY)
    if not guest or not right:
        raise HTTPException(401, "Wrong.", {"WWW-Authenticate": "Bearer"})
    claims = {
        "sub": guest.name,
        "iss": "https://hut",
        "aud": ["hut"],
        "iat": datetime.now(UTC),
        "exp": datetime.now(UTC) + timedelta(minutes=5),
    }
    return {"token_type": "bearer", "access_token": jwt.encode(claims, KEY)}


@app.get("/guests/me", response_model=GuestOut, responses=REFUSALS)
def get_me(guest: GuestDep) -> Any:
    return guest


def price_of(stay: Stay, hut: dict[str, Any]) -> float:
    rows = []
    for day in days_of(stay.first_night, stay.nights):
        weekend, summer = day.strftime("%a") in ("Fri", "Sat"), day.month in (6, 7, 8, 9)
        rows.append([float(summer), float(hut["altitude_m"]), float(weekend)])
    return round(sum(price * stay.beds for price in app.state.model.predict(rows)), 2)


@app.post("/quotes", responses=REFUSALS)
def get_quote(stay: Stay) -> dict[str, float]:
    return {"price": price_of(stay, get_hut(stay.hut_id))}


def shown(booking: Booking) -> dict[str, Any]:
    return {**booking.model_dump(), "door_code": get_hut(booking.hut_id)["door_code"]}


@app.post(
    "/bookings",
    status_code=201,
    response_model=BookingOut,
    responses={**REFUSALS, 409: {"description": "No bed"}},
)
def book(stay: Stay, guest: GuestDep, session: SessionDep) -> Any:
    hut = get_hut(stay.hut_id)
    days = days_of(stay.first_night, stay.nights)
    booking = Booking(guest=guest.name, last_night=days[-1], price=price_of(stay, hut), **stay.model_dump())
    session.rollback()
    with one_at_a_time:
        if min(free_beds(session, hut, day) for day in days) < stay.beds:
            raise HTTPException(409, "There are not so many beds.")
        session.add(booking)
        session.commit()
    wake()
    return shown(booking)


def of_guest(guest: Guest) -> Any:
    statement = select(Booking).order_by(col(Booking.id))
    return statement if guest.role == "warden" else statement.where(Booking.guest == guest.name)


@app.get("/bookings", response_model=list[BookingOut], responses=REFUSALS)
def get_bookings(guest: GuestDep, session: SessionDep) -> Any:
    return [shown(booking) for booking in session.exec(of_guest(guest))]


def get_booking(booking_id: int, guest: GuestDep, session: SessionDep) -> Booking:
    found: list[Booking] = [one for one in session.exec(of_guest(guest)) if one.id == booking_id]
    if not found:
        raise HTTPException(404, "There is no such booking.")
    return found[0]


BookingDep = Annotated[Booking, Depends(get_booking)]


@app.get("/bookings/{booking_id}", response_model=BookingOut, responses=REFUSALS)
def get_one_booking(booking: BookingDep) -> Any:
    return shown(booking)


@app.delete("/bookings/{booking_id}", status_code=204, responses=REFUSALS)
def delete_booking(booking: BookingDep, session: SessionDep) -> None:
    session.delete(booking)
    session.commit()
    wake()


@app.get(
    "/huts/{hut_id}/sleepers",
    response_model=list[SleeperOut],
    responses={**REFUSALS, 403: {"description": "Not a warden"}},
)
def get_sleepers(guest: GuestDep, hut: HutDep, night: Annotated[Day, Query()], session: SessionDep) -> Any:
    if guest.role != "warden":
        raise HTTPException(403, "Wardens only.")
    return session.exec(
        select(Booking)
        .where(Booking.hut_id == hut["id"], Booking.first_night <= night, Booking.last_night >= night)
        .order_by(col(Booking.id))
    ).all()


@app.websocket("/huts/{hut_id}/live")
async def watch(socket: WebSocket, hut: HutDep, night: Annotated[Day, Query()]) -> None:
    await socket.accept()
    changed = asyncio.Event()
    watchers[changed] = asyncio.get_running_loop()

    def count() -> int:
        with Session(ENGINE) as session:
            return free_beds(session, hut, night)

    async def send() -> None:
        told = None
        while True:
            changed.clear()
            free = await asyncio.to_thread(count)
            if free != told:
                await socket.send_json({"night": str(night), "free": free})
                told = free
            await changed.wait()

    sending = asyncio.create_task(send())
    try:
        while True:
            await socket.receive_text()
    except WebSocketDisconnect:
        pass
    finally:
        sending.cancel()
        del watchers[changed]


@app.get("/loads")
async def count_loads() -> dict[str, int]:
    return PriceModel.counts
