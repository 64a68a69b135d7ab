# check: measures_the_app
# says: both of them read for this request
# Exercise 3.2
import asyncio
import time
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response

timed = FastAPI()
start = time.perf_counter()


@timed.middleware("http")
async def add_process_time(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await call_next(request)
    response.headers["X-Process-Time"] = f"{time.perf_counter() - start:.4f}"
    return response


@timed.get("/rest")
async def rest() -> dict[str, str]:
    await asyncio.sleep(0.05)
    return {"message": "Well rested."}
