# Exercise 6.3
from decimal import Decimal
from typing import Annotated

from fastapi import FastAPI, Query
from pydantic import BaseModel, Field

Hours = Annotated[Decimal, Field(ge=Decimal("0.2"), le=72)]


class Pace(BaseModel):
    km_per_hour: float


pace = FastAPI()


@pace.get("/pace")
def calculate_pace(length_km: Annotated[float, Query(gt=0, le=1000)], hours: Hours) -> Pace:
    """How fast somebody walked."""
    return Pace(km_per_hour=round(length_km / float(hours), 3))
