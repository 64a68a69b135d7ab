# check: takes_fifteen_minutes_per_km
# says: No endpoint of this app seems to have this path
# Exercise 1.1
from fastapi import FastAPI

walks = FastAPI()


@walks.get("/walking-time")
def walking_time(length_km: float, minutes_per_km: float = 15) -> dict[str, float]:
    return {"minutes": length_km * minutes_per_km}
