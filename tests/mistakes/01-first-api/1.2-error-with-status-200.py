# check: refuses_a_word
# says: takes this for a success
# Exercise 1.2
from fastapi import FastAPI

LENGTHS_KM = {"Lake Loop": 6.5, "Fern Valley": 9.0, "Ridge Path": 14.0, "Summit Trail": 18.5}

finder = FastAPI()


@finder.get("/trails")
def list_names(max_km: str | None = None):
    if max_km is None:
        return list(LENGTHS_KM)
    try:
        limit = float(max_km)
    except ValueError:
        return {"error": "max_km is not a number"}
    return [name for name, length_km in LENGTHS_KM.items() if length_km <= limit]
