# Exercise 6.4
from typing import Annotated, Any, Literal

from fastapi import Body, FastAPI
from pydantic import BaseModel, Field


class Report(BaseModel):
    trail: str
    stars: int = Field(gt=0, lt=6)
    weather: Literal["sun", "rain", "snow"]


EXAMPLE = {"trail": "Lake Loop", "stars": 4, "weather": "sun"}
journal = FastAPI(title="Hikers' journal")


@journal.post("/reports", status_code=201, response_description="The report was saved")
def write_report(report: Annotated[Report, Body(examples=[EXAMPLE])]) -> Report:
    return report


derive = journal.openapi


def custom_openapi() -> dict[str, Any]:
    schema = derive()
    schema["info"]["x-logo"] = {"url": "/assets/logo.png"}
    return schema


journal.openapi = custom_openapi
