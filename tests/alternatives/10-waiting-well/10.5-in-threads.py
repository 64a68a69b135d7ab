# Exercise 10.5
import os
from concurrent.futures import ThreadPoolExecutor
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
async def lifespan(app: FastAPI):
    with httpx.Client() as client, ThreadPoolExecutor(5) as pool:
        yield {"client": client, "pool": pool}


board = FastAPI(lifespan=lifespan)


@board.get("/board")
def read_board(request: Request) -> dict[int, float]:
    global visits
    visits += 1

    def read(trail_id: int) -> float:
        answer = request.state.client.get(f"{os.environ['WEATHER_URL']}/trails/{trail_id}")
        return answer.json()["celsius"]

    return dict(zip(TRAILS, request.state.pool.map(read, TRAILS)))


@board.get("/visits")
def read_visits() -> int:
    return visits


@board.get("/avalanche/{trail_id}")
def read_avalanche(trail_id: int, request: Request) -> Any:
    return request.state.client.get(f"{os.environ['AVALANCHE_URL']}/trails/{trail_id}").json()


@board.post("/reports", status_code=201)
def send_report(report: Report, request: Request) -> Any:
    try:
        answer = request.state.client.post(f"{os.environ['TRANSPORT_URL']}/reports", json=report.model_dump())
    except httpx.HTTPError:
        raise HTTPException(502) from None
    if answer.status_code != 201:
        raise HTTPException(502)
    return answer.json()
