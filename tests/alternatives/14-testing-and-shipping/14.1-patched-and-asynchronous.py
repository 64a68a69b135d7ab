# Exercise 14.1
import datetime as dt
import secrets
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
async def lifespan(app: FastAPI):
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
    return request.state.permits


desk = SimpleNamespace(app=app, get_today=get_today, get_code=get_code)


from unittest import mock


async def run(desk):
    replaced = {desk.get_today: lambda: dt.date(2099, 12, 31), desk.get_code: lambda: "1"}
    with mock.patch.dict(desk.app.dependency_overrides, replaced), TestClient(desk.app) as client:
        first = client.post("/permits", json={"trail": "A", "days": 1})
        second = client.post("/permits", json={"trail": "B", "days": 14})
        bad = [client.post("/permits", json={"trail": "C", "days": n}).status_code for n in (0, 15)]
        all_of_them = client.get("/permits").json()
    assert (first.status_code, second.status_code, bad) == (201, 201, [422, 422])
    wanted = [
        {"code": "1", "trail": "A", "until": "2100-01-01"},
        {"code": "1", "trail": "B", "until": "2100-01-14"},
    ]
    assert [first.json(), second.json()] == wanted == all_of_them


async def test_permits(desk):
    await run(desk)
