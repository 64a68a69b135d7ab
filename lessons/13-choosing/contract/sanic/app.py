import itertools
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError
from sanic import HTTPResponse, NotFound, Request, Sanic, empty, json


class TrailIn(BaseModel):
    name: Annotated[str, Field(min_length=1, max_length=80)]
    length_km: Annotated[float, Field(gt=0, le=1000)]
    difficulty: Literal["easy", "moderate", "hard"]


class Search(BaseModel):
    max_km: float = 1000


app = Sanic("trails")
trails: dict[int, dict[str, Any]] = {}
numbers = itertools.count(1)


@app.exception(ValidationError)
async def refuse(request: Request, error: ValidationError) -> HTTPResponse:
    return json({"detail": error.errors(include_url=False, include_context=False)}, 422)


def find(number: int) -> dict[str, Any]:
    if number not in trails:
        raise NotFound
    return trails[number]


def body(request: Request) -> dict[str, Any]:
    return TrailIn.model_validate(request.json).model_dump()


@app.get("/trails")
async def list_trails(request: Request) -> HTTPResponse:
    search = Search.model_validate(dict(request.query_args))
    return json([trail for trail in trails.values() if trail["length_km"] <= search.max_km])


@app.post("/trails")
async def create_trail(request: Request) -> HTTPResponse:
    trail = body(request)
    number = next(numbers)
    trails[number] = {"id": number, **trail}
    return json(trails[number], 201)


@app.get("/trails/<number:int>")
async def read_trail(request: Request, number: int) -> HTTPResponse:
    return json(find(number))


@app.put("/trails/<number:int>")
async def replace_trail(request: Request, number: int) -> HTTPResponse:
    find(number).update(body(request))
    return json(trails[number])


@app.delete("/trails/<number:int>")
async def delete_trail(request: Request, number: int) -> HTTPResponse:
    find(number)
    del trails[number]
    return empty()
