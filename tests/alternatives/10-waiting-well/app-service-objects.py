import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any

import httpx
from fastapi import APIRouter, FastAPI, HTTPException, Query, Request, Response
from pydantic import BaseModel, Field, StringConstraints, ValidationError


class Weather(BaseModel):
    celsius: float
    wind_kmh: float = Field(ge=0)
    trail_id: int


class Avalanche(BaseModel):
    level: int = Field(gt=0, lt=6)
    trail_id: int


class Transport(BaseModel):
    departures: list[Annotated[str, StringConstraints(pattern=r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$")]]
    trail_id: int


class Seat(BaseModel):
    trail_id: int
    departure: str
    guest: str


class Booked(BaseModel):
    number: int = Field(strict=True)


@dataclass
class Upstream:
    url: str
    model: type[BaseModel]
    client: httpx.AsyncClient
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(4))

    async def read(self, trail_id: int) -> BaseModel | None:
        answer = None
        tries = 0
        while tries < 3 and (answer is None or answer.status_code in (502, 503, 504)):
            if tries:
                await asyncio.sleep(0.02 * 2**tries)
            tries += 1
            async with self.places:
                try:
                    answer = await self.client.get(f"{self.url}/trails/{trail_id}", timeout=11)
                except httpx.HTTPError:
                    answer = None
        if answer is not None and answer.status_code == 404:
            raise HTTPException(404, "No such trail.")
        if answer is None or answer.status_code != 200:
            return None
        try:
            facts = self.model.model_validate_json(answer.text, strict=True)
        except ValidationError:
            return None
        return facts if facts.trail_id == trail_id else None


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    async with httpx.AsyncClient() as client:
        models = {"weather": Weather, "avalanche": Avalanche, "transport": Transport}
        upstreams = {
            name: Upstream(os.environ[f"{name.upper()}_URL"], model, client) for name, model in models.items()
        }
        yield {"client": client, "upstreams": upstreams, "guests": []}


router = APIRouter()


async def in_time(upstream: Upstream, trail_id: int, until: float):
    try:
        async with asyncio.timeout_at(until):
            return await upstream.read(trail_id)
    except TimeoutError:
        return None


@router.get("/trips/{trail_id}")
async def plan(request: Request, trail_id: int, within: Annotated[float, Query(gt=0, le=10)] = 2.0):
    guests = request.state.guests
    if len(guests) == 10:
        raise HTTPException(503, "Too many.", {"retry-after": "1"})
    guests.append(trail_id)
    until = asyncio.get_running_loop().time() + within
    upstreams = request.state.upstreams
    try:
        found = await asyncio.gather(*(in_time(one, trail_id, until) for one in upstreams.values()))
    finally:
        guests.pop()
    trip = dict(zip(upstreams, found))
    danger = trip["avalanche"]
    return {
        "advice": "unknown" if danger is None else "stay" if danger.level >= 3 else "go",
        "missing": sorted(name for name in trip if trip[name] is None),
        "trail_id": trail_id,
        **trip,
    }


@router.post("/seats", status_code=201, response_model=Booked)
async def book(request: Request, seat: Seat):
    async def send() -> httpx.Response:
        return await request.state.client.post(
            f"{os.environ['TRANSPORT_URL']}/seats", content=seat.model_dump_json(), timeout=None
        )

    sending = asyncio.create_task(send())
    done, _ = await asyncio.wait({sending}, timeout=float(os.environ.get("SEAT_WITHIN", "5")))
    if not done:
        sending.cancel()
        raise HTTPException(504, "No answer.")
    try:
        answer = sending.result()
        if answer.status_code == 409:
            return Response(answer.content, 409)
        if answer.status_code == 201:
            return Booked.model_validate_json(answer.content)
    except (httpx.HTTPError, ValidationError):
        pass
    raise HTTPException(502, "No seat.")


app = FastAPI(lifespan=lifespan)
app.include_router(router)
