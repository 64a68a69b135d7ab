# Exercise 1.2
from fastapi import FastAPI
from pydantic import BaseModel, Field


class Report(BaseModel):
    """What a hiker tells of a trail."""

    trail: str = Field(min_length=1)
    stars: int = Field(ge=0, le=5)
    wet: bool = False

    def summary(self) -> str:
        return f"{self.trail}: {self.stars} of 5 stars{', wet' if self.wet else ''}"


class Summary(BaseModel):
    message: str


reports = FastAPI()


@reports.post("/reports")
async def write_report(report: Report) -> Summary:
    return Summary(message=report.summary())
