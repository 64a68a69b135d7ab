# check: does_without_a_region
# says: `status_code=201`
# Exercise 4.4
from typing import Annotated, Literal

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field


class TrailIn(BaseModel):
    model_config = ConfigDict(str_strip_whitespace=True, extra="forbid")

    name: Annotated[str, Field(min_length=1)]
    length_km: Annotated[float, Field(gt=0)]
    difficulty: Literal["easy", "moderate", "hard"]
    region: str | None = None


desk = FastAPI()


@desk.post("/trails")
def create_trail(trail: TrailIn) -> TrailIn:
    return trail
