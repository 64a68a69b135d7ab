# check: names_every_wrong_field
# says: checked in two places
# Exercise 4.4
from typing import Annotated, Literal

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict, Field


class TrailIn(BaseModel):
    model_config = ConfigDict(str_strip_whitespace=True, extra="forbid")

    name: Annotated[str, Field(min_length=1)]
    length_km: Annotated[float, Field(gt=0)]
    difficulty: str
    region: str | None = None


desk = FastAPI()


@desk.post("/trails", status_code=201)
def create_trail(trail: TrailIn) -> TrailIn:
    if trail.difficulty not in ("easy", "moderate", "hard"):
        raise HTTPException(status_code=400, detail="unknown difficulty")
    return trail
