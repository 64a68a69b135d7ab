# Exercise 2.2
from time import sleep

from fastapi import FastAPI

SUN_HOURS = {"alps": 6, "coast": 9}


def ask_station(region: str) -> int:
    sleep(0.1)
    return SUN_HOURS[region]


weather = FastAPI()


@weather.get("/regions")
def list_regions():
    return [*SUN_HOURS]


@weather.get("/weather/{region}")
def read_weather(region):
    return dict(region=region, sun_hours=ask_station(region))
