# check: writes_the_report
# says: only a text
# Exercise 1.2
from fastapi import FastAPI
from pydantic import BaseModel

reports = FastAPI()


class Report(BaseModel):
    trail: str
    stars: int
    wet: bool = False


@reports.post("/reports")
def write_report(report: Report) -> str:
    message = f"{report.trail}: {report.stars} of 5 stars"
    if report.wet:
        message += ", wet"
    return message
