# check: answers_with_numbers
# says: The length had limits
# Exercise 6.3
from typing import Annotated

from fastapi import FastAPI, Query
from pydantic import BaseModel


class Pace(BaseModel):
    km_per_hour: float


pace = FastAPI()


@pace.get("/pace")
def calculate_pace(
    length_km: float,
    hours: Annotated[float, Query(ge=0.1, le=48)],
) -> Pace:
    """How fast somebody walked."""
    return Pace(km_per_hour=length_km / hours)
