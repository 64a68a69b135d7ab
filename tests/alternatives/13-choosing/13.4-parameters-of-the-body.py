# Exercise 13.4
import time
from typing import Annotated

from fastapi import Body, FastAPI, HTTPException, Path, Query
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

HUTS = {
    1: {"id": 1, "name": "Lake hut", "beds": 12},
    2: {"id": 2, "name": "Peak hut", "beds": 40},
}


def ask_office() -> None:
    """Ask the office's slow computer, by a library that blocks."""
    time.sleep(0.2)


lodge = FastAPI()


class Hut(BaseModel):
    id: int
    name: str
    beds: int


@lodge.get("/huts")
def list_huts(beds: Annotated[float, Query()] = float("-inf")) -> list[Hut]:
    return [Hut.model_validate(hut) for hut in HUTS.values() if hut["beds"] >= beds]


@lodge.get("/huts/{number}")
async def read_hut(number: Annotated[int, Path(gt=0)]) -> Hut:
    await run_in_threadpool(ask_office)
    if found := HUTS.get(number):
        return Hut(**found)
    raise HTTPException(404, "no such hut")


@lodge.post("/huts", status_code=201)
async def create_hut(name: Annotated[str, Body(min_length=1)], beds: Annotated[int, Body(ge=1)]) -> Hut:
    number = max(HUTS) + 1
    HUTS[number] = {"id": number, "name": name, "beds": beds}
    return Hut(**HUTS[number])
