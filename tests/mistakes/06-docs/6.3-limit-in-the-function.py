# check: documents_its_limit
# says: an `if` in the function does not
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
    hours: Annotated[float, Query(ge=0)],
) -> Pace:
    """How fast somebody walked."""
    if not 0.1 <= hours <= 48:
        raise HTTPException(422, "hours")
    return Pace(km_per_hour=length_km / hours)
