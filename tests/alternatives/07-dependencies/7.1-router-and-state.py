# Exercise 7.1

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
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


def load(request: Request, trail_id: int):
    request.state.trail = TRAILS.get(trail_id)
    if request.state.trail is None:
        raise HTTPException(404, "No trail has this id.")


one = APIRouter(prefix="/trails/{trail_id}", dependencies=[Depends(load)])


@one.get("")
def a(request: Request) -> Trail:
    return request.state.trail


@one.get("/minutes")
async def b(request: Request):
    return {"minutes": 15 * request.state.trail.length_km}


@one.put("/name")
def c(name: str, request: Request) -> Trail:
    request.state.trail.name = name
    return request.state.trail


lookup.include_router(one)
