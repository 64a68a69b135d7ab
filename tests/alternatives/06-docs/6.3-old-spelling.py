# Exercise 6.3
from fastapi import FastAPI, Query
from pydantic import BaseModel


class Pace(BaseModel):
    km_per_hour: float


pace = FastAPI()


@pace.get("/pace", response_model=Pace)
def calculate_pace(
    length_km: float = Query(gt=0, le=1000),
    hours: float = Query(gt=0.05, lt=100, description="A few minutes at least"),
):
    return {"km_per_hour": length_km / hours}
