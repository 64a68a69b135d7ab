# check: takes_fifteen_minutes_per_km
# says: The part after `?` never stands in the decorator
# Exercise 1.1
from fastapi import FastAPI

walks = FastAPI()


@walks.get("/walking-time/{length_km}?minutes_per_km={minutes_per_km}")
def walking_time(length_km: float, minutes_per_km: float = 15) -> dict[str, float]:
    return {"minutes": length_km * minutes_per_km}
