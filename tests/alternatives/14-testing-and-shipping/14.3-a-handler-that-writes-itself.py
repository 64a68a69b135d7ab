# Exercise 14.3
import io
import itertools
import json
import logging
import re
import time
from contextvars import ContextVar

from fastapi import FastAPI

lines = io.StringIO()
log = logging.getLogger("hikes")
log.setLevel(logging.INFO)
log.propagate = False

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


class JsonLines(logging.Handler):
    """Writes the line itself, without a formatter."""

    def emit(self, record: logging.LogRecord) -> None:
        line = dict(request_id=request_id.get(), level=record.levelname, message=record.getMessage())
        lines.write(json.dumps(line, ensure_ascii=False) + "\n")


log.handlers = [JsonLines()]
ids = itertools.count(1)
START = f"{time.time_ns():x}"


class RequestId:
    def __init__(self, app) -> None:
        self.app = app

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] == "http":
            found = [value for name, value in scope["headers"] if name == b"x-request-id"]
            keeps = found and re.fullmatch(rb"[a-zA-Z0-9\-]{1,36}", found[0])
            name = found[0] if keeps else f"{START}-{next(ids)}".encode()
            request_id.set(name.decode())
            inner = send

            async def send(message) -> None:
                if message["type"] == "http.response.start":
                    message = {**message, "headers": [(b"X-Request-ID".lower(), name), *message["headers"]]}
                await inner(message)

        await self.app(scope, receive, send)


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
