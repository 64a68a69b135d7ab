# check: takes_fifteen_minutes_per_km
# says: does not send it there. The path says `{length_km}`: use the same name.
# Exercise 1.1
from fastapi import FastAPI

walks = FastAPI()


@walks.get("/walking-time/{length_km}")
def walking_time(km: float, minutes_per_km: float = 15) -> dict[str, float]:
    return {"minutes": km * minutes_per_km}
