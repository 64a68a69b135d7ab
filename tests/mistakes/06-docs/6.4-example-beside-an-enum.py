# check: documents_the_body
# says: An example in the docs is refused
# Exercise 6.4
from enum import StrEnum
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, Field


class Weather(StrEnum):
    SUN = "sun"
    RAIN = "rain"
    SNOW = "snow"


class Report(BaseModel):
    trail: str
    stars: int = Field(ge=1, le=5)
    weather: Weather = Field(examples=["sunny"])


journal = FastAPI(title="Hikers' journal")


@journal.post("/reports", status_code=201)
def write_report(report: Report) -> Report:
    return report


def custom_openapi() -> dict[str, Any]:
    if journal.openapi_schema:
        return journal.openapi_schema
    schema = get_openapi(title="Hikers' journal", version="1.0.0", routes=journal.routes)
    schema["info"]["x-logo"] = {"url": "/assets/logo.png"}
    journal.openapi_schema = schema
    return schema


journal.openapi = custom_openapi
