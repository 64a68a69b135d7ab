# Exercise 14.3
import io
import json
import logging
import re
from contextvars import ContextVar

from fastapi import FastAPI

lines = io.StringIO()
log = logging.getLogger("hikes")
log.setLevel(logging.INFO)
log.propagate = False
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


import itertools

from starlette.datastructures import Headers, MutableHeaders

numbers = itertools.count()


class Json(logging.Formatter):
    def format(self, record):
        parts = {"level": record.levelname, "request_id": request_id.get(), "message": super().format(record)}
        return json.dumps(parts, sort_keys=True)


log.handlers[:] = [logging.StreamHandler(lines)]
log.handlers[0].setFormatter(Json("%(message)s"))


class RequestId:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        sent = Headers(scope=scope).get("x-request-id")
        good = sent is not None and re.fullmatch("[-0-9a-zA-Z]+", sent) and len(sent) < 37
        request_id.set(sent if good else f"request-{next(numbers)}")

        async def add(message):
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-ID"] = request_id.get()
            await send(message)

        await self.app(scope, receive, add)


app = FastAPI()
app.add_middleware(RequestId)


@app.get("/hikes/{number}")
def read_hike(number: int) -> int:
    log.info("hike %s", number)
    return number


@app.get("/slow/{number}")
async def read_slowly(number: int) -> int:
    import asyncio

    log.info("slow %s", number)
    await asyncio.sleep(0.01)
    log.warning("slow %s", number)
    return number
