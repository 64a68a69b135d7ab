# check: writes_the_report
# says: another shape of the body
# Exercise 1.2
from fastapi import FastAPI
from pydantic import BaseModel

reports = FastAPI()


class Report(BaseModel):
    trail: str
    stars: int
    wet: bool = False


@reports.post("/reports")
def write_reports(received: list[Report]) -> dict[str, str]:
    report = received[0]
    return {"message": f"{report.trail}: {report.stars} of 5 stars"}
