# Exercise 10.4
import asyncio
import os
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, HTTPException, Request


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with httpx.AsyncClient(base_url=os.environ["TRANSPORT_URL"]) as client:
        yield {"client": client, "places": asyncio.Semaphore(8), "turns": asyncio.Semaphore(3)}


buses = FastAPI(lifespan=lifespan)


@buses.get("/buses/{trail_id}")
async def read_buses(trail_id: int, request: Request):
    if request.state.places.locked():
        raise HTTPException(503, headers={"Retry-After": "1"})
    async with request.state.places, request.state.turns:
        answer = await request.state.client.get(f"/trails/{trail_id}")
    if answer.status_code == 200:
        return answer.json()
    raise HTTPException(502)
