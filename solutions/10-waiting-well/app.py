"""The trip planner in layers, each of which knows one thing about waiting.

`call` keeps the places at a service, `ask` repeats what may be gone soon and judges what came by a model, and
`plan_trip` has the one deadline around all of it: so whoever waits for a place, or for the next try, waits
within it. A seat takes none of these ways but a deadline, as nobody can tell whether a failed one was booked.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Any, Literal

import httpx
import stamina
from fastapi import Depends, FastAPI, HTTPException, Query, Request
from pydantic import BaseModel, ConfigDict, Field, StrictInt

URLS = {
    "avalanche": os.environ.get("AVALANCHE_URL", "http://127.0.0.1:8001"),
    "transport": os.environ.get("TRANSPORT_URL", "http://127.0.0.1:8002"),
    "weather": os.environ.get("WEATHER_URL", "http://127.0.0.1:8003"),
}
SEAT_WITHIN = float(os.environ.get("SEAT_WITHIN", "5"))  # seconds that the transport service has for a seat
PLACES = 4  # calls at each service at the same moment
TRIPS = 10  # trips under way
PASSING = (502, 503, 504)  # what may be gone soon


class Facts(BaseModel):
    model_config = ConfigDict(strict=True)  # a text is no number

    trail_id: int


class Weather(Facts):
    celsius: float
    wind_kmh: Annotated[float, Field(ge=0)]


class Avalanche(Facts):
    level: Annotated[int, Field(ge=1, le=5)]


class Transport(Facts):
    departures: list[Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]]


MODELS: dict[str, type[Facts]] = {"avalanche": Avalanche, "transport": Transport, "weather": Weather}


class Seat(BaseModel):
    trail_id: int
    departure: str
    guest: str


class Confirmation(BaseModel):
    number: StrictInt  # a text is no number


class Trip(BaseModel):
    trail_id: int
    weather: Weather | None
    avalanche: Avalanche | None
    transport: Transport | None
    missing: list[str]
    advice: Literal["go", "stay", "unknown"]


class NoSuchTrail(Exception): ...


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    async with httpx.AsyncClient(timeout=None) as upstream:  # the deadlines are the only limits
        yield {"upstream": upstream, "free": {name: asyncio.Semaphore(PLACES) for name in URLS}}


class Services:
    """The services, as one request asks them."""

    def __init__(self, request: Request) -> None:
        self.upstream: httpx.AsyncClient = request.state.upstream
        self.free: dict[str, asyncio.Semaphore] = request.state.free

    async def call(self, name: str, trail_id: int) -> httpx.Response:
        async with self.free[name]:
            return await self.upstream.get(f"{URLS[name]}/trails/{trail_id}")

    @stamina.retry(on=httpx.HTTPError, attempts=3, wait_initial=0.02, wait_jitter=0.02)
    async def ask(self, name: str, trail_id: int) -> Facts:
        """What a service says of a trail.

        Raises:
            NoSuchTrail: there is none.
            httpx.HTTPError: it has failed three times.
            ValueError: it said something else.
        """
        answer = await self.call(name, trail_id)
        if answer.status_code in PASSING:
            answer.raise_for_status()
        if answer.status_code == 404:
            raise NoSuchTrail
        if answer.status_code != 200:
            raise ValueError(f"The {name} service answered {answer.status_code}.")
        facts = MODELS[name].model_validate_json(answer.content)
        if facts.trail_id != trail_id:
            raise ValueError(f"The {name} service speaks of another trail.")
        return facts


app = FastAPI(title="Trip planner", lifespan=lifespan)
under_way = 0


async def take_place() -> AsyncIterator[None]:
    """Refuse whoever comes when all places are taken."""
    global under_way
    if under_way >= TRIPS:
        raise HTTPException(503, "Too many trips at the moment.", headers={"Retry-After": "1"})
    under_way += 1
    try:
        yield
    finally:
        under_way -= 1


def advise(avalanche: Facts | None) -> Literal["go", "stay", "unknown"]:
    if not isinstance(avalanche, Avalanche):
        return "unknown"
    return "stay" if avalanche.level >= 3 else "go"


@app.get("/trips/{trail_id}", dependencies=[Depends(take_place, scope="function")])
async def plan_trip(
    trail_id: int, services: Annotated[Services, Depends()], within: Annotated[float, Query(gt=0, le=10)] = 2
) -> Trip:
    found: dict[str, Any] = dict.fromkeys(URLS)

    async def fill(name: str) -> None:
        with suppress(httpx.HTTPError, ValueError):
            found[name] = await services.ask(name, trail_id)

    known = True
    try:
        async with asyncio.timeout(within), asyncio.TaskGroup() as group:
            for name in URLS:
                group.create_task(fill(name))
    except* TimeoutError:
        pass
    except* NoSuchTrail:
        known = False
    if not known:
        raise HTTPException(404, "There is no such trail.")
    missing = sorted(name for name in URLS if found[name] is None)
    return Trip(trail_id=trail_id, **found, missing=missing, advice=advise(found["avalanche"]))


@app.post("/seats", status_code=201)
async def book_seat(seat: Seat, services: Annotated[Services, Depends()]) -> Confirmation:
    try:
        async with asyncio.timeout(SEAT_WITHIN):
            answer = await services.upstream.post(f"{URLS['transport']}/seats", json=seat.model_dump())
        if answer.status_code == 409:
            raise HTTPException(409, "The bus is full.")
        if answer.status_code != 201:
            raise HTTPException(502, "The transport service has failed.")
        return Confirmation.model_validate_json(answer.content)
    except TimeoutError:
        raise HTTPException(504, "Nobody knows whether there is a seat.") from None
    except (httpx.HTTPError, ValueError):
        raise HTTPException(502, "The transport service has failed.") from None
