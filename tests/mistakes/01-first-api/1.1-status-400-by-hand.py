# check: refuses_words
# says: FastAPI answers 422 by itself
# Exercise 1.1
from fastapi import FastAPI, HTTPException

walks = FastAPI()


@walks.get("/walking-time/{length_km}")
def walking_time(length_km: str, minutes_per_km: float = 15) -> dict[str, float]:
    try:
        return {"minutes": float(length_km) * minutes_per_km}
    except ValueError:
        raise HTTPException(status_code=400, detail="length_km is not a number")
