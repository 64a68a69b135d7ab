# check: answers_json
# says: Working outside of application context
# Exercise 2.2
import time

from fastapi import FastAPI
from flask import jsonify

SUN_HOURS = {"alps": 6, "coast": 9}


def ask_station(region: str) -> int:
    time.sleep(0.1)
    return SUN_HOURS[region]


weather = FastAPI()


@weather.get("/regions")
async def list_regions():
    return jsonify(list(SUN_HOURS))


@weather.get("/weather/{region}")
def read_weather(region: str):
    sun_hours = ask_station(region)
    return jsonify({"region": region, "sun_hours": sun_hours})
