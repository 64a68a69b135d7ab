# check: cuts_off_spaces
# says: empty once the spaces are cut off
# Exercise 4.4
from typing import Annotated, Literal

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field, field_validator


class TrailIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1)]
    length_km: Annotated[float, Field(gt=0)]
    difficulty: Literal["easy", "moderate", "hard"]
    region: str | None = None

    @field_validator("name", "region")
    @classmethod
    def cut(cls, value: str | None) -> str | None:
        return value.strip() if value else value


desk = FastAPI()


@desk.post("/trails", status_code=201)
def create_trail(trail: TrailIn) -> TrailIn:
    return trail
