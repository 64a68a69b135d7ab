# Exercise 6.3
from typing import Annotated

from fastapi import FastAPI, Query
from pydantic import BaseModel, Field


class Pace(BaseModel):
    km_per_hour: float


class Walk(BaseModel):
    length_km: float = Field(gt=0, le=1000)
    hours: float = Field(ge=0.25, le=24)


pace = FastAPI()


@pace.get("/pace")
async def calculate_pace(walk: Annotated[Walk, Query()]) -> Pace:
    return Pace(km_per_hour=walk.length_km / walk.hours)
