# Exercise 4.4

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, field_validator


class TrailIn(BaseModel):
    name: str
    length_km: float
    difficulty: str
    region: str | None = None

    model_config = ConfigDict(extra="forbid")

    @field_validator("name", "region")
    @classmethod
    def strip(cls, value: str | None) -> str | None:
        return value.strip() if value is not None else None

    @field_validator("name")
    @classmethod
    def not_blank(cls, value: str) -> str:
        if not value:
            raise ValueError("name is required")
        return value

    @field_validator("length_km")
    @classmethod
    def length_is_positive(cls, value: float) -> float:
        if value <= 0:
            raise ValueError("must be positive")
        return value

    @field_validator("difficulty")
    @classmethod
    def known(cls, value: str) -> str:
        if value not in ("easy", "moderate", "hard"):
            raise ValueError("unknown difficulty")
        return value


desk = FastAPI()


@desk.post("/trails", status_code=201)
def create_trail(trail: TrailIn):
    return trail.model_dump()
