# Exercise 1.2
from typing import Annotated

from fastapi import FastAPI, Query

LENGTHS_KM = {"Lake Loop": 6.5, "Fern Valley": 9.0, "Ridge Path": 14.0, "Summit Trail": 18.5}

finder = FastAPI()


@finder.get("/trails", response_model=list[str])
def list_names(max_km: Annotated[float | None, Query(ge=0)] = None):
    names = []
    for name in LENGTHS_KM:
        if max_km is not None and LENGTHS_KM[name] > max_km:
            continue
        names.append(name)
    return names
