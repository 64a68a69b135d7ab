# check: begins_afresh
# says: a variable of the module outlives the app
# Exercise 3.3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    app.state.trails = ["Lake Loop", "Summit Trail"]
    yield {"season": "summer"}


guide = FastAPI(lifespan=lifespan)


guide.state.visits = 0


@guide.get("/trails")
async def list_trails(request: Request) -> list[str]:
    return request.app.state.trails


@guide.get("/visits")
async def count_visit(request: Request) -> dict[str, Any]:
    request.app.state.visits += 1
    return {"visits": request.app.state.visits, "season": request.state.season}
