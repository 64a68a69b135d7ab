# check: refuses_a_wrong_report
# says: FastAPI answers 422
# Exercise 1.2
from fastapi import FastAPI
from pydantic import BaseModel

reports = FastAPI()


from fastapi import HTTPException


@reports.post("/reports")
def write_report(report: dict) -> dict[str, str]:
    if "trail" not in report or not isinstance(report.get("stars"), int):
        raise HTTPException(status_code=400, detail="trail and stars are required")
    message = f"{report['trail']}: {report['stars']} of 5 stars"
    if report.get("wet"):
        message += ", wet"
    return {"message": message}
