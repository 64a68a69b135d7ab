"""Pocket: your own small framework, and a trail API that is written with it.

Check it with `course check 03`, run it in this folder with `uvicorn app:app --reload`.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import BaseModel, Field
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

Function = TypeVar("Function", bound=Callable[..., Any])


class Pocket(Starlette):
    """The framework. So far its decorators take a function and forget it."""

    def __init__(self, title: str, version: str) -> None:
        super().__init__(exception_handlers={HTTPException: answer_error})
        self.paths: dict[str, dict[str, Any]] = {}
        info = {"title": title, "version": version}
        self.document = {"openapi": "3.1.0", "info": info, "paths": self.paths}
        self.add_route("/openapi.json", self.describe)

    async def describe(self, request: Request) -> JSONResponse:
        return JSONResponse(self.document)

    def get(self, path: str) -> Callable[[Function], Function]:
        def decorate(function: Function) -> Function:
            return function

        return decorate

    def post(self, path: str) -> Callable[[Function], Function]:
        def decorate(function: Function) -> Function:
            return function

        return decorate


async def answer_error(request: Request, error: Exception) -> JSONResponse:
    """An `HTTPException` as JSON; Starlette itself would answer with plain text."""
    if not isinstance(error, HTTPException):
        raise error
    return JSONResponse({"detail": error.detail}, error.status_code, error.headers)


# The trail API. Leave it as it is: it works already, with FastAPI in place of Pocket.


class Trail(BaseModel):
    id: int
    name: str
    length_km: float
    difficulty: str


class Report(BaseModel):
    hiker: str
    stars: int = Field(ge=1, le=5)


TRAILS = [
    Trail(id=1, name="Lake Loop", length_km=6.5, difficulty="easy"),
    Trail(id=2, name="Fern Valley", length_km=9.0, difficulty="easy"),
    Trail(id=3, name="Ridge Path", length_km=14.0, difficulty="hard"),
]

app = Pocket(title="Trail desk", version="1.0")


@app.get("/trails")
def list_trails(difficulty: str | None = None, max_km: float | None = None) -> list[Trail]:
    return [
        trail
        for trail in TRAILS
        if difficulty in (None, trail.difficulty) and (max_km is None or trail.length_km <= max_km)
    ]


@app.get("/trails/{trail_id}")
async def get_trail(trail_id: int) -> Trail:
    for trail in TRAILS:
        if trail.id == trail_id:
            return trail
    raise HTTPException(status_code=404, detail="No trail has this id.")


@app.post("/trails/{trail_id}/reports")
async def add_report(trail_id: int, report: Report, notify: bool = False) -> dict[str, str | bool]:
    trail = await get_trail(trail_id)
    return {"message": f"{report.hiker} gave {trail.name} {report.stars} of 5 stars.", "notified": notify}
