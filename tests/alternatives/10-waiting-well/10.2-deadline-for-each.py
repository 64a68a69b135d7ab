# Exercise 10.2
import asyncio
import os
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request
from pydantic import BaseModel

NAMES = ["avalanche", "transport", "weather"]


class Trip(BaseModel):
    avalanche: dict | None
    transport: dict | None
    weather: dict | None
    missing: list[str]


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.client = httpx.AsyncClient(timeout=None)
    try:
        yield
    finally:
        await app.state.client.aclose()


planner = FastAPI(lifespan=lifespan)


async def ask(client: httpx.AsyncClient, name: str, trail_id: int):
    answer = await client.get(f"{os.environ[name.upper() + '_URL']}/trails/{trail_id}")
    if answer.status_code != 200:
        raise ValueError(answer.status_code)
    return answer.json()


@planner.get("/trips/{trail_id}")
async def read_trip(trail_id: int, within: float, request: Request) -> Trip:
    calls = [asyncio.wait_for(ask(request.app.state.client, name, trail_id), within) for name in NAMES]
    found = await asyncio.gather(*calls, return_exceptions=True)
    trip = {name: None if isinstance(one, Exception) else one for name, one in zip(NAMES, found)}
    return Trip(**trip, missing=[name for name, one in trip.items() if one is None])
