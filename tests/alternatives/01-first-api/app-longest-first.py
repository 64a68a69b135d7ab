from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

MINUTES_PER_KM = 12
CLIMB_M_PER_MINUTE = 10


class Trail(BaseModel):
    id: int
    name: str
    length_km: float
    difficulty: str


class Walk(BaseModel):
    length_km: float
    climb_m: float = 0


TRAILS = [
    Trail(id=1, name="Lake Loop", length_km=6.5, difficulty="easy"),
    Trail(id=2, name="Fern Valley", length_km=9.0, difficulty="easy"),
    Trail(id=3, name="Ridge Path", length_km=14.0, difficulty="hard"),
    Trail(id=4, name="Gorge Steps", length_km=4.0, difficulty="hard"),
]

app = FastAPI(title="Trail desk")


@app.get("/trails")
def list_trails(difficulty: str | None = None, max_km: float | None = None) -> list[Trail]:
    trails = TRAILS
    if difficulty is not None:
        trails = [trail for trail in trails if trail.difficulty == difficulty]
    if max_km is not None:
        trails = [trail for trail in trails if trail.length_km <= max_km]
    return sorted(trails, key=lambda trail: trail.length_km)


@app.get("/trails/shortest")
def shortest_trail() -> Trail:
    return min(TRAILS, key=lambda trail: trail.length_km)


@app.get("/trails/{trail_id}")
def get_trail(trail_id: int) -> Trail:
    for trail in TRAILS:
        if trail.id == trail_id:
            return trail
    raise HTTPException(status_code=404, detail="No trail has this id.")


@app.post("/estimates")
def estimate(walk: Walk) -> dict[str, float]:
    """Walking time by Naismith's rule."""
    return {"minutes": walk.length_km * MINUTES_PER_KM + walk.climb_m / CLIMB_M_PER_MINUTE}
