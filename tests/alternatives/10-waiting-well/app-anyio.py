import os
from contextlib import asynccontextmanager
from datetime import time
from typing import Annotated, Any, Literal

import anyio
import httpx
import stamina
from fastapi import Depends, FastAPI, HTTPException, Query, Request
from pydantic import BaseModel, Field, NonNegativeFloat, TypeAdapter, field_validator


def url(name: str) -> str:
    return os.environ.get(f"{name.upper()}_URL", "http://127.0.0.1:8001")


class Weather(BaseModel):
    trail_id: int
    celsius: float
    wind_kmh: NonNegativeFloat


class Avalanche(BaseModel):
    trail_id: int
    level: Annotated[int, Field(strict=True, ge=1, le=5)]


class Transport(BaseModel):
    trail_id: int
    departures: list[str]

    @field_validator("departures")
    @classmethod
    def are_times(cls, departures: list[str]) -> list[str]:
        for departure in departures:
            if len(departure) != 5:
                raise ValueError("no time of a day")
            time.fromisoformat(departure)
        return departures


class Seat(BaseModel):
    trail_id: int
    departure: str
    guest: str


class Gone(Exception):
    """Passing: worth another try."""


class Unknown(Exception):
    """No such trail."""


@asynccontextmanager
async def lifespan(app: FastAPI):
    limits = {name: anyio.CapacityLimiter(4) for name in ("weather", "avalanche", "transport")}
    async with httpx.AsyncClient(timeout=30) as client:
        yield {"client": client, "limits": limits, "trips": anyio.Semaphore(10)}


app = FastAPI(lifespan=lifespan)


@app.exception_handler(Unknown)
async def unknown(request: Request, error: Unknown):
    from fastapi.responses import JSONResponse

    return JSONResponse({"detail": "There is no such trail."}, 404)


async def one_call(request: Request, name: str, trail_id: int) -> httpx.Response:
    try:
        async with request.state.limits[name]:
            answer = await request.state.client.get(f"{url(name)}/trails/{trail_id}")
    except httpx.TransportError as error:
        raise Gone from error
    if answer.status_code in {502, 503, 504}:
        raise Gone
    return answer


async def place(request: Request):
    try:
        request.state.trips.acquire_nowait()
    except anyio.WouldBlock:
        raise HTTPException(503, headers={"Retry-After": "1"}) from None
    try:
        yield
    finally:
        request.state.trips.release()


@app.get("/trips/{trail_id}", dependencies=[Depends(place, scope="function")])
async def plan(
    request: Request, trail_id: int, within: float = Query(default=2.0, gt=0, le=10)
) -> dict[str, Any]:
    trip: dict[str, Any] = {"trail_id": trail_id}
    strange: list[str] = []

    async def fill(name: str, model: type[BaseModel]) -> None:
        trip[name] = None
        try:
            answer = await stamina.retry(on=Gone, attempts=3, wait_initial=0.01, wait_jitter=0.01)(one_call)(
                request, name, trail_id
            )
        except Gone:
            return
        if answer.status_code == 404:
            strange.append(name)
        elif answer.status_code == 200:
            try:
                facts = model.model_validate(answer.json(), strict=True)
            except ValueError:
                return
            if facts.trail_id == trail_id:
                trip[name] = facts

    with anyio.move_on_after(within):
        async with anyio.create_task_group() as group:
            group.start_soon(fill, "weather", Weather)
            group.start_soon(fill, "avalanche", Avalanche)
            group.start_soon(fill, "transport", Transport)
    if strange:
        raise Unknown
    level = trip["avalanche"].level if trip["avalanche"] else None
    trip["missing"] = sorted(name for name in ("weather", "avalanche", "transport") if trip[name] is None)
    trip["advice"] = "unknown" if level is None else ("go" if level < 3 else "stay")
    return trip


@app.post("/seats", status_code=201)
async def book(request: Request, seat: Seat) -> dict[str, int]:
    try:
        with anyio.fail_after(float(os.environ.get("SEAT_WITHIN", 5))):
            answer = await request.state.client.post(f"{url('transport')}/seats", json=seat.model_dump())
    except TimeoutError:
        raise HTTPException(504) from None
    except httpx.HTTPError:
        raise HTTPException(502) from None
    if answer.status_code != 201:
        raise HTTPException(409 if answer.status_code == 409 else 502)
    try:
        return TypeAdapter(dict[Literal["number"], Annotated[int, Field(strict=True)]]).validate_json(
            answer.content
        )
    except ValueError:
        raise HTTPException(502) from None
