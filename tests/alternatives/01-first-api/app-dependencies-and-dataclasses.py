from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, Field


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


@dataclass
class Filters:
    difficulty: str | None = None
    max_km: float | None = None

    def tests(self) -> list[Callable[[Trail], bool]]:
        tests: list[Callable[[Trail], bool]] = []
        if self.difficulty is not None:
            tests.append(lambda trail: trail.difficulty == self.difficulty)
        if (limit := self.max_km) is not None:
            tests.append(lambda trail: trail.length_km <= limit)
        return tests


class Walk(BaseModel):
    kilometres: float = Field(alias="length_km")
    climb: float = Field(default=0, alias="climb_m")


def find_trail(trail_id: int) -> Trail:
    matches = [trail for trail in TRAILS if trail.id == trail_id]
    if not matches:
        raise HTTPException(status_code=404)
    return matches[0]


app = FastAPI(title="Trail desk", version="2.0")


@app.get("/trails/{trail_id:int}", response_model=Trail)
def get_trail(trail: Annotated[Trail, Depends(find_trail)]):
    return trail


@app.get("/trails")
def list_trails(filters: Annotated[Filters, Depends()]) -> list[Trail]:
    tests = filters.tests()
    return [trail for trail in TRAILS if all(test(trail) for test in tests)]


@app.get("/trails/shortest", response_model=Trail)
def shortest_trail():
    return min(TRAILS, key=lambda trail: (trail.length_km, trail.id))


@app.post("/estimates")
def estimate(walk: Walk) -> dict[str, float]:
    return {"minutes": walk.kilometres / 5 * 60 + walk.climb / 600 * 60}
