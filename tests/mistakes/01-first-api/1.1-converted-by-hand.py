# check: refuses_words
# says: ValueError: could not convert string to float
# Exercise 1.1
from fastapi import FastAPI

walks = FastAPI()


@walks.get("/walking-time/{length_km}")
def walking_time(length_km: float, minutes_per_km: str = "15") -> dict[str, float]:
    return {"minutes": length_km * float(minutes_per_km)}
