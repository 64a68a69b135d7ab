# Exercise 8.3
import os
from typing import Any

import jwt
from fastapi import APIRouter, Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

NOTES = ["Snares at the ford.", "New boots."]


def claims_of(token: str) -> dict[str, Any]:
    required: Any = {"require": ["sub", "exp"]}
    return jwt.decode(token, os.environ["DESK_KEY"], algorithms=["HS256"], options=required)


def needs(*wanted):
    def check(credentials: HTTPAuthorizationCredentials = Depends(HTTPBearer())):
        try:
            claims = claims_of(credentials.credentials)
        except jwt.PyJWTError:
            raise HTTPException(401, "Who are you?", {"WWW-Authenticate": 'Bearer error="invalid_token"'})
        scopes = claims.get("scope", "").split()
        for scope in wanted:
            if scope not in scopes:
                challenge = f'Bearer error="insufficient_scope", scope="{scope}"'
                raise HTTPException(403, "no", {"WWW-Authenticate": challenge})
        return {"name": claims["sub"], "scopes": scopes}

    return check


router = APIRouter()


@router.get("/rangers/me")
async def me(ranger=Depends(needs())):
    return ranger


@router.get("/notes", dependencies=[Depends(needs("notes:read"))])
async def notes():
    return NOTES


@router.post("/trails/{trail}/closure", status_code=201)
async def close(trail: str, ranger=Depends(needs("trails:close"))):
    return {"trail": trail, "closed_by": ranger["name"]}


doors = FastAPI()
doors.include_router(router)
