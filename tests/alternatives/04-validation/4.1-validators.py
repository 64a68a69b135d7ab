# Exercise 4.1
from __future__ import annotations

from pydantic import BaseModel, ConfigDict, field_validator


class Trail(BaseModel):
    """A trail, checked by hand."""

    model_config = ConfigDict(strict=True)

    name: str
    length_km: float
    difficulty: str
    region: str | None = None

    @field_validator("name")
    @classmethod
    def check_name(cls, name: str) -> str:
        if not 3 <= len(name) <= 60:
            raise ValueError("3 to 60 characters, please")
        return name

    @field_validator("length_km")
    @classmethod
    def check_length(cls, length_km: float) -> float:
        assert 0 < length_km <= 300, "more than 0, at most 300"
        return length_km

    @field_validator("difficulty")
    @classmethod
    def check_difficulty(cls, difficulty: str) -> str:
        if difficulty not in {"easy", "moderate", "hard"}:
            raise ValueError("easy, moderate or hard")
        return difficulty
