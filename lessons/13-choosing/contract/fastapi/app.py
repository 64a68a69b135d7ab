import itertools
from typing import Annotated, Literal

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field


class TrailIn(BaseModel):
    name: Annotated[str, Field(min_length=1, max_length=80)]
    length_km: Annotated[float, Field(gt=0, le=1000)]
    difficulty: Literal["easy", "moderate", "hard"]


class Trail(TrailIn):
    id: int


app = FastAPI()
trails: dict[int, Trail] = {}
numbers = itertools.count(1)


def find(number: int) -> Trail:
    if number not in trails:
        raise HTTPException(404)
    return trails[number]


@app.get("/trails")
def list_trails(max_km: float = 1000) -> list[Trail]:
    return [trail for trail in trails.values() if trail.length_km <= max_km]


@app.post("/trails", status_code=201)
def create_trail(trail: TrailIn) -> Trail:
    number = next(numbers)
    trails[number] = Trail(id=number, **trail.model_dump())
    return trails[number]


@app.get("/trails/{number}")
def read_trail(number: int) -> Trail:
    return find(number)


@app.put("/trails/{number}")
def replace_trail(number: int, trail: TrailIn) -> Trail:
    trails[number] = Trail(id=find(number).id, **trail.model_dump())
    return trails[number]


@app.delete("/trails/{number}", status_code=204)
def delete_trail(number: int) -> None:
    del trails[find(number).id]
