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


import unittest


class Permits(unittest.TestCase):
    def runTest(self):
        overrides = self.desk.app.dependency_overrides
        overrides[self.desk.get_today] = lambda: dt.date(2001, 1, 1)
        overrides[self.desk.get_code] = lambda: "secret-code"
        self.addCleanup(overrides.clear)
        with TestClient(self.desk.app, raise_server_exceptions=False) as client:
            for days, until in ((1, "2001-01-02"), (14, "2001-01-15")):
                answer = client.post("/permits", json={"trail": f"To {until}", "days": days})
                self.assertEqual(answer.status_code, 201)
                self.assertEqual(
                    answer.json(), {"code": "secret-code", "trail": f"To {until}", "until": until}
                )
            self.assertEqual(
                [one["until"] for one in client.get("/permits").json()], ["2001-01-02", "2001-01-15"]
            )
            self.assertEqual(set(client.get("/permits").json()[0]), {"code", "trail", "until"})
            for days in (0, 15):
                self.assertEqual(client.post("/permits", json={"trail": "X", "days": days}).status_code, 422)


def test_permits(desk):
    test = Permits()
    test.desk = desk
    test.debug()
