# check: begins_afresh
# says: no other request is
# Exercise 3.3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request


@dataclass
class Counter:
    visits: int = 0


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    yield {"season": "summer", "trails": ["Lake Loop", "Summit Trail"], "counter": Counter()}


guide = FastAPI(lifespan=lifespan)


@guide.middleware("http")
async def count(request: Request, call_next):
    request.state.counter.visits += 1
    return await call_next(request)


@guide.get("/trails")
async def list_trails(request: Request) -> list[str]:
    trails: list[str] = request.state.trails
    return trails


@guide.get("/visits")
async def count_visit(request: Request) -> dict[str, Any]:
    return {"visits": request.state.counter.visits, "season": request.state.season}
