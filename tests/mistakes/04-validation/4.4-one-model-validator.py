# check: names_every_wrong_field
# says: checked in two places
# Exercise 4.4
from typing import Annotated, Literal

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field, model_validator


class TrailIn(BaseModel):
    model_config = ConfigDict(str_strip_whitespace=True, extra="forbid")

    name: Annotated[str, Field(min_length=1)]
    length_km: Annotated[float, Field(gt=0)]
    difficulty: str
    region: str | None = None

    @model_validator(mode="after")
    def is_right(self):
        if self.difficulty not in ("easy", "moderate", "hard"):
            raise ValueError("unknown difficulty")
        return self


desk = FastAPI()


@desk.post("/trails", status_code=201)
def create_trail(trail: TrailIn) -> TrailIn:
    return trail
