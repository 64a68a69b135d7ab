# check: lists_all_names
# says: requires `max_km` in the query
# Exercise 1.2
from fastapi import FastAPI

LENGTHS_KM = {"Lake Loop": 6.5, "Fern Valley": 9.0, "Ridge Path": 14.0, "Summit Trail": 18.5}

finder = FastAPI()


@finder.get("/trails")
def list_names(max_km: float) -> list[str]:
    return [name for name, length_km in LENGTHS_KM.items() if length_km <= max_km]
