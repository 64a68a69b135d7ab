# check: documents_its_limit
# says: the app takes them
# Exercise 6.3
from typing import Annotated

from fastapi import FastAPI, Query
from pydantic import BaseModel


class Pace(BaseModel):
    km_per_hour: float


pace = FastAPI()


@pace.get("/pace")
def calculate_pace(
    length_km: Annotated[float, Query(gt=0, le=1000)],
    hours: Annotated[float, Query(ge=0.1, json_schema_extra={"maximum": 48})],
) -> Pace:
    """How fast somebody walked."""
    return Pace(km_per_hour=length_km / hours)
