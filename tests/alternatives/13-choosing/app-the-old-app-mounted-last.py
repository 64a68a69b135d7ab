"""All five operations have moved; the old app is still mounted last, and answers what none of them takes."""

import itertools
from typing import Annotated, Any, Literal

from a2wsgi import WSGIMiddleware
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException as HTTPError
from werkzeug.exceptions import HTTPException

TRAILS: dict[int, dict[str, Any]] = {
    1: {"id": 1, "name": "Lake Loop", "length_km": 6.5, "difficulty": "easy"},
    2: {"id": 2, "name": "Ridge", "length_km": 18, "difficulty": "hard"},
}
RANGERS: list[dict[str, Any]] = [
    {"id": 1, "name": "Ada", "station": "North", "phone": "555-0101"},
    {"id": 2, "name": "Ben", "station": "Lake", "phone": "555-0102"},
]
DIFFICULTIES = ("easy", "moderate", "hard")
new_numbers = itertools.count(3)

flask_app = Flask("office")
flask_app.config["PROPAGATE_EXCEPTIONS"] = True


@flask_app.errorhandler(HTTPException)
def explain(error: HTTPException) -> ResponseReturnValue:
    return jsonify(error=error.name.lower()), error.code or 500


def wrong_field(body: Any) -> str | None:
    """The first field that is wrong, in the order in which clients are told."""
    if not isinstance(body, dict):
        return "body"
    name = body.get("name")
    if not isinstance(name, str) or not 1 <= len(name.strip()) <= 80:
        return "name"
    length_km = body.get("length_km")
    if isinstance(length_km, bool) or not isinstance(length_km, int | float) or not 0 < length_km <= 1000:
        return "length_km"
    if body.get("difficulty") not in DIFFICULTIES:
        return "difficulty"
    return None


@flask_app.get("/trails")
def list_trails() -> ResponseReturnValue:
    try:
        max_km = float(request.args.get("max_km", 1000))
    except ValueError:
        return jsonify(error="invalid", field="max_km"), 400
    found = [trail for trail in TRAILS.values() if trail["length_km"] <= max_km]
    return jsonify(trails=found, count=len(found))


@flask_app.get("/trails/<int:number>")
def read_trail(number: int) -> ResponseReturnValue:
    if number not in TRAILS:
        return jsonify(error="not found"), 404
    return jsonify(TRAILS[number])


@flask_app.post("/trails")
def create_trail() -> ResponseReturnValue:
    body: Any = request.get_json(silent=True)
    if field := wrong_field(body):
        return jsonify(error="invalid", field=field), 400
    name = body["name"].strip()
    if any(trail["name"] == name for trail in TRAILS.values()):
        return jsonify(error="name is taken"), 409
    number = next(new_numbers)
    TRAILS[number] = {
        "id": number,
        "name": name,
        "length_km": body["length_km"],
        "difficulty": body["difficulty"],
    }
    return jsonify(TRAILS[number]), 201, {"Location": f"/trails/{number}"}


@flask_app.delete("/trails/<int:number>")
def delete_trail(number: int) -> ResponseReturnValue:
    if TRAILS.pop(number, None) is None:
        return jsonify(error="not found"), 404
    return "", 204


@flask_app.get("/rangers")
def list_rangers() -> ResponseReturnValue:
    return jsonify(rangers=[{key: one[key] for key in ("id", "name", "station")} for one in RANGERS])


class TrailIn(BaseModel):
    model_config = ConfigDict(strict=True, str_strip_whitespace=True)

    name: Annotated[str, Field(min_length=1, max_length=80)]
    length_km: Annotated[float, Field(gt=0, le=1000)]
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


app = FastAPI(title="The trails office")


@app.exception_handler(RequestValidationError)
async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    loc = [part for part in error.errors()[0]["loc"] if isinstance(part, str)]
    return JSONResponse({"error": "invalid", "field": loc[-1]}, 400)


@app.exception_handler(HTTPError)
async def unreadable(request: Request, error: HTTPError) -> JSONResponse:
    return JSONResponse({"error": "invalid", "field": "body"}, error.status_code)


@app.get("/trails", response_model=Trails, responses={400: {"model": Invalid}})
def list_trails_anew(max_km: float = 1000):
    found = [trail for trail in TRAILS.values() if trail["length_km"] <= max_km]
    return {"trails": found, "count": len(found)}


@app.get("/trails/{number:int}", response_model=Trail, responses={404: {"model": Problem}})
def read_trail_anew(number: int):
    return TRAILS.get(number) or JSONResponse({"error": "not found"}, 404)


@app.post(
    "/trails",
    status_code=201,
    response_model=Trail,
    responses={400: {"model": Invalid}, 409: {"model": Problem}},
)
async def create_trail_anew(request: Request, body: TrailIn, response: Response):
    if body.name in {trail["name"] for trail in TRAILS.values()}:
        return JSONResponse({"error": "name is taken"}, 409)
    number = next(new_numbers)
    TRAILS[number] = {"id": number, **body.model_dump()}
    response.headers["Location"] = f"/trails/{number}"
    return TRAILS[number]


@app.delete("/trails/{number:int}", status_code=204, responses={404: {"model": Problem}})
def delete_trail_anew(number: int):
    if TRAILS.pop(number, None) is None:
        return JSONResponse({"error": "not found"}, 404)
    return Response(status_code=204)


@app.get("/rangers", response_model=Rangers)
def list_rangers_anew():
    return {"rangers": RANGERS}


app.mount("/", WSGIMiddleware(flask_app))  # type: ignore[arg-type]
