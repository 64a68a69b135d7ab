# Exercise 5.2
from typing import Annotated

from fastapi import FastAPI, HTTPException, Path, status
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field


class Badge(BaseModel):
    number: Annotated[int, Field(gt=0, lt=10000)]
    ranger: str


badges = FastAPI()
wearers: dict[int, str] = {}


@badges.post("/badges")
async def hand_out(badge: Badge):
    if badge.number in wearers:
        return JSONResponse({"detail": "taken"}, status_code=409)
    wearers[badge.number] = badge.ranger
    headers = {"Location": f"/badges/{badge.number}"}
    return JSONResponse(badge.model_dump(), status.HTTP_201_CREATED, headers)


@badges.get("/badges/{number}")
async def read_badge(number: Annotated[int, Path(ge=1)]):
    try:
        return {"number": number, "ranger": wearers[number]}
    except KeyError:
        raise HTTPException(status.HTTP_404_NOT_FOUND) from None
