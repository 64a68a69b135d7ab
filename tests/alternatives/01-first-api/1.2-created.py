# Exercise 1.2
from fastapi import FastAPI
from pydantic import BaseModel

reports = FastAPI()


class Report(BaseModel):
    trail: str
    stars: int
    wet: bool = False


@reports.post("/reports", status_code=201)
def add_report(report: Report):
    end = ", wet" if report.wet else ""
    return {"message": f"{report.trail}: {report.stars} of 5 stars{end}"}
