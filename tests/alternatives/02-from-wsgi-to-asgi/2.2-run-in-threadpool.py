import time

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

SUN_HOURS = {"alps": 6, "coast": 9}


def ask_station(region: str) -> int:
    time.sleep(0.1)
    return SUN_HOURS[region]


weather = FastAPI()


@weather.get("/regions")
async def list_regions() -> list[str]:
    return list(SUN_HOURS)


@weather.get("/weather/{region}")
async def read_weather(region: str) -> dict[str, str | int]:
    sun_hours = await run_in_threadpool(ask_station, region)
    return {"region": region, "sun_hours": sun_hours}
