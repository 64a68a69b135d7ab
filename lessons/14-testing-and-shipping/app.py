"""Trip reports: it runs at the desk, and is to be made ready for production.

Run it in this folder with `python app.py`, check it with `course check 14`.
"""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import anyio.to_thread
from fastapi import FastAPI, Header, HTTPException
from fastapi.responses import StreamingResponse
from pydantic import BaseModel


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


app = FastAPI(title="Trip reports", debug=True)
key = os.environ.get("API_KEY", "let-me-in-please")
reports: list[dict[str, Any]] = []


@app.get("/reports")
async def list_reports() -> list[dict[str, Any]]:
    return reports


@app.post("/reports", status_code=201)
async def add_report(report: Report, x_api_key: Annotated[str, Header()] = "") -> dict[str, Any]:
    if x_api_key != key:
        raise HTTPException(401, f"This is not the key. It is {key}.")
    reports.append({"id": len(reports) + 1, **report.model_dump()})
    return reports[-1]


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


if __name__ == "__main__":
    import uvicorn

    uvicorn.run("app:app", host="0.0.0.0", port=8000, reload=True)
