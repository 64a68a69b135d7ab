# check: refuses_a_wrong_report
# says: Use a model: a `dict` accepts any body
# Exercise 1.2
from fastapi import FastAPI
from pydantic import BaseModel

reports = FastAPI()


@reports.post("/reports")
def write_report(report: dict) -> dict[str, str]:
    message = f"{report['trail']}: {report['stars']} of 5 stars"
    if report.get("wet"):
        message += ", wet"
    return {"message": message}
