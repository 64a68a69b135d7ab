"""The FastAPI app inside of two layers."""

import asyncio
import json
import re
import secrets
import sqlite3
import sys
import traceback
import uuid
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import anyio.to_thread
from fastapi import FastAPI, Header, HTTPException, Request
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Settings(BaseSettings):
    """What differs from place to place; a refused key is not quoted."""

    model_config = SettingsConfigDict(hide_input_in_errors=True)
    api_key: Annotated[SecretStr, Field(min_length=16)]
    database: str = "reports.db"
    host: str = "127.0.0.1"
    port: int = 8000
    grace: int = 8
    limit: int = 100
    trusted: str = "127.0.0.1"


settings = Settings()  # type: ignore[call-arg]


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


class RequestLine:
    """One JSON line for each request, and its id in the answer, whatever became of it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sent = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        id = sent if re.fullmatch("[A-Za-z0-9-]{1,36}", sent) else str(uuid.uuid4())
        line = {
            "request_id": id,
            "method": scope["method"],
            "path": scope["path"],
            "client": scope["client"][0],
            "status": 0,
        }

        async def send_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                line["status"] = message["status"]
                message["headers"] = [*message.get("headers", []), (b"x-request-id", id.encode())]
            await send(message)

        try:
            await self.app(scope, receive, send_id)
        except Exception:
            line["error"] = traceback.format_exc()
            if line["status"]:
                raise
            failed = JSONResponse({"detail": "Internal Server Error"}, status_code=500)
            await failed(scope, receive, send_id)
        finally:
            print(json.dumps(line), file=sys.stdout, flush=True)


api = FastAPI(title="Trip reports")
store = Store(settings.database)


@api.exception_handler(ConnectionError)
async def say_away(request: Request, error: ConnectionError) -> JSONResponse:
    return JSONResponse({"detail": "The database is away."}, 503, {"Retry-After": "1"})


@api.get("/health/live", include_in_schema=False)
async def tell_live() -> dict[str, str]:
    return {"status": "ok"}


@api.get("/health/ready", include_in_schema=False)
async def tell_ready() -> dict[str, str]:
    try:
        async with asyncio.timeout(0.5):
            await store.ping()
    except (TimeoutError, OSError):
        raise HTTPException(503, "The database is away.") from None
    return {"status": "ok"}


@api.get("/reports")
async def list_reports() -> list[dict[str, Any]]:
    return await store.all()


@api.post("/reports", status_code=201)
async def add_report(report: Report, x_api_key: Annotated[str, Header()] = "") -> dict[str, Any]:
    if not secrets.compare_digest(x_api_key.encode(), settings.api_key.get_secret_value().encode()):
        raise HTTPException(401, "This is not the key.")
    return {"id": await store.add(report.trail, report.text), **report.model_dump()}


@api.get("/slow")
async def slow() -> StreamingResponse:
    """Stands for a long answer. Leave it as it is."""

    async def pieces() -> AsyncIterator[str]:
        yield "begun\n"
        await asyncio.sleep(1)
        yield "done\n"

    return StreamingResponse(pieces(), media_type="text/plain")


@api.get("/live")
async def live() -> StreamingResponse:
    """Stands for an answer that has no end. Leave it as it is."""

    async def pieces() -> AsyncIterator[str]:
        while True:
            yield "still here\n"
            await asyncio.sleep(0.1)

    return StreamingResponse(pieces(), media_type="text/plain")


@api.get("/crash")
async def crash() -> None:
    """Stands for a bug. Leave it as it is."""
    raise RuntimeError("The bridge is out.")


app = RequestLine(RequestBodyLimitMiddleware(api, 10_000))


if __name__ == "__main__":
    import uvicorn

    uvicorn.run(
        "app:app",
        host=settings.host,
        port=settings.port,
        access_log=False,
        timeout_graceful_shutdown=settings.grace,
        limit_concurrency=settings.limit,
        forwarded_allow_ips=settings.trusted,
    )
