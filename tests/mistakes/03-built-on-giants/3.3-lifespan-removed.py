# check: keeps_the_season
# says: your code raised
# Exercise 3.3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request

trails: list[str] = []
visits = 0


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    yield {"season": "summer"}


guide = FastAPI()


async def load_trails() -> None:
    trails.append("Lake Loop")
    trails.append("Summit Trail")


guide.router.add_event_handler("startup", load_trails)


@guide.get("/trails")
async def list_trails() -> list[str]:
    return trails


@guide.get("/visits")
async def count_visit(request: Request) -> dict[str, Any]:
    global visits
    visits += 1
    return {"visits": visits, "season": request.state.season}
