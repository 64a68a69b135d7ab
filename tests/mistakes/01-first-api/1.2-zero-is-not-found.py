# check: takes_zero_for_a_number
# says: so the list is empty
# Exercise 1.2
from fastapi import FastAPI, HTTPException

LENGTHS_KM = {"Lake Loop": 6.5, "Fern Valley": 9.0, "Ridge Path": 14.0, "Summit Trail": 18.5}

finder = FastAPI()


@finder.get("/trails")
def list_names(max_km: float | None = None) -> list[str]:
    names = [name for name, length_km in LENGTHS_KM.items() if max_km is None or length_km <= max_km]
    if not names:
        raise HTTPException(status_code=400, detail="No trail is as short as that.")
    return names
