# Exercise 14.3
import io
import json
import logging
import uuid
from contextvars import ContextVar

from fastapi import FastAPI

lines = io.StringIO()
log = logging.getLogger("hikes")
log.setLevel(logging.INFO)
log.propagate = False
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


class AddId(logging.Filter):
    def filter(self, record):
        record.request_id = request_id.get()
        return True


class Lines(logging.Formatter):
    def format(self, record):
        return json.dumps(
            {
                "level": record.levelname,
                "message": record.message if hasattr(record, "message") else record.getMessage(),
                "request_id": record.request_id,
                "logger": record.name,
            }
        )


handler = logging.StreamHandler(lines)
handler.addFilter(AddId())
handler.setFormatter(Lines())
log.handlers = [handler]


class RequestId:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        id = ""
        for name, value in scope["headers"]:
            if name == b"x-request-id":
                id = value.decode("latin-1")
        allowed = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")
        if not 0 < len(id) <= 36 or not set(id) <= allowed:
            id = uuid.uuid4().hex

        async def reply(message):
            if message["type"] == "http.response.start":
                message.setdefault("headers", []).append((b"x-request-id", id.encode()))
            await send(message)

        request_id.set(id)
        try:
            await self.app(scope, receive, reply)
        finally:
            request_id.set(None)


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
