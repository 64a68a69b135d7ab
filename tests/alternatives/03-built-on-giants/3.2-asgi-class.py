# Exercise 3.2
import asyncio
import time

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

timed = FastAPI()


class ProcessTime:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start = time.perf_counter()

        async def timing_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                seconds = f"{time.perf_counter() - start:.6f}".encode()
                message["headers"] = [*message["headers"], (b"x-process-time", seconds)]
            await send(message)

        await self.app(scope, receive, timing_send)


timed.add_middleware(ProcessTime)


@timed.get("/rest")
async def rest() -> dict[str, str]:
    await asyncio.sleep(0.05)
    return {"message": "Well rested."}
