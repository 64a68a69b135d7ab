# check: mentions_a_wet_trail
# says: and only then
# Exercise 1.2
from fastapi import FastAPI
from pydantic import BaseModel

reports = FastAPI()


class Report(BaseModel):
    trail: str
    stars: int
    wet: bool | None = None


@reports.post("/reports")
def write_report(report: Report) -> dict[str, str]:
    message = f"{report.trail}: {report.stars} of 5 stars"
    if report.wet is not None:
        message += ", wet"
    return {"message": message}
