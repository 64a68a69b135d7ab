# check: keeps_short_trails
# says: at most `max_km`
# Exercise 1.2
from fastapi import FastAPI

LENGTHS_KM = {"Lake Loop": 6.5, "Fern Valley": 9.0, "Ridge Path": 14.0, "Summit Trail": 18.5}

finder = FastAPI()


@finder.get("/trails")
def list_names(max_km: float = 0) -> list[str]:
    return [name for name, length_km in LENGTHS_KM.items() if length_km >= max_km]
