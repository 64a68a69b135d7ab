# Exercise 1.2
from typing import Annotated

from fastapi import Body, FastAPI

reports = FastAPI()


@reports.post("/reports")
def write_report(
    trail: Annotated[str, Body()],
    stars: Annotated[int, Body()],
    wet: Annotated[bool, Body()] = False,
) -> dict[str, str]:
    parts = [f"{trail}: {stars} of 5 stars"]
    if wet:
        parts.append("wet")
    return {"message": ", ".join(parts)}
