# Exercise 4.4
import warnings
from enum import StrEnum, auto

from fastapi import FastAPI
from pydantic import BaseModel, Field, PositiveFloat

warnings.filterwarnings("error")


class Difficulty(StrEnum):
    EASY = auto()
    MODERATE = auto()
    HARD = auto()


class ApiModel(BaseModel, extra="forbid", str_strip_whitespace=True):
    pass


class TrailIn(ApiModel):
    name: str = Field(min_length=1)
    length_km: PositiveFloat
    difficulty: Difficulty
    region: str | None = None


class TrailOut(TrailIn):
    pass


desk = FastAPI()


@desk.post("/trails", status_code=201, response_model=TrailOut)
async def create_trail(trail: TrailIn):
    return TrailOut(**trail.model_dump())
