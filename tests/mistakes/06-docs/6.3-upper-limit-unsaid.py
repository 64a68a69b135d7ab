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
    hours: Annotated[float, Query(ge=0.1)],
) -> Pace:
    """How fast somebody walked."""
    if hours > 48:
        raise HTTPException(422, "hours")
    return Pace(km_per_hour=length_km / hours)
