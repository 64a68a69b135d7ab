# Exercise 10.1
import asyncio
import os
from contextlib import asynccontextmanager

import httpx
from fastapi import Depends, FastAPI, HTTPException, Request


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with httpx.AsyncClient() as client:
        yield {"client": client}


def get_client(request: Request):
    return request.state.client


hikes = FastAPI(lifespan=lifespan)


@hikes.get("/hikes/{trail_id}")
async def read_hike(trail_id: int, client: httpx.AsyncClient = Depends(get_client)):
    async def ask(name):
        return await client.get(f"{os.environ[name.upper() + '_URL']}/trails/{trail_id}")

    try:
        weather, transport = await asyncio.gather(ask("weather"), ask("transport"))
        weather.raise_for_status()
        transport.raise_for_status()
    except httpx.HTTPError as error:
        raise HTTPException(502, repr(error)) from error
    return {"weather": weather.json(), "transport": transport.json()}
