# check: loads_the_trails
# says: The trails are there more than once
# Exercise 3.3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request

trails: list[str] = []
visits = 0


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    await load_trails()
    trails.extend(["Lake Loop", "Summit Trail"])
    yield {"season": "summer"}


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
