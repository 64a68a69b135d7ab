# check: refuses_words
# says: takes this for a success
# Exercise 1.1
from fastapi import FastAPI

walks = FastAPI()


@walks.get("/walking-time/{length_km}")
def walking_time(length_km: str, minutes_per_km: float = 15) -> dict[str, float | str]:
    try:
        return {"minutes": float(length_km) * minutes_per_km}
    except ValueError:
        return {"error": "length_km is not a number"}
