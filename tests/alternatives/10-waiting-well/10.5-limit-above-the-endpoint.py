# Exercise 10.5
import asyncio
import os
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel

TRAILS = range(1, 13)
LIMIT = asyncio.BoundedSemaphore(5)


class Report(BaseModel):
    text: str


@asynccontextmanager
async def lifespan(app):
    app.state.http = httpx.AsyncClient(limits=httpx.Limits(max_connections=None), timeout=30)
    app.state.visits = 0
    try:
        yield
    finally:
        await app.state.http.aclose()


board = FastAPI(lifespan=lifespan)


def http(request: Request):
    return request.app.state.http


Http = Annotated[httpx.AsyncClient, Depends(http)]


@board.get("/board")
async def read_board(http: Http, request: Request) -> dict[int, float]:
    request.app.state.visits += 1

    async def temperature(trail):
        async with LIMIT:
            r = await http.get(os.environ["WEATHER_URL"] + f"/trails/{trail}")
            return r.json()["celsius"]

    async with asyncio.TaskGroup() as tg:
        tasks = [tg.create_task(temperature(t)) for t in TRAILS]
    return {trail: task.result() for trail, task in zip(TRAILS, tasks)}


@board.get("/visits")
async def read_visits(request: Request) -> int:
    return request.app.state.visits


@board.get("/avalanche/{trail_id}")
async def read_avalanche(trail_id: int, http: Http) -> Any:
    r = await http.get(os.environ["AVALANCHE_URL"] + f"/trails/{trail_id}")
    return r.json()


@board.post("/reports", status_code=201)
async def send_report(report: Report, http: Http) -> Any:
    try:
        r = await http.post(os.environ["TRANSPORT_URL"] + "/reports", json=report.model_dump())
        if r.status_code == 201:
            return r.json()
    except (httpx.HTTPError, ValueError):
        pass
    raise HTTPException(status_code=502)
