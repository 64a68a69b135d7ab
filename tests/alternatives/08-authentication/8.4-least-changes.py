# Exercise 8.4
import os
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import jwt
from fastapi import FastAPI, Header, HTTPException
from pydantic import BaseModel

RANGERS = {
    "ada": {"password": "lake-loop-7", "role": "chief"},
    "ben": {"password": "fern-valley-9", "role": "ranger"},
}


class Login(BaseModel):
    name: str
    password: str
    role: str = ""


office = FastAPI()


@office.post("/login")
def log_in(login: Login) -> dict[str, str]:
    ranger = RANGERS.get(login.name)
    if ranger and ranger["password"] == login.password:
        payload = {
            "sub": login.name,
            "role": ranger["role"],
            "exp": datetime.now(UTC) + timedelta(minutes=30),
        }
        return {"access_token": jwt.encode(payload, os.environ["DESK_KEY"]), "token_type": "bearer"}
    raise HTTPException(status_code=401, detail="Incorrect name or password")


def get_current_user(authorization: str) -> dict[str, Any]:
    token = authorization.replace("Bearer ", "")
    try:
        return jwt.decode(token, os.environ["DESK_KEY"], algorithms=["HS256"])
    except jwt.PyJWTError:
        raise HTTPException(status_code=401, detail="Invalid token")


@office.get("/me")
def read_me(authorization: Annotated[str, Header()] = "") -> dict[str, str]:
    user = get_current_user(authorization)
    return {"name": user["sub"], "role": user["role"]}


@office.post("/closures/{trail}", status_code=201)
def close_trail(trail: str, authorization: Annotated[str, Header()] = "") -> dict[str, str]:
    user = get_current_user(authorization)
    if user["role"] != "chief":
        raise HTTPException(status_code=403, detail="Not enough permissions")
    return {"trail": trail, "closed_by": user["sub"]}
