# Exercise 10.4
import asyncio
import os
from contextlib import asynccontextmanager

import httpx
from fastapi import Depends, FastAPI, HTTPException


class Gate:
    def __init__(self) -> None:
        self.inside = 0
        self.free = asyncio.Semaphore(3)

    async def __call__(self):
        if self.inside == 8:
            raise HTTPException(503, "Full.", {"Retry-After": "1"})
        self.inside += 1
        try:
            async with self.free:
                yield
        finally:
            self.inside -= 1


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.client = httpx.AsyncClient()
    yield
    await app.state.client.aclose()


gate = Gate()
buses = FastAPI(lifespan=lifespan)


@buses.get("/buses/{trail_id}", dependencies=[Depends(gate, scope="function")])
async def read_buses(trail_id: int):
    answer = await buses.state.client.get(f"{os.environ['TRANSPORT_URL']}/trails/{trail_id}", timeout=20)
    if answer.status_code != 200:
        raise HTTPException(502, "No departures.")
    return answer.json()
