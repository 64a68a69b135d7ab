# Exercise 7.2
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Security, status
from fastapi.security import APIKeyHeader

RANGERS = {"key-ada": "Ada", "key-ben": "Ben", "key-cleo": "Cleo"}
CHIEFS = {"Ada", "Cleo"}

closures: list[str] = []
gate = FastAPI()
scheme = APIKeyHeader(name="X-API-Key", auto_error=False)


async def ranger(key: Annotated[str | None, Security(scheme)]):
    try:
        return RANGERS[key]
    except KeyError:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, "Unknown key") from None


async def chief(name: Annotated[str, Depends(ranger)]):
    if name in CHIEFS:
        return name
    raise HTTPException(status.HTTP_403_FORBIDDEN, "Chiefs only")


@gate.get("/me")
async def me(name: Annotated[str, Depends(ranger)]):
    return dict(name=name)


@gate.post("/trails/{name}/closure", status_code=status.HTTP_201_CREATED)
async def close(name: str, by: Annotated[str, Depends(chief)]):
    closures.append(name)
    return dict(trail=name, closed_by=by)


@gate.get("/closures")
async def closed():
    return sorted(set(closures))
