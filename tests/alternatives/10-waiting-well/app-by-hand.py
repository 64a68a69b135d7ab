import asyncio
import json
import os
import re
from contextlib import asynccontextmanager
from typing import Annotated

import httpx
from fastapi import FastAPI, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel

URLS = {name: os.environ.get(f"{name.upper()}_URL", "") for name in ("avalanche", "transport", "weather")}
SEAT_WITHIN = float(os.environ.get("SEAT_WITHIN", "5"))


class Seat(BaseModel):
    trail_id: int
    departure: str
    guest: str


def is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_time(value):
    return isinstance(value, str) and re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value)


CHECKS = {
    "avalanche": lambda facts: type(facts["level"]) is int and facts["level"] in range(1, 6),
    "transport": lambda facts: type(facts["departures"]) is list and all(map(is_time, facts["departures"])),
    "weather": lambda facts: (
        is_number(facts["celsius"]) and is_number(facts["wind_kmh"]) and facts["wind_kmh"] >= 0
    ),
}


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.client = httpx.AsyncClient(timeout=60)
    app.state.free = {name: asyncio.Semaphore(4) for name in URLS}
    app.state.trips = 0
    yield
    await app.state.client.aclose()


app = FastAPI(lifespan=lifespan)


async def ask(name, trail_id):
    """The facts, None if the service is missing, or "unknown" if there is no such trail."""
    for pause in (0, 0.02, 0.05):
        await asyncio.sleep(pause)
        try:
            async with app.state.free[name]:
                answer = await app.state.client.get(f"{URLS[name]}/trails/{trail_id}")
        except httpx.TransportError:
            continue
        if answer.status_code in (502, 503, 504):
            continue
        if answer.status_code == 404:
            return "unknown"
        try:
            facts = answer.json()
            right = answer.status_code == 200 and facts["trail_id"] == trail_id and CHECKS[name](facts)
        except (ValueError, KeyError, TypeError):
            right = False
        return facts if right else None
    return None


@app.get("/trips/{trail_id}")
async def plan_trip(trail_id: int, within: Annotated[float, Query(gt=0, le=10)] = 2):
    if app.state.trips >= 10:
        return JSONResponse({"detail": "Come back later."}, 503, {"Retry-After": "1"})
    app.state.trips += 1
    try:
        tasks = {name: asyncio.create_task(ask(name, trail_id)) for name in URLS}
        done, late = await asyncio.wait(tasks.values(), timeout=within)
        for task in late:
            task.cancel()
    finally:
        app.state.trips -= 1
    found = {name: task.result() if task in done else None for name, task in tasks.items()}
    if "unknown" in found.values():
        return JSONResponse({"detail": "No such trail."}, 404)
    advice = "unknown"
    if found["avalanche"] is not None:
        advice = "stay" if found["avalanche"]["level"] > 2 else "go"
    missing = sorted(name for name, facts in found.items() if facts is None)
    return {"trail_id": trail_id, **found, "missing": missing, "advice": advice}


@app.post("/seats", status_code=201)
async def book(seat: Seat):
    try:
        answer = await asyncio.wait_for(
            app.state.client.post(f"{URLS['transport']}/seats", json=seat.model_dump()), SEAT_WITHIN
        )
        number = json.loads(answer.text)["number"] if answer.status_code == 201 else None
    except TimeoutError:
        return JSONResponse({"detail": "Nobody knows."}, 504)
    except (httpx.TransportError, ValueError, LookupError, TypeError):
        return JSONResponse({"detail": "Failed."}, 502)
    if answer.status_code == 409:
        return JSONResponse({"detail": "Full."}, 409)
    if type(number) is not int:
        return JSONResponse({"detail": "Failed."}, 502)
    return {"number": number}
