import itertools
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError
from pydantic import Field


class TrailIn(Schema):
    name: Annotated[str, Field(min_length=1, max_length=80)]
    length_km: Annotated[float, Field(gt=0, le=1000)]
    difficulty: Literal["easy", "moderate", "hard"]


class Trail(TrailIn):
    id: int


api = NinjaAPI()
trails: dict[int, dict[str, Any]] = {}
numbers = itertools.count(1)


def find(number: int) -> dict[str, Any]:
    if number not in trails:
        raise HttpError(404, "Not Found")
    return trails[number]


@api.get("/trails", response=list[Trail])
def list_trails(request: HttpRequest, max_km: float = 1000) -> list[dict[str, Any]]:
    return [trail for trail in trails.values() if trail["length_km"] <= max_km]


@api.post("/trails", response={201: Trail})
def create_trail(request: HttpRequest, trail: TrailIn) -> tuple[int, dict[str, Any]]:
    number = next(numbers)
    trails[number] = {"id": number, **trail.model_dump()}
    return 201, trails[number]


@api.get("/trails/{number}", response=Trail)
def read_trail(request: HttpRequest, number: int) -> dict[str, Any]:
    return find(number)


@api.put("/trails/{number}", response=Trail)
def replace_trail(request: HttpRequest, number: int, trail: TrailIn) -> dict[str, Any]:
    find(number).update(trail.model_dump())
    return trails[number]


@api.delete("/trails/{number}", response={204: None})
def delete_trail(request: HttpRequest, number: int) -> tuple[int, None]:
    find(number)
    del trails[number]
    return 204, None
