# check: keeps_short_trails
# says: is its type hint right
# Exercise 1.2
from fastapi import FastAPI

LENGTHS_KM = {"Lake Loop": 6.5, "Fern Valley": 9.0, "Ridge Path": 14.0, "Summit Trail": 18.5}

finder = FastAPI()


@finder.get("/trails")
def list_names(max_km: float | str = "any") -> list[str]:
    if isinstance(max_km, str):
        return list(LENGTHS_KM)
    return [name for name, length_km in LENGTHS_KM.items() if length_km <= max_km]
