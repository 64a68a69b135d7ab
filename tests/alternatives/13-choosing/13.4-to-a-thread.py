# Exercise 13.4
import asyncio
import time

from fastapi import FastAPI, HTTPException, status
from pydantic import BaseModel, Field, PositiveInt

HUTS = {
    1: {"id": 1, "name": "Lake hut", "beds": 12},
    2: {"id": 2, "name": "Peak hut", "beds": 40},
}


def ask_office() -> None:
    """Ask the office's slow computer, by a library that blocks."""
    time.sleep(0.2)


lodge = FastAPI()


class NewHut(BaseModel):
    name: str = Field(min_length=1)
    beds: PositiveInt


class Hut(BaseModel):
    id: int
    name: str
    beds: int


@lodge.get("/huts", response_model=list[Hut])
async def list_huts(beds: int | None = None):
    return [hut for hut in HUTS.values() if beds is None or hut["beds"] >= beds]


@lodge.get("/huts/{number}", response_model=Hut)
async def read_hut(number: int):
    await asyncio.to_thread(ask_office)
    try:
        return HUTS[number]
    except KeyError:
        raise HTTPException(status_code=404, detail="no such hut") from None


@lodge.post("/huts", response_model=Hut, status_code=status.HTTP_201_CREATED)
async def create_hut(new: NewHut):
    hut = Hut(id=len(HUTS) + 1, **dict(new))
    HUTS[hut.id] = hut.model_dump()
    return hut
