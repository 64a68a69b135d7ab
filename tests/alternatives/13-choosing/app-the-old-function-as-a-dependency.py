"""The old function still finds the wrong field, in a dependency; the body's model is for the docs."""

import itertools
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from pydantic import BaseModel

TRAILS: dict[int, dict[str, Any]] = {
    1: {"id": 1, "name": "Lake Loop", "length_km": 6.5, "difficulty": "easy"},
    2: {"id": 2, "name": "Ridge", "length_km": 18, "difficulty": "hard"},
}
new_numbers = itertools.count(3)


class NewTrail(BaseModel):
    name: str
    length_km: float
    difficulty: str


class Trail(NewTrail):
    id: int


class Trails(BaseModel):
    trails: list[Trail]
    count: int


class Ranger(BaseModel):
    id: int
    name: str
    station: str


def invalid(field: str) -> HTTPException:
    return HTTPException(400, {"error": "invalid", "field": field})


async def trail_in(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        raise invalid("body") from None
    if not isinstance(body, dict):
        raise invalid("body")
    name, km, difficulty = (body.get(field) for field in ("name", "length_km", "difficulty"))
    if not isinstance(name, str) or not 1 <= len(name.strip()) <= 80:
        raise invalid("name")
    if type(km) not in (int, float) or not 0 < km <= 1000:
        raise invalid("length_km")
    if difficulty not in ("easy", "moderate", "hard"):
        raise invalid("difficulty")
    return {"name": name.strip(), "length_km": km, "difficulty": difficulty}


def number_in(number: str) -> int:
    if not number.isdecimal() or int(number) not in TRAILS:
        raise HTTPException(404)
    return int(number)


Number = Annotated[int, Depends(number_in)]
BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": NewTrail.model_json_schema()}},
    }
}

app = FastAPI()
app.router.redirect_slashes = False


async def say(request: Request, error: Any) -> JSONResponse:
    if isinstance(error.detail, dict):
        return JSONResponse(error.detail, error.status_code)
    return JSONResponse({"error": error.detail.lower()}, error.status_code)


for status in (400, 404, 405, 409):
    app.add_exception_handler(status, say)


@app.get("/trails", responses={400: {"description": "No number"}})
async def list_trails(request: Request) -> Trails:
    try:
        max_km = float(request.query_params.get("max_km", "inf"))
    except ValueError:
        raise invalid("max_km") from None
    found = [Trail(**trail) for trail in TRAILS.values() if trail["length_km"] <= max_km]
    return Trails(trails=found, count=len(found))


@app.head("/trails", response_class=PlainTextResponse, include_in_schema=False)
async def head_trails() -> str:
    return ""


@app.get("/trails/{number}", responses={404: {"description": "Not found"}})
async def read_trail(number: Number) -> Trail:
    return Trail(**TRAILS[number])


@app.post(
    "/trails",
    status_code=201,
    response_model=Trail,
    responses={400: {"description": "Invalid"}, 409: {"description": "Taken"}},
    openapi_extra=BODY,
)
async def create_trail(trail: Annotated[dict[str, Any], Depends(trail_in)]) -> Response:
    if trail["name"] in {other["name"] for other in TRAILS.values()}:
        raise HTTPException(409, "name is taken")
    number = next(new_numbers)
    TRAILS[number] = {"id": number} | trail
    return JSONResponse(TRAILS[number], 201, headers={"Location": f"/trails/{number}"})


@app.delete("/trails/{number}", responses={404: {"description": "Not found"}}, status_code=204)
async def delete_trail(number: Number) -> None:
    TRAILS.pop(number)


@app.get("/rangers")
async def list_rangers() -> dict[str, list[Ranger]]:
    return {"rangers": [Ranger(id=1, name="Ada", station="North"), Ranger(id=2, name="Ben", station="Lake")]}
