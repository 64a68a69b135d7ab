# check: mentions_a_wet_trail
# says: at the end of the message
# Exercise 1.2
from fastapi import FastAPI
from pydantic import BaseModel

reports = FastAPI()


class Report(BaseModel):
    trail: str
    stars: int


@reports.post("/reports")
def write_report(report: Report, wet: bool = False) -> dict[str, str]:
    message = f"{report.trail}: {report.stars} of 5 stars"
    if wet:
        message += ", wet"
    return {"message": message}
