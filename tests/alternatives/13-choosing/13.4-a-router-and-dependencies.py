# Exercise 13.4
import time
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, HTTPException
from pydantic import BaseModel, Field, StringConstraints

HUTS = {
    1: {"id": 1, "name": "Lake hut", "beds": 12},
    2: {"id": 2, "name": "Peak hut", "beds": 40},
}


def ask_office() -> None:
    """Ask the office's slow computer, by a library that blocks."""
    time.sleep(0.2)


lodge = FastAPI()


class NewHut(BaseModel):
    name: Annotated[str, StringConstraints(min_length=1, strict=True)]
    beds: Annotated[int, Field(gt=0)]


class Hut(NewHut):
    id: int


router = APIRouter(prefix="/huts")


def hut_of(number: int, asked: Annotated[None, Depends(ask_office)]) -> Hut:
    if number not in HUTS:
        raise HTTPException(404)
    return Hut(**HUTS[number])


@router.get("/{number}")
async def read_hut(hut: Annotated[Hut, Depends(hut_of)]) -> Hut:
    return hut


@router.get("")
async def list_huts(beds: int = 0) -> list[Hut]:
    return [hut for hut in (Hut(**one) for one in HUTS.values()) if hut.beds >= beds]


@router.post("", status_code=201)
async def create_hut(hut: NewHut) -> Hut:
    number = max(HUTS) + 1
    HUTS[number] = {**hut.model_dump(), "id": number}
    return Hut(**HUTS[number])


lodge.include_router(router)
