# Exercise 8.3
import os
from typing import Annotated, Any

import jwt
from fastapi import FastAPI, Header, HTTPException

NOTES = ["Snares at the ford.", "New boots."]


def claims_of(token: str) -> dict[str, Any]:
    required: Any = {"require": ["sub", "exp"]}
    return jwt.decode(token, os.environ["DESK_KEY"], algorithms=["HS256"], options=required)


doors = FastAPI()
Authorization = Annotated[str, Header()]


def ranger(authorization: str, scope: str = ""):
    scheme, _, token = authorization.partition(" ")
    try:
        if scheme.lower() != "bearer":
            raise jwt.InvalidTokenError
        claims = claims_of(token)
    except jwt.PyJWTError:
        raise HTTPException(401, "Log in first.", headers={"WWW-Authenticate": f'Bearer scope="{scope}"'})
    found = (claims.get("scope") or "").split()
    if scope and scope not in found:
        raise HTTPException(403, "No.", headers={"WWW-Authenticate": f'Bearer scope="{scope}"'})
    return claims["sub"], found


@doors.get("/rangers/me")
def me(authorization: Authorization = ""):
    name, scopes = ranger(authorization)
    return dict(name=name, scopes=scopes)


@doors.get("/notes")
def notes(authorization: Authorization = ""):
    ranger(authorization, "notes:read")
    return NOTES


@doors.post("/trails/{name}/closure", status_code=201)
def close(name: str, authorization: Authorization = ""):
    return {"trail": name, "closed_by": ranger(authorization, "trails:close")[0]}
