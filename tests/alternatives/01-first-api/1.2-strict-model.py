# Exercise 1.2
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict


class Report(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    trail: str
    stars: int
    wet: bool | None = None


reports = FastAPI()


@reports.post("/reports")
def write_report(report: Report) -> dict[str, str]:
    return {"message": f"{report.trail}: {report.stars} of 5 stars" + ", wet" * bool(report.wet)}
