# %% 14.1
# Both dependencies are replaced, so the whole body is known and can be compared as one value; each limit is
# asked from both sides, since a limit that is off by one is right everywhere else.
import datetime as dt
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.testclient import TestClient
from pydantic import BaseModel, Field


class Permit(BaseModel):
    trail: str
    days: Annotated[int, Field(ge=1, le=14)]


def get_today() -> dt.date:
    return dt.date.today()


def get_code() -> str:
    return secrets.token_hex(2)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, list[dict[str, str]]]]:
    yield {"permits": []}


app = FastAPI(lifespan=lifespan)


@app.post("/permits", status_code=201)
def sell(
    permit: Permit,
    request: Request,
    today: Annotated[dt.date, Depends(get_today)],
    code: Annotated[str, Depends(get_code)],
) -> dict[str, str]:
    until = today + dt.timedelta(days=permit.days)
    sold = {"code": code, "trail": permit.trail, "until": until.isoformat()}
    request.state.permits.append(sold)
    return sold


@app.get("/permits")
def list_permits(request: Request) -> list[dict[str, str]]:
    return list(request.state.permits)


desk = SimpleNamespace(app=app, get_today=get_today, get_code=get_code)


def test_permits(desk: SimpleNamespace) -> None:
    desk.app.dependency_overrides = {
        desk.get_today: lambda: dt.date(2031, 12, 30),
        desk.get_code: lambda: "K7",
    }
    with TestClient(desk.app) as client:
        answer = client.post("/permits", json={"trail": "Lake Loop", "days": 3})
        assert answer.status_code == 201
        permit = {"code": "K7", "trail": "Lake Loop", "until": "2032-01-02"}
        assert answer.json() == permit
        longest = client.post("/permits", json={"trail": "Ridge Path", "days": 14})
        assert longest.json() == {"code": "K7", "trail": "Ridge Path", "until": "2032-01-13"}
        listed = client.get("/permits")
        assert listed.status_code == 200
        assert listed.json() == [permit, longest.json()]
        for days, status in ((0, 422), (1, 201), (14, 201), (15, 422)):
            answer = client.post("/permits", json={"trail": "Lake Loop", "days": days})
            assert answer.status_code == status
    desk.app.dependency_overrides.clear()


# %% 14.2
# `finally` belongs around the whole block of the test: what it raises comes out of `yield`. The overrides are
# put back as a copy, because others may have been there before.
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import SimpleNamespace
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Column, MetaData, String, Table, create_engine, insert, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

metadata = MetaData()
table = Table("hut", metadata, Column("name", String, primary_key=True))
events: list[str] = []


def get_session() -> Iterator[Session]:
    raise RuntimeError("This is the real database.")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    events.append("start")
    yield
    events.append("stop")


app = FastAPI(lifespan=lifespan)


@app.post("/huts", status_code=201)
def add_hut(name: str, session: Annotated[Session, Depends(get_session)]) -> None:
    session.execute(insert(table).values(name=name))
    session.commit()


@app.get("/huts")
def list_huts(session: Annotated[Session, Depends(get_session)]) -> list[str]:
    return list(session.scalars(select(table.c.name)))


desk = SimpleNamespace(app=app, get_session=get_session, metadata=metadata)


@contextmanager
def fresh_client(desk: SimpleNamespace) -> Iterator[TestClient]:
    engine = create_engine("sqlite://", connect_args={"check_same_thread": False}, poolclass=StaticPool)
    desk.metadata.create_all(engine)

    def get_test_session() -> Iterator[Session]:
        with Session(engine) as session:
            yield session

    before = dict(desk.app.dependency_overrides)
    desk.app.dependency_overrides[desk.get_session] = get_test_session
    try:
        with TestClient(desk.app) as client:
            yield client
    finally:
        desk.app.dependency_overrides = before
        engine.dispose()


# %% 14.3
# The id is set in pure ASGI, in the task that runs the app, so each line finds it, in threads as well. What a
# client sends is taken only whole and only if every letter is allowed: it ends up in a log.
import io
import json
import logging
import re
import uuid
from contextvars import ContextVar

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

lines = io.StringIO()
log = logging.getLogger("hikes")
log.setLevel(logging.INFO)
log.propagate = False
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        said = {"level": record.levelname, "message": record.getMessage(), "request_id": request_id.get()}
        return json.dumps(said)


handler = logging.StreamHandler(lines)
handler.setFormatter(JsonFormatter())
log.handlers = [handler]


class RequestId:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sent = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        id = sent if re.fullmatch("[A-Za-z0-9-]{1,36}", sent) else str(uuid.uuid4())

        async def send_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), (b"x-request-id", id.encode())]
            await send(message)

        token = request_id.set(id)
        try:
            await self.app(scope, receive, send_id)
        finally:
            request_id.reset(token)


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


# %% 14.4
# Each worker has a memory of its own, so the number is a row, and one statement adds to it: nothing can come
# between a reading and a writing. The key has no default, which makes a forgotten setting a start that fails.
import secrets
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from typing import Annotated

from fastapi import FastAPI, Header, HTTPException


def make_app(environ: Mapping[str, str]) -> FastAPI:
    key = environ.get("API_KEY", "")
    if not key:
        raise RuntimeError("API_KEY is not set.")
    app = FastAPI()

    def count(added: int) -> dict[str, int]:
        with closing(sqlite3.connect(environ["DATABASE"], timeout=20)) as connection, connection:
            connection.execute("create table if not exists visit (id integer primary key, number integer)")
            connection.execute(
                "insert into visit values (1, ?) on conflict do update set number = number + ?",
                (added, added),
            )
            return {"visits": connection.execute("select number from visit").fetchone()[0]}

    @app.post("/visits")
    def add_visit(x_api_key: Annotated[str, Header()] = "") -> dict[str, int]:
        if not secrets.compare_digest(x_api_key.encode(), key.encode()):
            raise HTTPException(401, "The key is wrong.")
        return count(1)

    @app.get("/visits")
    def count_visits() -> dict[str, int]:
        return count(0)

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError(f"The key {key} does not open the hut.")

    return app
