# Exercise 1.2
from typing import Annotated

from fastapi import FastAPI, Query

LENGTHS_KM = {"Lake Loop": 6.5, "Fern Valley": 9.0, "Ridge Path": 14.0, "Summit Trail": 18.5}

finder = FastAPI()


@finder.get("/trails")
def list_names(limit: Annotated[float | None, Query(alias="max_km")] = None) -> tuple[str, ...]:
    return tuple(n for n, km in LENGTHS_KM.items() if limit is None or km <= limit)
