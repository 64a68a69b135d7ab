# Exercise 6.3
from typing import Annotated

from fastapi import FastAPI, Query
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel


class Wrong(BaseModel):
    detail: str


class Pace(BaseModel):
    km_per_hour: float


pace = FastAPI(responses={422: {"model": Wrong}})


@pace.get("/pace")
def calculate_pace(
    length_km: Annotated[float, Query(gt=0, le=1000)],
    hours: Annotated[float, Query(ge=0.1, le=48)],
) -> Pace:
    """How fast somebody walked."""
    return Pace(km_per_hour=length_km / hours)


@pace.exception_handler(RequestValidationError)
async def wrong(request, error):
    return JSONResponse({"detail": "Wrong."}, 422)
