# Exercise 10.4
import asyncio
import os
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response


@asynccontextmanager
async def lifespan(app: FastAPI):
    tickets = asyncio.Queue()
    for number in range(3):
        tickets.put_nowait(number)
    async with httpx.AsyncClient(base_url=os.environ["TRANSPORT_URL"]) as client:
        yield {"client": client, "tickets": tickets, "here": set()}


buses = FastAPI(lifespan=lifespan)


@buses.get("/buses/{trail_id}")
async def read_buses(trail_id: int, request: Request):
    here, tickets = request.state.here, request.state.tickets
    if len(here) > 7:
        return JSONResponse({"detail": "Later, please."}, 503, headers={"retry-after": "1"})
    here.add(id(request))
    try:
        ticket = await tickets.get()
        try:
            answer = await request.state.client.get(f"/trails/{trail_id}")
        finally:
            tickets.put_nowait(ticket)
    finally:
        here.discard(id(request))
    if answer.status_code != 200:
        return JSONResponse({"detail": "Bad gateway."}, 502)
    return Response(answer.content, media_type="application/json")
