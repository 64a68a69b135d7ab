# check: refuses_a_wrong_report
# says: which field was wrong
# Exercise 1.2
from fastapi import FastAPI
from pydantic import BaseModel

reports = FastAPI()


from fastapi import HTTPException


@reports.post("/reports")
def write_report(report: dict) -> dict[str, str]:
    if "trail" not in report or not isinstance(report.get("stars"), int):
        raise HTTPException(status_code=422, detail="Invalid input")
    message = f"{report['trail']}: {report['stars']} of 5 stars"
    if report.get("wet"):
        message += ", wet"
    return {"message": message}
