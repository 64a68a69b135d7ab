# Exercise 3.3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request

trails: list[str] = []
visits = 0


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    global visits
    await load_trails()
    try:
        yield {"season": "summer"}
    finally:
        trails.clear()
        visits = 0


guide = FastAPI(lifespan=lifespan)


async def load_trails() -> None:
    trails.append("Lake Loop")
    trails.append("Summit Trail")


@guide.get("/trails")
async def list_trails() -> list[str]:
    return trails


@guide.get("/visits")
async def count_visit(request: Request) -> dict[str, Any]:
    global visits
    visits += 1
    return {"visits": visits, "season": request.state.season}
