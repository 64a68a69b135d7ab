"""`HEAD` is what a middleware makes of each `GET`."""

import itertools
from typing import Annotated, Any, Literal

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, StringConstraints
from starlette.exceptions import HTTPException as AnyHTTPException

TRAILS: dict[int, dict[str, Any]] = {
    1: {"id": 1, "name": "Lake Loop", "length_km": 6.5, "difficulty": "easy"},
    2: {"id": 2, "name": "Ridge", "length_km": 18, "difficulty": "hard"},
}
RANGERS: list[dict[str, Any]] = [
    {"id": 1, "name": "Ada", "station": "North", "phone": "555-0101"},
    {"id": 2, "name": "Ben", "station": "Lake", "phone": "555-0102"},
]
new_numbers = itertools.count(3)


class TrailIn(BaseModel):
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
    length_km: Annotated[float, Field(gt=0, le=1000, strict=True)]
    difficulty: Literal["easy", "moderate", "hard"]


class Trail(TrailIn):
    id: int


class Trails(BaseModel):
    trails: list[Trail]
    count: int


class Ranger(BaseModel):
    id: int
    name: str
    station: str


class Rangers(BaseModel):
    rangers: list[Ranger]


class Problem(BaseModel):
    error: str


class Invalid(Problem):
    field: str


app = FastAPI(redirect_slashes=False)


@app.exception_handler(AnyHTTPException)
def explain(request: Request, error: AnyHTTPException) -> JSONResponse:
    if error.status_code == 400:
        return JSONResponse({"error": "invalid", "field": "body"}, 400)
    words = {404: "not found", 405: "method not allowed"}
    return JSONResponse({"error": words.get(error.status_code, error.detail)}, error.status_code)


@app.exception_handler(RequestValidationError)
def refuse(request: Request, error: RequestValidationError) -> JSONResponse:
    place, *rest = error.errors()[0]["loc"]
    if place == "path":
        return JSONResponse({"error": "not found"}, 404)
    # What is no JSON has a position there, and no field.
    field = rest[0] if rest and isinstance(rest[0], str) else "body"
    return JSONResponse({"error": "invalid", "field": field}, 400)


class HeadIsGet:
    """Answers a HEAD as a GET without the body."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        async def without_body(message):
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        if scope["type"] == "http" and scope["method"] == "HEAD":
            await self.app({**scope, "method": "GET"}, receive, without_body)
        else:
            await self.app(scope, receive, send)


app.add_middleware(HeadIsGet)


def find(number: int) -> dict[str, Any]:
    if number not in TRAILS:
        raise HTTPException(404)
    return TRAILS[number]


@app.get("/trails", responses={400: {"model": Invalid}})
def list_trails(max_km: float = 1000) -> Trails:
    found = [Trail(**trail) for trail in TRAILS.values() if trail["length_km"] <= max_km]
    return Trails(trails=found, count=len(found))


@app.get("/trails/{number}", responses={404: {"model": Problem}})
def read_trail(number: int) -> Trail:
    return Trail(**find(number))


@app.post("/trails", status_code=201, responses={400: {"model": Invalid}, 409: {"model": Problem}})
def create_trail(trail: TrailIn, response: Response) -> Trail:
    if any(other["name"] == trail.name for other in TRAILS.values()):
        raise HTTPException(409, "name is taken")
    number = next(new_numbers)
    TRAILS[number] = {"id": number, **trail.model_dump()}
    response.headers["Location"] = f"/trails/{number}"
    return Trail(**TRAILS[number])


@app.delete("/trails/{number}", status_code=204, responses={404: {"model": Problem}})
def delete_trail(number: int) -> None:
    del TRAILS[find(number)["id"]]


@app.get("/rangers")
def list_rangers() -> Rangers:
    return Rangers(rangers=[Ranger(**ranger) for ranger in RANGERS])
