# Exercise 4.1
from enum import StrEnum

from pydantic import BaseModel, Field


class Difficulty(StrEnum):
    EASY = "easy"
    MODERATE = "moderate"
    HARD = "hard"


class Trail(BaseModel):
    name: str = Field(min_length=3, max_length=60)
    length_km: float = Field(gt=0, le=300)
    difficulty: Difficulty
    region: str | None = Field(default=None)
