# Exercise 3.2
import asyncio
from timeit import default_timer

from fastapi import FastAPI

inner = FastAPI()


@inner.get("/rest")
async def rest() -> dict[str, str]:
    await asyncio.sleep(0.05)
    return {"message": "Well rested."}


async def timed(scope, receive, send):
    start = default_timer()

    async def send_with_time(message):
        if message["type"] == "http.response.start":
            took = str(default_timer() - start).encode()
            message = {**message, "headers": [*message["headers"], (b"x-process-time", took)]}
        await send(message)

    await inner(scope, receive, send_with_time)
