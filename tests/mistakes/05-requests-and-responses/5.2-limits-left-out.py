# check: refuses_wrong_badges
# says: include the limit
# Exercise 5.2
from typing import Annotated

from fastapi import FastAPI, HTTPException, Response
from pydantic import BaseModel, Field


class Badge(BaseModel):
    number: Annotated[int, Field(gt=1, lt=9999)]
    ranger: str


badges = FastAPI()
handed_out: dict[int, Badge] = {}


@badges.post("/badges", status_code=201)
def hand_out(badge: Badge, response: Response) -> Badge:
    if badge.number in handed_out:
        raise HTTPException(409, f"Badge {badge.number} is taken.")
    handed_out[badge.number] = badge
    response.headers["Location"] = f"/badges/{badge.number}"
    return badge


@badges.get("/badges/{number}")
def read_badge(number: int) -> Badge:
    if number not in handed_out:
        raise HTTPException(404, f"Nobody wears badge {number}.")
    return handed_out[number]
