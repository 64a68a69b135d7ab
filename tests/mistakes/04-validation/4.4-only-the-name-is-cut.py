# check: cuts_off_spaces
# says: spaces are still there
# Exercise 4.4
from typing import Annotated, Literal

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field, StringConstraints


class TrailIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    length_km: Annotated[float, Field(gt=0)]
    difficulty: Literal["easy", "moderate", "hard"]
    region: str | None = None


desk = FastAPI()


@desk.post("/trails", status_code=201)
def create_trail(trail: TrailIn) -> TrailIn:
    return trail
