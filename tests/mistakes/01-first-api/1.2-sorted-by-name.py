# check: lists_all_names
# says: in the order of the dictionary
# Exercise 1.2
from fastapi import FastAPI

LENGTHS_KM = {"Lake Loop": 6.5, "Fern Valley": 9.0, "Ridge Path": 14.0, "Summit Trail": 18.5}

finder = FastAPI()


@finder.get("/trails")
def list_names(max_km: float | None = None) -> list[str]:
    return sorted(name for name in LENGTHS_KM if max_km is None or LENGTHS_KM[name] <= max_km)
