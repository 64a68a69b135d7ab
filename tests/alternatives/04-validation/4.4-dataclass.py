# Exercise 4.4
from typing import Annotated, Literal

from annotated_types import Gt, MinLen
from fastapi import FastAPI
from pydantic import ConfigDict, StringConstraints
from pydantic.dataclasses import dataclass

Text = Annotated[str, StringConstraints(strip_whitespace=True)]


@dataclass(config=ConfigDict(extra="forbid"), kw_only=True)
class TrailIn:
    name: Annotated[Text, MinLen(1)]
    length_km: Annotated[float, Gt(0)]
    difficulty: Literal["easy", "moderate", "hard"]
    region: Text | None = None


desk = FastAPI()


@desk.post("/trails", status_code=201)
def create_trail(trail: TrailIn) -> TrailIn:
    return trail
