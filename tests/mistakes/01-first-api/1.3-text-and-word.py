# check: still_refuses_words
# says: `far` is no id at all
# Exercise 1.3
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
def get_trail(trail_id: str) -> Trail:
    if trail_id == "longest":
        return sorted(TRAILS, key=lambda trail: trail.length_km)[-1]
    for trail in TRAILS:
        if str(trail.id) == trail_id:
            return trail
    raise HTTPException(status_code=404, detail=f"No trail has the id {trail_id}.")
