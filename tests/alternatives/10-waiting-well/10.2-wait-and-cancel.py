# Exercise 10.2
import asyncio
import contextlib
import os
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request

NAMES = ["avalanche", "transport", "weather"]


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with httpx.AsyncClient() as client:
        yield {"client": client, "urls": {name: os.environ[f"{name.upper()}_URL"] for name in NAMES}}


planner = FastAPI(lifespan=lifespan)


@planner.get("/trips/{trail_id}")
async def read_trip(trail_id: int, within: float, request: Request):
    state = request.state
    tasks = {
        name: asyncio.create_task(state.client.get(f"{url}/trails/{trail_id}", timeout=within + 1))
        for name, url in state.urls.items()
    }
    await asyncio.wait(tasks.values(), timeout=within)
    trip = {}
    for name, task in tasks.items():
        trip[name] = None
        if not task.done():
            task.cancel()
        elif task.exception() is None and task.result().status_code == 200:
            with contextlib.suppress(ValueError):
                trip[name] = task.result().json()
    trip["missing"] = sorted(name for name in NAMES if trip[name] is None)
    return trip
