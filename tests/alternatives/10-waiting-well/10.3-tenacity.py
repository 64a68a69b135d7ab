# Exercise 10.3
import os
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_random


class ComeAgain(Exception): ...


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with (
        httpx.AsyncClient(base_url=os.environ["WEATHER_URL"]) as weather,
        httpx.AsyncClient(base_url=os.environ["TRANSPORT_URL"]) as transport,
    ):
        yield {"weather": weather, "transport": transport}


relay = FastAPI(lifespan=lifespan)


@retry(
    retry=retry_if_exception_type((ComeAgain, httpx.TransportError)),
    stop=stop_after_attempt(3),
    wait=wait_random(0, 0.02),
    reraise=True,
)
async def ask(client, trail_id):
    answer = await client.get(f"/trails/{trail_id}")
    if answer.status_code in (502, 503, 504):
        raise ComeAgain
    return answer


@relay.exception_handler(ComeAgain)
@relay.exception_handler(httpx.TransportError)
async def failed(request, error):
    return JSONResponse({"detail": repr(error)}, 502)


@relay.get("/trails/{trail_id}/weather")
async def read_weather(trail_id: int, request: Request):
    answer = await ask(request.state.weather, trail_id)
    return Response(answer.content, answer.status_code, media_type="application/json")


@relay.post("/seats")
async def book_seat(request: Request):
    answer = await request.state.transport.post("/seats", json=await request.json())
    if answer.status_code != 201:
        return JSONResponse({"detail": "No seat."}, 502)
    return JSONResponse(answer.json(), 201)
