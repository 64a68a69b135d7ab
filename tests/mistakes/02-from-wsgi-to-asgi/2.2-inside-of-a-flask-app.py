# check: answers_json
# says: FastAPI makes the JSON from it
# Exercise 2.2
import time

from fastapi import FastAPI
from flask import Flask, jsonify

SUN_HOURS = {"alps": 6, "coast": 9}


def ask_station(region: str) -> int:
    time.sleep(0.1)
    return SUN_HOURS[region]


weather = FastAPI()


@weather.get("/regions")
async def list_regions():
    with Flask("weather").app_context():
        return jsonify(list(SUN_HOURS)).get_data(as_text=True)


@weather.get("/weather/{region}")
def read_weather(region: str):
    sun_hours = ask_station(region)
    return {"region": region, "sun_hours": sun_hours}
