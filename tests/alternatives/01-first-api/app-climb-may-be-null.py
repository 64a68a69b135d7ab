"""The trail desk; a climb of null is a climb that was left out."""

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel


class Trail(BaseModel):
    id: int
    name: str
    length_km: float
    difficulty: str


TRAILS = [
    Trail(id=1, name="Lake Loop", length_km=6.5, difficulty="easy"),
    Trail(id=2, name="Fern Valley", length_km=9.0, difficulty="easy"),
    Trail(id=3, name="Ridge Path", length_km=14.0, difficulty="hard"),
    Trail(id=4, name="Gorge Steps", length_km=4.0, difficulty="hard"),
]

app = FastAPI(title="Trail desk")


@app.get("/trails")
def list_trails(difficulty: str | None = None, max_km: float | None = None) -> list[Trail]:
    found = TRAILS
    if difficulty is not None:
        found = [trail for trail in found if trail.difficulty == difficulty]
    if max_km is not None:
        found = [trail for trail in found if trail.length_km <= max_km]
    return found


@app.get("/trails/shortest")
def shortest_trail() -> Trail:
    return min(TRAILS, key=lambda trail: trail.length_km)


@app.get("/trails/{trail_id}")
def get_trail(trail_id: int) -> Trail:
    trail = {t.id: t for t in TRAILS}.get(trail_id)
    if trail is not None:
        return trail
    raise HTTPException(status_code=404, detail="No trail has this id.")


class Walk(BaseModel):
    length_km: float
    climb_m: float | None = None


@app.post("/estimates")
def estimate(walk: Walk) -> dict[str, float]:
    return {"minutes": 12 * walk.length_km + (walk.climb_m or 0) / 10}
