from typing import Annotated

from fastapi import FastAPI, HTTPException, Query
from pydantic import BaseModel, computed_field


class Trail(BaseModel):
    id: int
    name: str
    length_km: float
    difficulty: str


class Search(BaseModel):
    difficulty: str | None = None
    max_km: float | None = None


class Walk(BaseModel):
    length_km: float
    climb_m: int = 0


class Estimate(BaseModel):
    walk: Walk

    @computed_field
    @property
    def minutes(self) -> float:
        return self.walk.length_km * 12 + self.walk.climb_m * 0.1


TRAILS = [
    Trail(id=1, name="Lake Loop", length_km=6.5, difficulty="easy"),
    Trail(id=2, name="Fern Valley", length_km=9.0, difficulty="easy"),
    Trail(id=3, name="Ridge Path", length_km=14.0, difficulty="hard"),
    Trail(id=4, name="Gorge Steps", length_km=4.0, difficulty="hard"),
]

app = FastAPI()


@app.get("/trails")
async def list_trails(search: Annotated[Search, Query()]) -> list[Trail]:
    found = list(TRAILS)
    for name, value in search.model_dump(exclude_none=True).items():
        if name == "difficulty":
            found = [trail for trail in found if trail.difficulty == value]
        if name == "max_km":
            found = [trail for trail in found if trail.length_km <= value]
    return found


@app.get("/trails/{trail_id}")
async def get_trail(trail_id: str) -> Trail:
    if trail_id == "shortest":
        return min(TRAILS, key=lambda trail: trail.length_km)
    for trail in TRAILS:
        if str(trail.id) == trail_id:
            return trail
    raise HTTPException(status_code=404, detail="Unknown trail")


@app.post("/estimates", response_model_exclude={"walk"})
async def estimate(walk: Walk) -> Estimate:
    return Estimate(walk=walk)
