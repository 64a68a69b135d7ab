# Exercise 2.2
import time
from typing import Annotated

from fastapi import Depends, FastAPI

SUN_HOURS = {"alps": 6, "coast": 9}


def ask_station(region: str) -> int:
    time.sleep(0.1)
    return SUN_HOURS[region]


weather = FastAPI()


@weather.get("/regions")
async def list_regions():
    return list(SUN_HOURS)


@weather.get("/weather/{region}")
async def read_weather(region: str, sun_hours: Annotated[int, Depends(ask_station)]):
    return {"region": region, "sun_hours": sun_hours}
