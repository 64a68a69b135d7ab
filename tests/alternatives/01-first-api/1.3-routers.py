# Exercise 1.3
from fastapi import APIRouter, FastAPI, HTTPException
from pydantic import BaseModel


class Trail(BaseModel):
    id: int
    name: str
    length_km: float


TRAILS = [
    Trail(id=1, name="Lake Loop", length_km=6.5),
    Trail(id=2, name="Summit Trail", length_km=18.5),
    Trail(id=3, name="Ridge Path", length_km=14.0),
]

fixed = APIRouter(prefix="/trails")
by_id = APIRouter(prefix="/trails")


@by_id.get("/{trail_id}", response_model=Trail)
def get_trail(trail_id: int):
    found = {trail.id: trail for trail in TRAILS}.get(trail_id)
    if not found:
        raise HTTPException(status_code=404)
    return found


@fixed.get("")
def list_trails() -> list[Trail]:
    return TRAILS


@fixed.get("/longest")
def longest_trail() -> Trail:
    return max(TRAILS, key=lambda trail: trail.length_km)


guide = FastAPI()
guide.include_router(fixed)
guide.include_router(by_id)
