# check: takes_fifteen_minutes_per_km
# says: requires `minutes_per_km` in the query
# Exercise 1.1
from fastapi import FastAPI

walks = FastAPI()


@walks.get("/walking-time/{length_km}")
def walking_time(length_km: float, minutes_per_km: float) -> dict[str, float]:
    return {"minutes": length_km * minutes_per_km}
