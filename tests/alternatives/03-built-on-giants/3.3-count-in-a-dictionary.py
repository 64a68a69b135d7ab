# Exercise 3.3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    yield {"season": "summer", "trails": ["Lake Loop", "Summit Trail"], "count": {"visits": 0}}


guide = FastAPI(lifespan=lifespan)


@guide.get("/trails")
async def list_trails(request: Request) -> list[str]:
    return request.state["trails"]


@guide.get("/visits")
async def count_visit(request: Request) -> dict[str, Any]:
    count = request.state["count"]
    count["visits"] += 1
    return {**count, "season": request.state["season"]}
