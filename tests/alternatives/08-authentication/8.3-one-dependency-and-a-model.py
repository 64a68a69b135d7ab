# Exercise 8.3
import os
from typing import Annotated, Any

import jwt
from fastapi import FastAPI, HTTPException, Security
from fastapi.security import OAuth2PasswordBearer, SecurityScopes
from pydantic import BaseModel

NOTES = ["Snares at the ford.", "New boots."]


def claims_of(token: str) -> dict[str, Any]:
    required: Any = {"require": ["sub", "exp"]}
    return jwt.decode(token, os.environ["DESK_KEY"], algorithms=["HS256"], options=required)


class Ranger(BaseModel):
    name: str
    scopes: list[str]


scheme = OAuth2PasswordBearer("token", auto_error=False, scopes={"notes:read": "", "trails:close": ""})


async def current(needed: SecurityScopes, token: str | None = Security(scheme)) -> Ranger:
    headers = {"WWW-Authenticate": "Bearer"}
    if needed.scopes:
        headers["WWW-Authenticate"] += f' scope="{needed.scope_str}"'
    if not token:
        raise HTTPException(status_code=401, headers=headers)
    try:
        claims = claims_of(token)
    except Exception:
        raise HTTPException(status_code=401, headers=headers)
    ranger = Ranger(
        name=claims["sub"], scopes=claims.get("scope", "").split(" ") if claims.get("scope") else []
    )
    if any(scope not in ranger.scopes for scope in needed.scopes):
        raise HTTPException(status_code=403, headers=headers)
    return ranger


doors = FastAPI()


@doors.get("/rangers/me", response_model=Ranger)
async def me(ranger: Annotated[Ranger, Security(current)]):
    return ranger


@doors.get("/notes")
async def notes(_: Annotated[Ranger, Security(current, scopes=["notes:read"])]):
    return NOTES


@doors.post("/trails/{name}/closure", status_code=201)
async def close(name: str, ranger: Annotated[Ranger, Security(current, scopes=["trails:close"])]):
    return {"trail": name, "closed_by": ranger.name}
