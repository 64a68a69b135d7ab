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


def sell_on(client, day, days, trail="Owl Path", code="zz"):
    client.app.dependency_overrides[desk.get_today] = lambda: day
    return client.post("/permits", json={"trail": trail, "days": days})


def test_permits(given):
    day = dt.date(2040, 2, 28)
    given.app.dependency_overrides[given.get_code] = lambda: "zz"
    given.app.dependency_overrides[given.get_today] = lambda: day
    sold = []
    with TestClient(given.app) as client:
        for days in range(-1, 17):
            answer = client.post("/permits", json={"trail": f"Path {days}", "days": days})
            if 1 <= days <= 14:
                assert answer.status_code == 201, days
                sold.append({"code": "zz", "trail": f"Path {days}", "until": str(day + dt.timedelta(days))})
                assert answer.json() == sold[-1]
            else:
                assert answer.status_code == 422, days
        assert client.get("/permits").json() == sold
