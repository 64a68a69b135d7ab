# Exercise 10.1
import asyncio
import os
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with httpx.AsyncClient() as client:
        yield {
            "client": client,
            "weather": os.environ["WEATHER_URL"],
            "transport": os.environ["TRANSPORT_URL"],
        }


hikes = FastAPI(lifespan=lifespan)


@hikes.exception_handler(ExceptionGroup)
async def failed(request, error):
    return PlainTextResponse("A service has failed.", 502)


@hikes.get("/hikes/{trail_id}")
async def read_hike(trail_id: int, request: Request):
    async def ask(url):
        answer = await request.state.client.get(f"{url}/trails/{trail_id}")
        return answer.raise_for_status().json()

    async with asyncio.TaskGroup() as group:
        weather = group.create_task(ask(request.state.weather))
        transport = group.create_task(ask(request.state.transport))
    return {"transport": transport.result(), "weather": weather.result()}
