"""Logging with a formatter, settings by hand, and a handler for every exception."""

import asyncio
import hmac
import json
import logging
import os
import re
import sqlite3
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import anyio.to_thread
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel

KEY = os.environ.get("API_KEY", "")
if len(KEY) < 16:
    sys.exit("API_KEY has to have 16 characters at least.")


class Report(BaseModel):
    trail: str
    text: str


class Store:
    """The reports, in a SQLite file. Leave it as it is.

    While there is a file of the same name with `.away` behind it, the database cannot be reached, and each
    method raises a `ConnectionError`. While there is one with `.hangs`, no method returns.
    """

    def __init__(self, path: str) -> None:
        self.path = path

    async def add(self, trail: str, text: str) -> int:
        """Keep a report, and return its number."""
        added = await self._run("insert into report (trail, text) values (?, ?) returning id", trail, text)
        return int(added[0][0])

    async def all(self) -> list[dict[str, Any]]:
        """All reports, in the order in which they came."""
        found = await self._run("select id, trail, text from report order by id")
        return [{"id": id, "trail": trail, "text": text} for id, trail, text in found]

    async def ping(self) -> None:
        """Return if the database answers."""
        await self._run("select count(*) from report")

    async def _run(self, sql: str, *values: str) -> list[Any]:
        while Path(f"{self.path}.hangs").exists():
            await asyncio.sleep(0.05)
        if Path(f"{self.path}.away").exists():
            raise ConnectionError("The database cannot be reached.")
        return await anyio.to_thread.run_sync(self._run_here, sql, *values)

    def _run_here(self, sql: str, *values: str) -> list[Any]:
        with closing(sqlite3.connect(self.path, timeout=20)) as connection, connection:
            connection.execute(
                "create table if not exists report (id integer primary key, trail text, text text)"
            )
            return connection.execute(sql, values).fetchall()


class Lines(logging.Formatter):
    def format(self, record):
        parts = dict(record.args) if isinstance(record.args, dict) else {"message": record.getMessage()}
        parts["level"] = record.levelname
        if record.exc_info:
            parts["error"] = self.formatException(record.exc_info)
        return json.dumps(parts)


out = logging.StreamHandler(sys.stdout)
out.setFormatter(Lines())
log = logging.getLogger("trip-reports")
log.addHandler(out)
log.setLevel("INFO")
log.propagate = False

app = FastAPI(title="Trip reports")
store = Store(os.environ.get("DATABASE", "reports.db"))


class Limit:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        length = dict(scope["headers"]).get(b"content-length", b"0")
        body, more = b"", not (length.isdigit() and int(length) > 10_000)
        large = not more
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > 10_000:
                large = True
                break
        if large:
            return await JSONResponse({"detail": "too large"}, 413)(scope, receive, send)
        messages = [{"type": "http.request", "body": body, "more_body": False}]

        async def again():
            return messages.pop() if messages else await receive()

        return await self.app(scope, again, send)


class Mark:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        given = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-request-id"]
        good = given and re.fullmatch(r"[a-zA-Z0-9-]{1,36}", given[0])
        id = given[0] if good else uuid.uuid4().hex
        scope.setdefault("state", {})["id"] = id
        told = {"status": 500}

        async def mark(message):
            if message["type"] == "http.response.start":
                told["status"] = message["status"]
                message["headers"] = [(b"x-request-id", id.encode()), *message["headers"]]
            await send(message)

        what = {
            "request_id": id,
            "method": scope["method"],
            "path": scope["path"],
            "client": scope["client"][0],
        }
        try:
            await self.app(scope, receive, mark)
        except Exception:
            log.exception("%(status)s", what | told)
            raise
        log.info("%(status)s", what | told)


app.add_middleware(Limit)
app.add_middleware(Mark)


@app.exception_handler(Exception)
async def failed(request: Request, error: Exception):
    return JSONResponse({"detail": "failed"}, 500, {"X-Request-ID": request.state.id})


@app.exception_handler(ConnectionError)
async def away(request: Request, error: ConnectionError):
    return JSONResponse({"detail": "away"}, 503, {"Retry-After": "1"})


def need_key(x_api_key: Annotated[str | None, Header()] = None) -> None:
    if x_api_key is None or not hmac.compare_digest(x_api_key.encode(), KEY.encode()):
        raise HTTPException(401)


@app.get("/health/live", include_in_schema=False)
def live_or_not():
    return {"status": "ok"}


@app.get("/health/ready", include_in_schema=False)
async def ready_or_not():
    try:
        await asyncio.wait_for(store.ping(), 0.8)
    except Exception:
        return JSONResponse({"status": "away"}, 503)
    return {"status": "ok"}


@app.get("/reports")
async def list_reports() -> list[dict[str, Any]]:
    return await store.all()


@app.post("/reports", status_code=201, dependencies=[Depends(need_key)])
async def add_report(report: Report) -> dict[str, Any]:
    return {"id": await store.add(report.trail, report.text), "trail": report.trail, "text": report.text}


@app.get("/slow")
async def slow() -> StreamingResponse:
    """Stands for a long answer. Leave it as it is."""

    async def pieces() -> AsyncIterator[str]:
        yield "begun\n"
        await asyncio.sleep(1)
        yield "done\n"

    return StreamingResponse(pieces(), media_type="text/plain")


@app.get("/live")
async def live() -> StreamingResponse:
    """Stands for an answer that has no end. Leave it as it is."""

    async def pieces() -> AsyncIterator[str]:
        while True:
            yield "still here\n"
            await asyncio.sleep(0.1)

    return StreamingResponse(pieces(), media_type="text/plain")


@app.get("/crash")
async def crash() -> None:
    """Stands for a bug. Leave it as it is."""
    raise RuntimeError("The bridge is out.")


def main() -> None:
    import uvicorn

    config = uvicorn.Config(
        app,
        host=os.environ.get("HOST", "0.0.0.0"),
        port=int(os.environ.get("PORT", "8000")),
        timeout_graceful_shutdown=int(os.environ.get("GRACE", "5")),
        limit_concurrency=int(os.environ.get("LIMIT", "100")) + 1,
        forwarded_allow_ips=[os.environ.get("TRUSTED", "127.0.0.1")],
        proxy_headers=True,
        log_level="info",
    )
    logging.getLogger("uvicorn.access").handlers.clear()
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
