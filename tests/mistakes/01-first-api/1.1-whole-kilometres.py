# check: takes_fifteen_minutes_per_km
# says: Which type has decimals?
# Exercise 1.1
from fastapi import FastAPI

walks = FastAPI()


@walks.get("/walking-time/{length_km}")
def walking_time(length_km: int, minutes_per_km: int = 15) -> dict[str, float]:
    return {"minutes": length_km * minutes_per_km}
