# Exercise 7.2
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel

RANGERS = {"key-ada": "Ada", "key-ben": "Ben", "key-cleo": "Cleo"}
CHIEFS = {"Ada", "Cleo"}

closures: list[str] = []
gate = FastAPI()


class Ranger(BaseModel):
    name: str
    chief: bool


def known(request: Request) -> Ranger:
    name = RANGERS.get(request.headers.get("x-api-key", ""))
    if name is None:
        raise HTTPException(401)
    return Ranger(name=name, chief=name in CHIEFS)


class Needs:
    def __init__(self, chief: bool):
        self.chief = chief

    def __call__(self, ranger: Annotated[Ranger, Depends(known)]) -> Ranger:
        if self.chief and not ranger.chief:
            raise HTTPException(403)
        return ranger


@gate.get("/me")
def me(ranger: Annotated[Ranger, Depends(Needs(chief=False))]):
    return {"name": ranger.name}


@gate.post("/trails/{trail}/closure", status_code=201)
def close(trail: str, ranger: Annotated[Ranger, Depends(Needs(chief=True))]):
    closures.append(trail)
    return {"trail": trail, "closed_by": ranger.name}


@gate.get("/closures")
def all_closures():
    return list(dict.fromkeys(closures))
