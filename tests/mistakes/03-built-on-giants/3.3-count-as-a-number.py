# check: begins_afresh
# says: Every request has a copy of the state
# Exercise 3.3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request

TRAILS = ["Lake Loop", "Summit Trail"]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    yield {"season": "summer", "visits": 0}


guide = FastAPI(lifespan=lifespan)


@guide.get("/trails")
async def list_trails() -> list[str]:
    return TRAILS


@guide.get("/visits")
async def count_visit(request: Request) -> dict[str, Any]:
    request.state.visits += 1
    return {"visits": request.state.visits, "season": request.state.season}
