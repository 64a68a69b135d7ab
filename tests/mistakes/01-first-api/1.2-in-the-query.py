# check: writes_the_report
# says: looks for values in the query
# Exercise 1.2
from fastapi import FastAPI
from pydantic import BaseModel

reports = FastAPI()


@reports.post("/reports")
def write_report(trail: str, stars: int, wet: bool = False) -> dict[str, str]:
    message = f"{trail}: {stars} of 5 stars"
    if wet:
        message += ", wet"
    return {"message": message}
