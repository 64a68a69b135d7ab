# check: several_wait_at_the_same_time
# says: Nobody has asked the station
from fastapi import FastAPI

SUN_HOURS = {"alps": 6, "coast": 9}


def ask_station(region: str) -> int:
    return SUN_HOURS[region]


weather = FastAPI()


@weather.get("/regions")
async def list_regions() -> list[str]:
    return list(SUN_HOURS)


@weather.get("/weather/{region}")
async def read_weather(region: str) -> dict[str, str | int]:
    sun_hours = ask_station(region)
    return {"region": region, "sun_hours": sun_hours}
