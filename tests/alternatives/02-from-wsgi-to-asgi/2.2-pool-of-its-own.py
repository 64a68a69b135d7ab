# Exercise 2.2
import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

from fastapi import FastAPI

SUN_HOURS = {"alps": 6, "coast": 9}


def ask_station(region: str) -> int:
    time.sleep(0.1)
    return SUN_HOURS[region]


weather = FastAPI()
pool = ThreadPoolExecutor(max_workers=20)


@weather.get("/regions")
async def list_regions():
    return sorted(SUN_HOURS)


@weather.get("/weather/{region}")
async def read_weather(region: str):
    hours = await asyncio.wrap_future(pool.submit(ask_station, region))
    return {"region": region, "sun_hours": hours}
