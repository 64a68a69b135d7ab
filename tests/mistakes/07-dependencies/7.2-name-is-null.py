# check: refuses_strangers
# says: your code raised
# Exercise 7.2
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException

RANGERS = {"key-ada": "Ada", "key-ben": "Ben", "key-cleo": "Cleo"}
CHIEFS = {"Ada", "Cleo"}

closures: list[str] = []
gate = FastAPI()


def current_ranger(x_api_key: Annotated[str | None, Header()] = None) -> str | None:
    return RANGERS.get(x_api_key or "")


Ranger = Annotated[str, Depends(current_ranger)]


def current_chief(ranger: Ranger) -> str:
    if ranger not in CHIEFS:
        raise HTTPException(status_code=403, detail="Only a chief may do this.")
    return ranger


@gate.get("/me")
def show_me(ranger: Ranger) -> dict[str, str]:
    return {"name": ranger}


@gate.post("/trails/{trail}/closure", status_code=201)
def close_trail(trail: str, chief: Annotated[str, Depends(current_chief)]) -> dict[str, str]:
    if trail not in closures:
        closures.append(trail)
    return {"trail": trail, "closed_by": chief}


@gate.get("/closures")
def list_closures() -> list[str]:
    return closures
