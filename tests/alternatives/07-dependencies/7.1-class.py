# Exercise 7.1
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, HTTPException
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


class Found:
    def __init__(self, trail_id: int):
        self.trail = TRAILS.get(trail_id)
        if not self.trail:
            raise HTTPException(404, detail="No trail has this id.")


router = APIRouter(prefix="/trails/{trail_id}")


@router.get("")
def get_trail(found: Annotated[Found, Depends()]) -> Trail:
    return found.trail


@router.get("/minutes")
def get_minutes(found: Annotated[Found, Depends()]):
    return {"minutes": found.trail.length_km * 15}


@router.put("/name")
def rename_trail(name: str, found: Annotated[Found, Depends()]) -> Trail:
    found.trail.name = name
    return found.trail


lookup = FastAPI()
lookup.include_router(router)
