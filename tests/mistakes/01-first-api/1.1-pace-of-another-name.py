# check: takes_another_pace
# says: `minutes_per_km` in the query had no effect
# Exercise 1.1
from fastapi import FastAPI

walks = FastAPI()


@walks.get("/walking-time/{length_km}")
def walking_time(length_km: float, pace: float = 15) -> dict[str, float]:
    return {"minutes": length_km * pace}
