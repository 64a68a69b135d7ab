# Exercise 10.1
import asyncio
import os
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
from fastapi import FastAPI, HTTPException, Request


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with AsyncExitStack() as stack:
        yield {
            name: await stack.enter_async_context(
                httpx.AsyncClient(base_url=os.environ[f"{name.upper()}_URL"])
            )
            for name in ("weather", "transport")
        }


hikes = FastAPI(lifespan=lifespan)


async def ask(client, trail_id):
    try:
        answer = await client.get(f"/trails/{trail_id}")
    except httpx.RequestError:
        return None
    return answer.json() if answer.status_code == 200 else None


@hikes.get("/hikes/{trail_id}")
async def read_hike(trail_id: int, request: Request):
    weather = asyncio.create_task(ask(request.state.weather, trail_id))
    transport = asyncio.create_task(ask(request.state.transport, trail_id))
    found = {"weather": await weather, "transport": await transport}
    if None in found.values():
        raise HTTPException(status_code=502)
    return found
