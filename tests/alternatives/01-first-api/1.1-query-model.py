# Exercise 1.1
from decimal import Decimal
from typing import Annotated

from fastapi import FastAPI, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel


class Pace(BaseModel):
    minutes_per_km: Decimal = Decimal(15)


walks = FastAPI()


@walks.get("/walking-time/{length_km}")
async def walking_time(length_km: Decimal, pace: Annotated[Pace, Query()]) -> JSONResponse:
    return JSONResponse({"minutes": float(length_km * pace.minutes_per_km)})
