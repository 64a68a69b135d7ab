# check: answers_known_trails
# says: the very name that stands in the brackets
# Exercise 7.1
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
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


def find_trail(id: int) -> Trail:
    if id not in TRAILS:
        raise HTTPException(status_code=404, detail="No trail has this id.")
    return TRAILS[id]


@lookup.get("/trails/{trail_id}")
def get_trail(trail: Annotated[Trail, Depends(find_trail)]) -> Trail:
    return trail


@lookup.get("/trails/{trail_id}/minutes")
def get_minutes(trail: Annotated[Trail, Depends(find_trail)]) -> dict[str, float]:
    return {"minutes": trail.length_km * 15}


@lookup.put("/trails/{trail_id}/name")
def rename_trail(trail: Annotated[Trail, Depends(find_trail)], name: str) -> Trail:
    trail.name = name
    return trail
