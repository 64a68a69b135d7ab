# Exercise 10.3
import asyncio
import os
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel


class Seat(BaseModel):
    guest: str


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with httpx.AsyncClient(timeout=2) as client:
        yield {"client": client}


relay = FastAPI(lifespan=lifespan)


@relay.get("/trails/{trail_id}/weather")
async def read_weather(trail_id: int, request: Request):
    for attempt in range(3):
        if attempt:
            await asyncio.sleep(0.01 * attempt)
        try:
            answer = await request.state.client.get(f"{os.environ['WEATHER_URL']}/trails/{trail_id}")
        except httpx.TransportError:
            continue
        if answer.status_code == 404:
            raise HTTPException(404)
        if answer.status_code not in (502, 503, 504):
            return answer.json()
    raise HTTPException(502)


@relay.post("/seats", status_code=201)
async def book_seat(seat: Seat, request: Request):
    try:
        answer = await request.state.client.post(
            f"{os.environ['TRANSPORT_URL']}/seats", json={"guest": seat.guest}
        )
    except httpx.TransportError:
        raise HTTPException(502) from None
    if answer.status_code == 201:
        return answer.json()
    raise HTTPException(502)
