# Exercise 1.2
from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI

LENGTHS_KM = {"Lake Loop": 6.5, "Fern Valley": 9.0, "Ridge Path": 14.0, "Summit Trail": 18.5}


def longest_allowed(max_km: float | None = None) -> float:
    return max(LENGTHS_KM.values()) if max_km is None else max_km


router = APIRouter()


@router.get("/trails")
def list_names(limit: Annotated[float, Depends(longest_allowed)]) -> Iterable[str]:
    return filter(lambda name: LENGTHS_KM[name] <= limit, LENGTHS_KM)


finder = FastAPI()
finder.include_router(router)
