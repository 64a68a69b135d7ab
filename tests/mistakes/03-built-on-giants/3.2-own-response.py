# check: leaves_answers_alone
# says: before there was a middleware
# Exercise 3.2
import asyncio
import time
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

timed = FastAPI()


@timed.middleware("http")
async def add_process_time(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    start = time.perf_counter()
    await call_next(request)
    seconds = time.perf_counter() - start
    return JSONResponse({"seconds": seconds}, headers={"X-Process-Time": f"{seconds:.4f}"})


@timed.get("/rest")
async def rest() -> dict[str, str]:
    await asyncio.sleep(0.05)
    return {"message": "Well rested."}
