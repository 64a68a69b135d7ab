import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from secrets import token_hex
from typing import Annotated, Any, ClassVar

import jwt
from fastapi import Depends, FastAPI, Form, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import AfterValidator, BaseModel, Field
from typing_extensions import TypedDict

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


# What is kept, in the memory of this one process. Between two awaits nobody else has a turn, so a function
# without any decides alone.


@dataclass
class Kept:
    accounts: dict[str, str] = field(default_factory=lambda: {WARDEN["name"]: WARDEN["password_hash"]})
    bookings: dict[int, dict[str, Any]] = field(default_factory=dict)
    last_id: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    model: PriceModel | None = None


kept = Kept()
DUMMY = HASHER.hash("nobody has this password")


def in_season(day: date) -> date:
    if day.year != 2030:
        raise ValueError("Only days of 2030 can be booked.")
    return day


Day = Annotated[date, AfterValidator(in_season)]


class Stay(BaseModel):
    hut_id: int
    first_night: Day
    nights: int = Field(ge=1, le=14)
    beds: int = Field(ge=1, le=8)

    @property
    def days(self) -> list[date]:
        return [self.first_night + timedelta(days=n) for n in range(self.nights)]


class NewGuest(BaseModel):
    name: str = Field(pattern="^[a-z0-9]{1,30}$")
    password: str = Field(min_length=8, max_length=100)


class Hut(TypedDict):
    id: int
    name: str
    beds: int
    altitude_m: int


class Night(TypedDict):
    night: date
    free: int


class Account(TypedDict):
    name: str
    role: str


class Sleeper(TypedDict):
    guest: str
    beds: int


class Price(TypedDict):
    price: float


class Booking(TypedDict):
    id: int
    guest: str
    hut_id: int
    first_night: date
    nights: int
    beds: int
    price: float
    door_code: str


def hut_or_404(hut_id: int) -> dict[str, Any]:
    found = {hut["id"]: hut for hut in HUTS}.get(hut_id)
    if found is None:
        raise HTTPException(404, "Unknown hut")
    return found


def free_on(hut: dict[str, Any], day: date) -> int:
    taken = (
        one["beds"]
        for one in kept.bookings.values()
        if one["hut_id"] == hut["id"]
        and one["first_night"] <= day < one["first_night"] + timedelta(days=one["nights"])
    )
    return int(hut["beds"]) - sum(taken)


HutDep = Annotated[dict[str, Any], Depends(hut_or_404)]
NightDep = Annotated[Day, Query()]
bearer = HTTPBearer(auto_error=False)


def account(sent: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> Account:
    if sent is not None:
        try:
            claims = jwt.decode(
                sent.credentials,
                KEY,
                algorithms=["HS256"],
                audience="huts",
                issuer="huts",
                options={"require": ["exp", "sub", "aud", "iss"]},
            )
        except jwt.InvalidTokenError:
            claims = {}
        if (name := claims.get("sub")) in kept.accounts:
            return {"name": name, "role": "warden" if name == WARDEN["name"] else "guest"}
    raise HTTPException(401, "Who are you?", {"WWW-Authenticate": "Bearer"})


AccountDep = Annotated[Account, Depends(account)]


async def count_price(stay: Stay) -> float:
    hut = hut_or_404(stay.hut_id)
    rows = [
        [
            {"summer": 5 < day.month < 10, "weekend": day.isoweekday() in {5, 6}}.get(name, hut.get(name))
            for name in PriceModel.features
        ]
        for day in stay.days
    ]
    assert kept.model
    each = await asyncio.to_thread(kept.model.predict, [[float(value or 0) for value in row] for row in rows])
    return round(sum(each) * stay.beds, 2)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    kept.model = await asyncio.to_thread(PriceModel)
    kept.changed = asyncio.Condition()  # of the loop that runs now
    yield


app = FastAPI(
    lifespan=lifespan,
    responses={code: {"description": "Refused"} for code in (401, 403, 404, 409)},
)


@app.exception_handler(RequestValidationError)
async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    found = [{"loc": one["loc"], "msg": one["msg"], "type": one["type"]} for one in error.errors()]
    return JSONResponse({"detail": found}, status_code=422)


@app.get("/huts", response_model=list[Hut])
async def huts() -> Any:
    return HUTS


@app.get("/huts/{hut_id}", response_model=Hut)
async def one_hut(hut: HutDep) -> Any:
    return hut


@app.get("/huts/{hut_id}/nights")
async def nights_of(
    hut: HutDep, first_night: Annotated[Day, Query()], nights: Annotated[int, Query(ge=1, le=14)]
) -> list[Night]:
    days = [first_night + timedelta(days=n) for n in range(nights)]
    return [{"night": day, "free": free_on(hut, day)} for day in days]


@app.post("/guests", status_code=201)
async def new_guest(new: NewGuest) -> Account:
    hashed = await asyncio.to_thread(HASHER.hash, new.password)
    if new.name in kept.accounts:
        raise HTTPException(409, "Taken")
    kept.accounts[new.name] = hashed
    return {"name": new.name, "role": "guest"}


@app.post("/token")
async def token(username: Annotated[str, Form()], password: Annotated[str, Form()]) -> dict[str, str]:
    hashed = kept.accounts.get(username, DUMMY)
    if not await asyncio.to_thread(HASHER.verify, password, hashed) or username not in kept.accounts:
        raise HTTPException(401, "No", {"WWW-Authenticate": "Bearer"})
    until = datetime.now(UTC) + timedelta(hours=1)
    claims = {"sub": username, "exp": until, "aud": "huts", "iss": "huts"}
    return {"access_token": jwt.encode(claims, KEY, "HS256"), "token_type": "bearer"}


@app.get("/guests/me")
async def me(account: AccountDep) -> Account:
    return account


@app.post("/quotes")
async def quote(stay: Stay) -> Price:
    return {"price": await count_price(stay)}


@app.post("/bookings", status_code=201)
async def book(stay: Stay, me: AccountDep) -> Booking:
    hut = hut_or_404(stay.hut_id)
    price = await count_price(stay)
    if any(free_on(hut, day) < stay.beds for day in stay.days):
        raise HTTPException(409, "Full")
    kept.last_id += 1
    made: Booking = {
        "id": kept.last_id,
        "guest": me["name"],
        "price": price,
        "door_code": hut["door_code"],
        **stay.model_dump(),  # type: ignore[typeddict-item]
    }
    kept.bookings[kept.last_id] = dict(made)
    async with kept.changed:
        kept.changed.notify_all()
    return made


def mine(me: Account) -> dict[int, dict[str, Any]]:
    if me["role"] == "warden":
        return kept.bookings
    return {id: one for id, one in kept.bookings.items() if one["guest"] == me["name"]}


@app.get("/bookings", response_model=list[Booking])
async def bookings(me: AccountDep) -> Any:
    return list(mine(me).values())


@app.get("/bookings/{booking_id}", response_model=Booking)
async def booking(booking_id: int, me: AccountDep) -> Any:
    if booking_id not in mine(me):
        raise HTTPException(404, "No such booking of yours")
    return kept.bookings[booking_id]


@app.delete("/bookings/{booking_id}", status_code=204)
async def cancel(booking_id: int, me: AccountDep) -> None:
    if booking_id not in mine(me):
        raise HTTPException(404, "No such booking of yours")
    del kept.bookings[booking_id]
    async with kept.changed:
        kept.changed.notify_all()


@app.get("/huts/{hut_id}/sleepers", response_model=list[Sleeper])
async def sleepers(hut: HutDep, night: NightDep, me: AccountDep) -> Any:
    if me["role"] != "warden":
        raise HTTPException(403, "Not for guests")
    return [
        one
        for one in kept.bookings.values()
        if one["hut_id"] == hut["id"]
        and one["first_night"] <= night < one["first_night"] + timedelta(days=one["nights"])
    ]


@app.get("/huts/{hut_id}/live")
async def live(hut: HutDep, night: NightDep) -> StreamingResponse:
    async def events() -> AsyncIterator[str]:
        told = None
        while True:
            async with kept.changed:
                await kept.changed.wait_for(lambda: free_on(hut, night) != told)
            told = free_on(hut, night)
            yield f'data: {{"night": "{night}", "free": {told}}}\n\n'

    return StreamingResponse(events(), media_type="text/event-stream")


@app.get("/loads")
async def count_loads() -> dict[str, int]:
    return PriceModel.counts
