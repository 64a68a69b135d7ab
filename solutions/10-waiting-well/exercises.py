# %% 10.1
# Each task does one call, and what any of them raises is caught in one place, outside of the group: so
# FastAPI sees an `HTTPException`, and no group of them.
import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, HTTPException, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    urls = {name: os.environ[f"{name.upper()}_URL"] for name in ("weather", "transport")}
    async with httpx.AsyncClient() as upstream:
        yield {"urls": urls, "upstream": upstream}


hikes = FastAPI(lifespan=lifespan)


async def get_upstream(request: Request) -> httpx.AsyncClient:
    upstream: httpx.AsyncClient = request.state.upstream
    return upstream


Upstream = Annotated[httpx.AsyncClient, Depends(get_upstream)]


async def ask(upstream: httpx.AsyncClient, url: str) -> Any:
    answer = await upstream.get(url)
    if answer.status_code != 200:
        raise httpx.HTTPError(f"The status is {answer.status_code}.")
    return answer.json()


@hikes.get("/hikes/{trail_id}")
async def read_hike(trail_id: int, request: Request, upstream: Upstream) -> dict[str, Any]:
    urls = request.state.urls
    failed = False
    try:
        async with asyncio.TaskGroup() as group:
            tasks = {
                name: group.create_task(ask(upstream, f"{url}/trails/{trail_id}"))
                for name, url in urls.items()
            }
    except* httpx.HTTPError:
        failed = True
    if failed:
        raise HTTPException(502, "A service has failed.")
    return {name: task.result() for name, task in tasks.items()}


# %% 10.2
# `fill` catches what goes wrong with its own service, and the deadline stands around the group, so that it
# ends whatever still runs; what has come by then is in `found`.
import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, Request

NAMES = ["avalanche", "transport", "weather"]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    urls = {name: os.environ[f"{name.upper()}_URL"] for name in NAMES}
    async with httpx.AsyncClient(timeout=None) as upstream:  # the deadline is the only limit
        yield {"urls": urls, "upstream": upstream}


planner = FastAPI(lifespan=lifespan)


async def get_upstream(request: Request) -> httpx.AsyncClient:
    upstream: httpx.AsyncClient = request.state.upstream
    return upstream


Upstream = Annotated[httpx.AsyncClient, Depends(get_upstream)]


@planner.get("/trips/{trail_id}")
async def read_trip(trail_id: int, within: float, request: Request, upstream: Upstream) -> dict[str, Any]:
    found: dict[str, Any] = dict.fromkeys(NAMES)

    async def fill(name: str) -> None:
        with suppress(httpx.HTTPError, ValueError):
            answer = await upstream.get(f"{request.state.urls[name]}/trails/{trail_id}")
            if answer.status_code == 200:
                found[name] = answer.json()

    with suppress(TimeoutError):
        async with asyncio.timeout(within), asyncio.TaskGroup() as group:
            for name in NAMES:
                group.create_task(fill(name))
    return {**found, "missing": [name for name in NAMES if found[name] is None]}


# %% 10.3
# What may be repeated is a function of its own, and `on` names what may be gone soon: a 404 is not among it.
# The `POST` has no such function, so nothing can repeat it.
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
import stamina
from fastapi import Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel

PAUSES = {"wait_initial": 0.01, "wait_jitter": 0.01}  # seconds, for stamina


class Seat(BaseModel):
    guest: str


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    urls = {name: os.environ[f"{name.upper()}_URL"] for name in ("weather", "transport")}
    async with httpx.AsyncClient(timeout=2) as upstream:
        yield {"urls": urls, "upstream": upstream}


async def get_upstream(request: Request) -> httpx.AsyncClient:
    upstream: httpx.AsyncClient = request.state.upstream
    return upstream


Upstream = Annotated[httpx.AsyncClient, Depends(get_upstream)]
relay = FastAPI(lifespan=lifespan)


@stamina.retry(on=httpx.HTTPError, attempts=3, **PAUSES)
async def ask(upstream: httpx.AsyncClient, url: str) -> Any:
    answer = await upstream.get(url)
    if answer.status_code == 404:
        raise HTTPException(404, "There is no such trail.")
    return answer.raise_for_status().json()


@relay.get("/trails/{trail_id}/weather")
async def read_weather(trail_id: int, request: Request, upstream: Upstream) -> Any:
    url = f"{request.state.urls['weather']}/trails/{trail_id}"
    try:
        return await ask(upstream, url)
    except httpx.HTTPError:
        raise HTTPException(502, "The weather service has failed.") from None


@relay.post("/seats", status_code=201)
async def book_seat(seat: Seat, request: Request, upstream: Upstream) -> Any:
    url = f"{request.state.urls['transport']}/seats"
    try:
        answer = await upstream.post(url, json=seat.model_dump())
    except httpx.HTTPError:
        raise HTTPException(502, "Nobody knows whether there is a seat.") from None
    if answer.status_code != 201:
        raise HTTPException(502, "There is no seat.")
    return answer.json()


# %% 10.4
# The count refuses before anything is waited for, and between looking and counting stands no `await`. The
# semaphore is made once, so all requests share its three places.
import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, HTTPException, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    async with httpx.AsyncClient(base_url=os.environ["TRANSPORT_URL"]) as upstream:
        yield {"upstream": upstream, "free": asyncio.Semaphore(3)}


async def get_upstream(request: Request) -> httpx.AsyncClient:
    upstream: httpx.AsyncClient = request.state.upstream
    return upstream


Upstream = Annotated[httpx.AsyncClient, Depends(get_upstream)]
buses = FastAPI(lifespan=lifespan)
inside = 0


@buses.get("/buses/{trail_id}")
async def read_buses(trail_id: int, request: Request, upstream: Upstream) -> Any:
    global inside
    if inside >= 8:
        raise HTTPException(503, "Too many at the moment.", headers={"Retry-After": "1"})
    inside += 1
    try:
        async with request.state.free:
            answer = await upstream.get(f"/trails/{trail_id}")
    finally:
        inside -= 1
    if answer.status_code != 200:
        raise HTTPException(502, "The transport service has failed.")
    return answer.json()


# %% 10.5
# A client and a semaphore for all, in the lifespan; every call is awaited; and what books, reports or pays is
# sent once, since an error does not tell whether it was done.
import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel

TRAILS = range(1, 13)
visits = 0


class Report(BaseModel):
    text: str


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    async with httpx.AsyncClient() as upstream:
        yield {"upstream": upstream, "free": asyncio.Semaphore(5)}


async def count_visit() -> None:
    global visits
    visits += 1


async def read_temperature(request: Request, trail_id: int) -> float:
    async with request.state.free:
        answer = await request.state.upstream.get(f"{os.environ['WEATHER_URL']}/trails/{trail_id}")
    celsius: float = answer.json()["celsius"]
    return celsius


board = FastAPI(lifespan=lifespan)


@board.get("/board")
async def read_board(request: Request) -> dict[int, float]:
    await count_visit()
    found = await asyncio.gather(*(read_temperature(request, trail_id) for trail_id in TRAILS))
    return dict(zip(TRAILS, found, strict=True))


@board.get("/visits")
async def read_visits() -> int:
    return visits


@board.get("/avalanche/{trail_id}")
async def read_avalanche(trail_id: int, request: Request) -> Any:
    answer = await request.state.upstream.get(f"{os.environ['AVALANCHE_URL']}/trails/{trail_id}")
    return answer.json()


@board.post("/reports", status_code=201)
async def send_report(report: Report, request: Request) -> Any:
    url = f"{os.environ['TRANSPORT_URL']}/reports"
    try:
        answer = await request.state.upstream.post(url, json=report.model_dump())
    except httpx.HTTPError:
        raise HTTPException(502, "Nobody knows whether the report was taken.") from None
    if answer.status_code != 201:
        raise HTTPException(502, "The service has failed.")
    return answer.json()
