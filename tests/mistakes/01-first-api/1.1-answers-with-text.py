# check: takes_fifteen_minutes_per_km
# says: quotation marks
# Exercise 1.1
from fastapi import FastAPI

walks = FastAPI()


@walks.get("/walking-time/{length_km}")
def walking_time(length_km: float, minutes_per_km: float = 15) -> dict[str, str]:
    return {"minutes": f"{length_km * minutes_per_km}"}
