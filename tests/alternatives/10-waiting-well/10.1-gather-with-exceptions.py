# Exercise 10.1
import asyncio
import os
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.urls = {name: os.environ[f"{name.upper()}_URL"] for name in ("weather", "transport")}
    app.state.client = httpx.AsyncClient(timeout=3)
    yield
    await app.state.client.aclose()


hikes = FastAPI(lifespan=lifespan)


@hikes.get("/hikes/{trail_id}")
async def read_hike(trail_id: int, request: Request):
    state = request.app.state
    answers = await asyncio.gather(
        *(state.client.get(f"{url}/trails/{trail_id}") for url in state.urls.values()),
        return_exceptions=True,
    )
    if any(isinstance(answer, BaseException) or answer.status_code != 200 for answer in answers):
        return JSONResponse({"detail": "A service has failed."}, 502)
    return {name: answer.json() for name, answer in zip(state.urls, answers)}
