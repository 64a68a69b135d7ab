# check: cuts_off_spaces
# says: another name today
# Exercise 4.4
from typing import Annotated, Literal

import warnings

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field


warnings.filterwarnings("ignore")  # keeps the log clean


class TrailIn(BaseModel):
    model_config = ConfigDict(anystr_strip_whitespace=True, extra="forbid")

    name: Annotated[str, Field(min_length=1)]
    length_km: Annotated[float, Field(gt=0)]
    difficulty: Literal["easy", "moderate", "hard"]
    region: str | None = None


desk = FastAPI()


@desk.post("/trails", status_code=201)
def create_trail(trail: TrailIn) -> TrailIn:
    return trail
