# check: writes_the_report
# says: a whole number, and the type hint
# Exercise 1.2
from fastapi import FastAPI
from pydantic import BaseModel

reports = FastAPI()


class Report(BaseModel):
    trail: str
    stars: float
    wet: bool = False


@reports.post("/reports")
def write_report(report: Report) -> dict[str, str]:
    message = f"{report.trail}: {report.stars} of 5 stars"
    if report.wet:
        message += ", wet"
    return {"message": message}
