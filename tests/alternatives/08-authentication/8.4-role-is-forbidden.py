# Exercise 8.4
import hmac
import os
import time

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict

RANGERS = {
    "ada": {"password": "lake-loop-7", "role": "chief"},
    "ben": {"password": "fern-valley-9", "role": "ranger"},
}


class Login(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    password: str


office = FastAPI()


@office.post("/login")
async def log_in(login: Login):
    wanted = RANGERS.get(login.name, {}).get("password", "")
    if not wanted or not hmac.compare_digest(wanted.encode(), login.password.encode()):
        raise HTTPException(401)
    payload = {"sub": login.name, "exp": int(time.time()) + 600, "iat": int(time.time())}
    return {
        "access_token": jwt.encode(payload, os.environ["DESK_KEY"]),
        "token_type": "Bearer",
        "expires_in": 600,
    }


async def user(found: HTTPAuthorizationCredentials = Depends(HTTPBearer())):
    try:
        name = jwt.decode(found.credentials, os.environ["DESK_KEY"], algorithms=["HS256"])["sub"]
    except (jwt.PyJWTError, KeyError):
        raise HTTPException(401)
    return {"name": name, "role": RANGERS[name]["role"]}


def chief(user=Depends(user)):
    if user["role"] == "chief":
        return user
    raise HTTPException(403)


@office.get("/me")
async def read_me(user=Depends(user)):
    return user


@office.post("/closures/{trail}", status_code=201)
async def close_trail(trail: str, user=Depends(chief)):
    return {"trail": trail, "closed_by": user["name"]}
