# Exercise 6.3
from typing import Annotated

from annotated_types import Gt
from fastapi import FastAPI, Query
from pydantic import BaseModel, FiniteFloat


class Pace(BaseModel):
    km_per_hour: FiniteFloat


pace = FastAPI()


@pace.get("/pace")
def calculate_pace(
    length_km: Annotated[float, Query(gt=0, le=1000)],
    hours: Annotated[FiniteFloat, Gt(0.001)],
) -> Pace:
    return Pace(km_per_hour=length_km / hours)
