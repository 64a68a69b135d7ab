# check: answers_json
# says: Did you forget an `await`
import asyncio
import time

from fastapi import FastAPI

SUN_HOURS = {"alps": 6, "coast": 9}


def ask_station(region: str) -> int:
    time.sleep(0.1)
    return SUN_HOURS[region]


weather = FastAPI()


@weather.get("/regions")
async def list_regions() -> list[str]:
    return list(SUN_HOURS)


@weather.get("/weather/{region}")
async def read_weather(region: str):
    sun_hours = asyncio.to_thread(ask_station, region)
    return {"region": region, "sun_hours": sun_hours}
