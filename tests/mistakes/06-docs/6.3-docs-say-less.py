# check: documents_its_limit
# says: The docs allow this many hours
# Exercise 6.3
from typing import Annotated

from fastapi import FastAPI, HTTPException, Query
from pydantic import BaseModel


class Pace(BaseModel):
    km_per_hour: float


pace = FastAPI()


@pace.get("/pace")
def calculate_pace(
    length_km: Annotated[float, Query(gt=0, le=1000)],
    hours: Annotated[float, Query(gt=0.01, le=48)],
) -> Pace:
    """How fast somebody walked."""
    if not 0.1 <= hours:
        raise HTTPException(422, "hours")
    return Pace(km_per_hour=length_km / hours)
