# check: takes_another_pace
# says: TypeError
# Exercise 1.1
from fastapi import FastAPI

walks = FastAPI()


@walks.get("/walking-time/{length_km}")
def walking_time(length_km: float, minutes_per_km=15) -> dict[str, float]:
    return {"minutes": length_km * minutes_per_km}
