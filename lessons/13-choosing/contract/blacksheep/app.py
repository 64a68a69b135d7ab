import itertools
from typing import Annotated, Literal

from blacksheep import Application, FromJSON, Response, delete, get, json, no_content, post, put
from blacksheep.exceptions import NotFound
from pydantic import BaseModel, Field


class TrailIn(BaseModel):
    name: Annotated[str, Field(min_length=1, max_length=80)]
    length_km: Annotated[float, Field(gt=0, le=1000)]
    difficulty: Literal["easy", "moderate", "hard"]


class Trail(TrailIn):
    id: int


app = Application()
trails: dict[int, Trail] = {}
numbers = itertools.count(1)


def find(number: int) -> Trail:
    if number not in trails:
        raise NotFound
    return trails[number]


@get("/trails")
async def list_trails(max_km: float = 1000) -> list[Trail]:
    return [trail for trail in trails.values() if trail.length_km <= max_km]


@post("/trails")
async def create_trail(trail: FromJSON[TrailIn]) -> Response:
    number = next(numbers)
    trails[number] = Trail(id=number, **trail.value.model_dump())
    return json(trails[number], 201)


@get("/trails/{int:number}")
async def read_trail(number: int) -> Trail:
    return find(number)


@put("/trails/{int:number}")
async def replace_trail(number: int, trail: FromJSON[TrailIn]) -> Trail:
    trails[number] = Trail(id=find(number).id, **trail.value.model_dump())
    return trails[number]


@delete("/trails/{int:number}")
async def delete_trail(number: int) -> Response:
    del trails[find(number).id]
    return no_content()
