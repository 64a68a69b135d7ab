# Exercise 6.4
from typing import Literal

from fastapi import FastAPI
from pydantic import BaseModel, Field


class Report(BaseModel):
    trail: str
    stars: int = Field(ge=1, le=5)
    weather: Literal["sun", "rain", "snow"]


journal = FastAPI(title="Hikers' journal")


@journal.post("/reports", status_code=201)
def write_report(report: Report) -> Report:
    return report


journal.openapi()["info"]["x-logo"] = {"url": "/assets/logo.png"}
