# Exercise 7.1
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel


class Trail(BaseModel):
    id: int
    name: str
    length_km: float


TRAILS = {
    1: Trail(id=1, name="Lake Loop", length_km=6.5),
    2: Trail(id=2, name="Ridge Path", length_km=14.0),
    3: Trail(id=3, name="Gorge Steps", length_km=4.0),
}

lookup = FastAPI()


class Lost(Exception): ...


@lookup.exception_handler(Lost)
async def lost(request, error):
    return JSONResponse({"detail": "No trail has this id."}, 404)


def number(trail_id: int) -> int:
    return trail_id


class Finder:
    def __call__(self, n: Annotated[int, Depends(number)]) -> Trail:
        for t in TRAILS.values():
            if t.id == n:
                return t
        raise Lost


@lookup.get("/trails/{trail_id}", response_model=Trail)
def a(t=Depends(Finder())):
    return t


@lookup.get("/trails/{trail_id}/minutes")
def b(t=Depends(Finder())):
    return {"minutes": t.length_km * 15}


@lookup.put("/trails/{trail_id}/name", response_model=Trail)
def c(name: str, t=Depends(Finder())):
    t.name = name
    return t
