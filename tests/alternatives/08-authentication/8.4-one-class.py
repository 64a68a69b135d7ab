# Exercise 8.4
import os
from datetime import UTC, datetime, timedelta

import jwt
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel


class Login(BaseModel):
    name: str
    password: str


class NotIn(Exception):
    pass


class Office:
    rangers = {"ada": ("lake-loop-7", "chief"), "ben": ("fern-valley-9", "ranger")}

    def __init__(self, key: str):
        self.key = key

    def token(self, login: Login):
        if (login.password, True) != (self.rangers.get(login.name, ("",))[0], bool(login.password)):
            raise NotIn
        until = datetime.now(UTC) + timedelta(minutes=5)
        return jwt.encode({"sub": login.name, "exp": until}, self.key, "HS256")

    def who(self, request: Request):
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            return jwt.decode(token, self.key, ["HS256"], options={"require": ["exp"]})["sub"]
        except jwt.PyJWTError:
            raise NotIn


desk = Office(os.environ["DESK_KEY"])
router = APIRouter()


@router.post("/login")
def log_in(login: Login):
    return {"access_token": desk.token(login), "token_type": "bearer"}


@router.get("/me")
def me(request: Request):
    name = desk.who(request)
    return {"name": name, "role": desk.rangers[name][1]}


@router.post("/closures/{trail}", status_code=201)
def close(trail: str, request: Request):
    name = desk.who(request)
    if desk.rangers[name][1] == "chief":
        return {"trail": trail, "closed_by": name}
    return JSONResponse({"detail": "chiefs only"}, 403)


office = FastAPI()
office.include_router(router)


@office.exception_handler(NotIn)
def not_in(request, error):
    return JSONResponse({"detail": "Log in."}, 401)
