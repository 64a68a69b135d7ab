# Exercise 1.3
from typing import Literal

from fastapi import FastAPI, HTTPException
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

guide = FastAPI()


@guide.get("/trails")
def list_trails() -> list[Trail]:
    return TRAILS


@guide.get("/trails/{trail_id}")
async def get_trail(trail_id: int | Literal["longest"]) -> Trail:
    if trail_id == "longest":
        return max(TRAILS, key=lambda trail: trail.length_km)
    found = next((trail for trail in TRAILS if trail.id == trail_id), None)
    if found is None:
        raise HTTPException(status_code=404)
    return found
