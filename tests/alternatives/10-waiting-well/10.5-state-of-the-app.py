# Exercise 10.5
import asyncio
import contextlib
import os
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

TRAILS = range(1, 13)


class Report(BaseModel):
    text: str


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.visits = 0
    app.state.free = asyncio.BoundedSemaphore(5)
    app.state.client = httpx.AsyncClient(timeout=10)
    yield
    await app.state.client.aclose()


board = FastAPI(lifespan=lifespan)


async def ask(service: str, trail_id: int) -> Any:
    url = os.environ[f"{service}_URL"]
    return (await board.state.client.get(f"{url}/trails/{trail_id}")).json()


async def read_temperature(trail_id: int) -> float:
    async with board.state.free:
        return (await ask("WEATHER", trail_id))["celsius"]


@board.get("/board")
async def read_board():
    board.state.visits += 1
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(read_temperature(trail_id)) for trail_id in TRAILS]
    return {trail_id: task.result() for trail_id, task in zip(TRAILS, tasks)}


@board.get("/visits")
async def read_visits() -> int:
    return board.state.visits


@board.get("/avalanche/{trail_id}")
async def read_avalanche(trail_id: int):
    return await ask("AVALANCHE", trail_id)


@board.post("/reports", status_code=201)
async def send_report(report: Report) -> Any:
    answer = None
    with contextlib.suppress(httpx.RequestError):
        answer = await board.state.client.post(f"{os.environ['TRANSPORT_URL']}/reports", json=dict(report))
    if answer is None or answer.status_code != 201:
        raise HTTPException(502, "The service has failed.")
    return answer.json()
