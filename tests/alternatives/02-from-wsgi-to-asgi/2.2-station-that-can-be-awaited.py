# Exercise 2.2
import asyncio

from fastapi import FastAPI

SUN_HOURS = {"alps": 6, "coast": 9}


async def ask_station(region: str) -> int:
    await asyncio.sleep(0.1)
    return SUN_HOURS[region]


weather = FastAPI()


@weather.get("/regions")
async def list_regions():
    return list(SUN_HOURS)


@weather.get("/weather/{region}")
async def read_weather(region: str):
    return {"region": region, "sun_hours": await ask_station(region)}
