# check: refuses_a_word
# says: FastAPI answers 422 by itself
# Exercise 1.2
from fastapi import FastAPI, HTTPException

LENGTHS_KM = {"Lake Loop": 6.5, "Fern Valley": 9.0, "Ridge Path": 14.0, "Summit Trail": 18.5}

finder = FastAPI()


@finder.get("/trails")
def list_names(max_km: str = "1000") -> list[str]:
    try:
        return [name for name, length_km in LENGTHS_KM.items() if length_km <= float(max_km)]
    except ValueError:
        raise HTTPException(status_code=400)
