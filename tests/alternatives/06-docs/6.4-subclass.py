# Exercise 6.4
from enum import StrEnum
from typing import Annotated

from fastapi import Body, FastAPI
from pydantic import BaseModel, Field


class Weather(StrEnum):
    SUN = "sun"
    RAIN = "rain"
    SNOW = "snow"


class Report(BaseModel):
    trail: str
    stars: int = Field(ge=1, le=5)
    weather: Weather


class Journal(FastAPI):
    def openapi(self):
        schema = super().openapi()
        schema["info"]["x-logo"] = {"url": "/assets/logo.png"}
        return schema


journal = Journal(title="Hikers' journal", version="1.0.0")
good = {"value": {"trail": "Lake Loop", "stars": 5, "weather": "snow"}}


@journal.post("/reports", status_code=201)
def write_report(report: Annotated[Report, Body(openapi_examples={"good": good})]) -> Report:
    return report
