# Exercise 13.4
import time
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

HUTS: dict[int, Any] = {
    1: {"id": 1, "name": "Lake hut", "beds": 12},
    2: {"id": 2, "name": "Peak hut", "beds": 40},
}


def ask_office() -> None:
    """Ask the office's slow computer, by a library that blocks."""
    time.sleep(0.2)


class HutIn(BaseModel):
    model_config = ConfigDict(strict=True)
    name: Annotated[str, Field(min_length=1)]
    beds: Annotated[int, Field(ge=1)]


class Hut(TypedDict):
    id: int
    name: str
    beds: int


lodge = FastAPI()


@lodge.get("/huts")
def list_huts(beds: int | None = None) -> list[Hut]:
    return [hut for hut in HUTS.values() if beds is None or hut["beds"] >= beds]


@lodge.get("/huts/{number}")
def read_hut(number: int) -> Hut:
    ask_office()
    if number not in HUTS:
        raise HTTPException(404, "no such hut")
    return HUTS[number]


@lodge.post("/huts", status_code=201)
def create_hut(hut: HutIn) -> Hut:
    number = max(HUTS) + 1
    HUTS[number] = {"id": number, **hut.model_dump()}
    return HUTS[number]
