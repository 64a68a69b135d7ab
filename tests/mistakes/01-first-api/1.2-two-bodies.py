# check: writes_the_report
# says: requires `report` in the body
# Exercise 1.2
from fastapi import FastAPI
from pydantic import BaseModel

reports = FastAPI()


from fastapi import Body


class Report(BaseModel):
    trail: str
    stars: int


@reports.post("/reports")
def write_report(report: Report, wet: bool = Body(False)) -> dict[str, str]:
    message = f"{report.trail}: {report.stars} of 5 stars"
    if wet:
        message += ", wet"
    return {"message": message}
