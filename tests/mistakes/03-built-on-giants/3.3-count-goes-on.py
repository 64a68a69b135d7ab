# check: begins_afresh
# says: a variable of the module outlives the app
# Exercise 3.3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request

trails: list[str] = []
visits = 0


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    trails[:] = ["Lake Loop", "Summit Trail"]
    yield {"season": "summer"}


guide = FastAPI(lifespan=lifespan)


@guide.get("/trails")
async def list_trails() -> list[str]:
    return trails


@guide.get("/visits")
async def count_visit(request: Request) -> dict[str, Any]:
    global visits
    visits += 1
    return {"visits": visits, "season": request.state.season}
