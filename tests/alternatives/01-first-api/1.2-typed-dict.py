# Exercise 1.2
from typing import NotRequired

from fastapi import FastAPI
from typing_extensions import TypedDict


class Report(TypedDict):
    trail: str
    stars: int
    wet: NotRequired[bool]


reports = FastAPI()


@reports.post("/reports")
def write_report(report: Report) -> dict[str, str]:
    message = f"{report['trail']}: {report['stars']} of 5 stars"
    if report.get("wet"):
        message += ", wet"
    return {"message": message}
