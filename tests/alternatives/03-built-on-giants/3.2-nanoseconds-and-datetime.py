# Exercise 3.2
import asyncio
from datetime import datetime

from fastapi import FastAPI, Request

timed = FastAPI()


@timed.get("/rest")
async def rest() -> dict[str, str]:
    await asyncio.sleep(0.05)
    return {"message": "Well rested."}


@timed.middleware("http")
async def stopwatch(request: Request, call_next):
    started_at = datetime.now()
    response = await call_next(request)
    response.headers["X-Process-Time"] = str((datetime.now() - started_at).total_seconds())
    return response
