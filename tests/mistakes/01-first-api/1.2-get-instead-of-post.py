# check: writes_the_report
# says: not for this method
# Exercise 1.2
from fastapi import FastAPI
from pydantic import BaseModel

reports = FastAPI()


class Report(BaseModel):
    trail: str
    stars: int
    wet: bool = False


@reports.get("/reports")
def write_report(report: Report) -> dict[str, str]:
    message = f"{report.trail}: {report.stars} of 5 stars"
    if report.wet:
        message += ", wet"
    return {"message": message}
