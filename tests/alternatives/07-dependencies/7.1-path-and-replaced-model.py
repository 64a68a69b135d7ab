# Exercise 7.1
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Path
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


def find_trail(trail_id: Annotated[int, Path(ge=1)]) -> Trail:
    found = [trail for trail in TRAILS.values() if trail.id == trail_id]
    if not found:
        raise HTTPException(status_code=404, detail="No trail has this id.")
    return found[0]


@lookup.get("/trails/{trail_id}")
def get_trail(trail: Annotated[Trail, Depends(find_trail)]) -> Trail:
    return trail


@lookup.get("/trails/{trail_id}/minutes")
def get_minutes(trail: Annotated[Trail, Depends(find_trail)]) -> dict[str, float]:
    return {"minutes": trail.length_km * 15}


@lookup.put("/trails/{trail_id}/name")
def rename_trail(trail: Annotated[Trail, Depends(find_trail)], name: str) -> Trail:
    TRAILS[trail.id] = trail.model_copy(update={"name": name})
    return TRAILS[trail.id]
