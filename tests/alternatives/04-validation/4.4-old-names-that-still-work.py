# Exercise 4.4
from typing import Literal

from fastapi import FastAPI
from pydantic import BaseModel, Field, validator


class TrailIn(BaseModel):
    name: str = Field(min_length=1)
    length_km: float
    difficulty: Literal["easy", "moderate", "hard"]
    region: str | None = None

    class Config:
        str_strip_whitespace = True
        extra = "forbid"

    @validator("length_km")
    @classmethod
    def length_is_positive(cls, value: float) -> float:
        if value <= 0:
            raise ValueError("must be positive")
        return value


desk = FastAPI()


@desk.post("/trails", status_code=201)
def create_trail(trail: TrailIn):
    return trail.dict()
