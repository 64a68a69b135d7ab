import itertools
from typing import Annotated, Literal

from litestar import Litestar, delete, get, post, put
from litestar.exceptions import NotFoundException
from pydantic import BaseModel, Field


class TrailIn(BaseModel):
    name: Annotated[str, Field(min_length=1, max_length=80)]
    length_km: Annotated[float, Field(gt=0, le=1000)]
    difficulty: Literal["easy", "moderate", "hard"]


class Trail(TrailIn):
    id: int


trails: dict[int, Trail] = {}
numbers = itertools.count(1)


def find(number: int) -> Trail:
    if number not in trails:
        raise NotFoundException
    return trails[number]


@get("/trails", sync_to_thread=False)
def list_trails(max_km: float = 1000) -> list[Trail]:
    return [trail for trail in trails.values() if trail.length_km <= max_km]


@post("/trails", sync_to_thread=False)
def create_trail(data: TrailIn) -> Trail:
    number = next(numbers)
    trails[number] = Trail(id=number, **data.model_dump())
    return trails[number]


@get("/trails/{number:int}", sync_to_thread=False)
def read_trail(number: int) -> Trail:
    return find(number)


@put("/trails/{number:int}", sync_to_thread=False)
def replace_trail(number: int, data: TrailIn) -> Trail:
    trails[number] = Trail(id=find(number).id, **data.model_dump())
    return trails[number]


@delete("/trails/{number:int}", sync_to_thread=False)
def delete_trail(number: int) -> None:
    del trails[find(number).id]


app = Litestar([list_trails, create_trail, read_trail, replace_trail, delete_trail])
