# Exercise 5.2
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field


class Taken(Exception):
    pass


class Badge(BaseModel):
    number: int = Field(ge=1, le=9999)
    ranger: str = Field(min_length=1)


class Locker:
    def __init__(self):
        self._badges = {}

    def put(self, badge):
        if badge.number in self._badges:
            raise Taken
        self._badges[badge.number] = badge

    def __getitem__(self, number):
        return self._badges[number]


locker = Locker()
badges = FastAPI()


@badges.exception_handler(Taken)
def answer_taken(request: Request, error: Taken):
    return JSONResponse({"error": "taken"}, 409)


@badges.exception_handler(KeyError)
def answer_unknown(request: Request, error: KeyError):
    return JSONResponse({"error": "unknown"}, 404)


@badges.post("/badges", status_code=201)
def hand_out(badge: Badge, response: Response) -> Badge:
    locker.put(badge)
    response.headers["Location"] = f"/badges/{badge.number}"
    return badge


@badges.get("/badges/{number}")
def read_badge(number: int) -> Badge:
    return locker[number]
