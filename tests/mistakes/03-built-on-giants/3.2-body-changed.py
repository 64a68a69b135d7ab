# check: leaves_answers_alone
# says: return the response that `call_next` gave you
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
    response = await call_next(request)
    seconds = f"{time.perf_counter() - start:.4f}"
    response.headers["X-Process-Time"] = seconds
    if response.status_code == 200:
        return JSONResponse({"seconds": seconds}, headers={"X-Process-Time": seconds})
    return response


@timed.get("/rest")
async def rest() -> dict[str, str]:
    await asyncio.sleep(0.05)
    return {"message": "Well rested."}
