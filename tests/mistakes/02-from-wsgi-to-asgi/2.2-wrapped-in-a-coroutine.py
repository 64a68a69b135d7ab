# check: several_wait_at_the_same_time
# says: They stood in a queue
import time

from fastapi import FastAPI

SUN_HOURS = {"alps": 6, "coast": 9}


def ask_station(region: str) -> int:
    time.sleep(0.1)
    return SUN_HOURS[region]


async def ask_async(region: str) -> int:
    return ask_station(region)


weather = FastAPI()


@weather.get("/regions")
async def list_regions() -> list[str]:
    return list(SUN_HOURS)


@weather.get("/weather/{region}")
async def read_weather(region: str) -> dict[str, str | int]:
    sun_hours = await ask_async(region)
    return {"region": region, "sun_hours": sun_hours}
