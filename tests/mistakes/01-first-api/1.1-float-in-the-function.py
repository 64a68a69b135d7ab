# check: refuses_words
# says: Let the type hint convert: then a word is refused before your function runs.
# Exercise 1.1
from fastapi import FastAPI

walks = FastAPI()


@walks.get("/walking-time/{length_km}")
def walking_time(length_km, minutes_per_km: float = 15) -> dict[str, float]:
    return {"minutes": float(length_km) * minutes_per_km}
