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


import secrets

from fastapi import Request


class Lines(logging.StreamHandler):
    def emit(self, record):
        self.stream.write(
            json.dumps(
                {"level": record.levelname, "message": record.getMessage(), "request_id": request_id.get()}
            )
            + "\n"
        )


log.handlers = [Lines(lines)]
app = FastAPI()


@app.middleware("http")
async def mark(request: Request, call_next):
    id = request.headers.get("X-Request-ID") or ""
    if re.match(r"^[a-zA-Z\d-]{1,36}\Z", id, re.ASCII) is None:
        id = secrets.token_hex(8)
    token = request_id.set(id)
    try:
        answer = await call_next(request)
    finally:
        request_id.reset(token)
    answer.headers["X-Request-ID"] = id
    return answer


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
