# Exercise 10.5
import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from pydantic import BaseModel

TRAILS = range(1, 13)
visits = 0


class Report(BaseModel):
    text: str


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    jobs: asyncio.Queue[tuple[int, asyncio.Future[float]]] = asyncio.Queue()

    async def work(client: httpx.AsyncClient) -> None:
        while True:
            trail_id, done = await jobs.get()
            try:
                answer = await client.get(f"{os.environ['WEATHER_URL']}/trails/{trail_id}")
                done.set_result(answer.json()["celsius"])
            except Exception as error:
                done.set_exception(error)

    async with httpx.AsyncClient() as client:
        workers = [asyncio.create_task(work(client)) for _ in range(5)]
        yield {"client": client, "jobs": jobs}
        for worker in workers:
            worker.cancel()


def get_client(request: Request) -> httpx.AsyncClient:
    return request.state.client


Client = Annotated[httpx.AsyncClient, Depends(get_client)]
board = FastAPI(lifespan=lifespan)


@board.get("/board")
async def read_board(request: Request) -> dict[int, float]:
    global visits
    visits += 1
    found = {trail_id: asyncio.get_running_loop().create_future() for trail_id in TRAILS}
    for job in found.items():
        request.state.jobs.put_nowait(job)
    return {trail_id: await done for trail_id, done in found.items()}


@board.get("/visits")
async def read_visits() -> int:
    return visits


@board.get("/avalanche/{trail_id}")
async def read_avalanche(trail_id: int, client: Client) -> Any:
    answer = await client.get(f"{os.environ['AVALANCHE_URL']}/trails/{trail_id}")
    return Response(answer.text, media_type="application/json")


@board.post("/reports", status_code=201)
async def send_report(report: Report, client: Client) -> Any:
    try:
        answer = await client.post(f"{os.environ['TRANSPORT_URL']}/reports", content=report.model_dump_json())
        if answer.status_code != 201:
            raise HTTPException(502, "The service did not take it.")
        return answer.json()
    except httpx.HTTPError:
        raise HTTPException(502, "The service has failed.") from None
