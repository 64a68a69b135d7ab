# Exercise 10.3
import os
from contextlib import asynccontextmanager
from typing import Any

import httpx
import stamina
from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel

AGAIN = {502, 503, 504}


class Seat(BaseModel):
    guest: str


def is_passing(error: Exception) -> bool:
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in AGAIN
    return isinstance(error, httpx.TransportError)


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with httpx.AsyncClient() as client:
        yield {"client": client}


relay = FastAPI(lifespan=lifespan)


@relay.get("/trails/{trail_id}/weather")
async def read_weather(trail_id: int, request: Request) -> Any:
    url = f"{os.environ['WEATHER_URL']}/trails/{trail_id}"
    try:
        async for attempt in stamina.retry_context(
            on=is_passing, attempts=3, wait_initial=0.01, wait_jitter=0
        ):
            with attempt:
                answer = await request.state.client.get(url)
                answer.raise_for_status()
    except httpx.HTTPStatusError as error:
        if error.response.status_code == 404:
            raise HTTPException(404, "No such trail.") from None
        raise HTTPException(502) from None
    except httpx.TransportError:
        raise HTTPException(502) from None
    return answer.json()


@relay.post("/seats", status_code=201)
async def book_seat(seat: Seat, request: Request) -> Any:
    url = f"{os.environ['TRANSPORT_URL']}/seats"
    try:
        answer = (await request.state.client.post(url, json=seat.model_dump())).raise_for_status()
    except httpx.HTTPError as error:
        raise HTTPException(502, str(error)) from None
    if answer.status_code != 201:
        raise HTTPException(502, "No seat.")
    return answer.json()
