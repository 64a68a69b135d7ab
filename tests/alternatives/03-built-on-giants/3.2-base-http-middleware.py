# Exercise 3.2
import asyncio
from time import monotonic

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware


class Timer(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        before = monotonic()
        response = await call_next(request)
        response.headers.update({"x-process-time": str(monotonic() - before)})
        return response


timed = FastAPI(middleware=[Middleware(Timer)])


@timed.get("/rest")
async def rest() -> dict[str, str]:
    await asyncio.sleep(0.05)
    return {"message": "Well rested."}
