# check: takes_another_pace
# says: `minutes_per_km` in the query had no effect
# Exercise 1.1
from fastapi import FastAPI

walks = FastAPI()


@walks.get("/walking-time/{length_km}")
def walking_time(length_km: float) -> dict[str, float]:
    minutes_per_km = 15
    return {"minutes": length_km * minutes_per_km}
