"""The trip planner: it asks three services, which are slow, fail, and lie now and then.

Run it in this folder with `fastapi dev`, check it with `course check 10`. A check starts services of its own,
and says in the environment where they are.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Query
from pydantic import BaseModel, StrictInt

URLS = {
    "avalanche": os.environ.get("AVALANCHE_URL", "http://127.0.0.1:8001"),
    "transport": os.environ.get("TRANSPORT_URL", "http://127.0.0.1:8002"),
    "weather": os.environ.get("WEATHER_URL", "http://127.0.0.1:8003"),
}
SEAT_WITHIN = float(os.environ.get("SEAT_WITHIN", "5"))  # seconds that the transport service has for a seat

# What the services say to `GET /trails/3`, with a 200, when all is well:
#
#   avalanche  {"trail_id": 3, "level": 2}                       a whole number from 1 to 5
#   transport  {"trail_id": 3, "departures": ["07:12", "17:40"]}  times from 00:00 to 23:59
#   weather    {"trail_id": 3, "celsius": 12.5, "wind_kmh": 20}  numbers; no wind is below 0
#
# And the transport service to `POST /seats` with a `Seat`, with a 201:
#
#              {"number": 17}                                    a whole number


class Seat(BaseModel):
    trail_id: int
    departure: str
    guest: str


class Confirmation(BaseModel):
    number: StrictInt  # a text is no number


class Trip(BaseModel):
    trail_id: int
    weather: dict[str, Any] | None
    avalanche: dict[str, Any] | None
    transport: dict[str, Any] | None
    missing: list[str]
    advice: Literal["go", "stay", "unknown"]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield


app = FastAPI(title="Trip planner", lifespan=lifespan)


@app.get("/trips/{trail_id}")
async def plan_trip(trail_id: int, within: Annotated[float, Query(gt=0, le=10)] = 2) -> Trip:
    known = dict.fromkeys(URLS)
    return Trip(trail_id=trail_id, **known, missing=sorted(URLS), advice="unknown")


# Write the rest here.
