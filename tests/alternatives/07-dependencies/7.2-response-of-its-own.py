# Exercise 7.2
from fastapi import Depends, FastAPI, Header, HTTPException
from fastapi.responses import JSONResponse

RANGERS = {"key-ada": "Ada", "key-ben": "Ben", "key-cleo": "Cleo"}
CHIEFS = {"Ada", "Cleo"}

closed = {}
gate = FastAPI()


def who(x_api_key: str = Header(default="")):
    if x_api_key in RANGERS:
        return RANGERS[x_api_key]
    raise HTTPException(401, headers={"WWW-Authenticate": "ApiKey"})


def boss(name: str = Depends(who)):
    if name in CHIEFS:
        return name
    raise HTTPException(403)


@gate.get("/me")
def me(name: str = Depends(who)):
    return {"name": name}


@gate.post("/trails/{trail}/closure")
def close(trail: str, name: str = Depends(boss)):
    closed[trail] = name
    return JSONResponse({"trail": trail, "closed_by": name}, status_code=201)


@gate.get("/closures")
def closures():
    return list(closed)
