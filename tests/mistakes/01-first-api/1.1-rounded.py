# check: takes_fifteen_minutes_per_km
# says: may have decimals
# Exercise 1.1
from fastapi import FastAPI

walks = FastAPI()


@walks.get("/walking-time/{length_km}")
def walking_time(length_km: float, minutes_per_km: float = 15) -> dict[str, int]:
    return {"minutes": int(length_km * minutes_per_km)}
