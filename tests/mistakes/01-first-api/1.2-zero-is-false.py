# check: takes_zero_for_a_number
# says: 0 was taken for `not given`
# Exercise 1.2
from fastapi import FastAPI

LENGTHS_KM = {"Lake Loop": 6.5, "Fern Valley": 9.0, "Ridge Path": 14.0, "Summit Trail": 18.5}

finder = FastAPI()


@finder.get("/trails")
def list_names(max_km: float | None = None) -> list[str]:
    if max_km:
        return [name for name, length_km in LENGTHS_KM.items() if length_km <= max_km]
    return list(LENGTHS_KM)
