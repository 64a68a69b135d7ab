from typing import Annotated, Literal

from fastapi import APIRouter, FastAPI, HTTPException, Path, Query
from pydantic import BaseModel, Field

Difficulty = Literal["easy", "hard"]


class Trail(BaseModel):
    id: int
    name: str
    length_km: float
    difficulty: Difficulty


class Walk(BaseModel):
    length_km: Annotated[float, Field(ge=0)]
    climb_m: Annotated[int, Field(ge=0)] = 0


class Estimate(BaseModel):
    minutes: float


TRAILS = {
    1: Trail(id=1, name="Lake Loop", length_km=6.5, difficulty="easy"),
    2: Trail(id=2, name="Fern Valley", length_km=9.0, difficulty="easy"),
    3: Trail(id=3, name="Ridge Path", length_km=14.0, difficulty="hard"),
    4: Trail(id=4, name="Gorge Steps", length_km=4.0, difficulty="hard"),
}

trails = APIRouter(prefix="/trails", tags=["trails"])


@trails.get("")
async def list_trails(
    difficulty: Annotated[Difficulty | None, Query()] = None,
    max_km: Annotated[float | None, Query(ge=0)] = None,
) -> list[Trail]:
    def fits(trail: Trail) -> bool:
        return (difficulty is None or trail.difficulty == difficulty) and (
            max_km is None or trail.length_km <= max_km
        )

    return [trail for trail in TRAILS.values() if fits(trail)]


@trails.get("/shortest")
async def shortest_trail() -> Trail:
    return min(TRAILS.values(), key=lambda trail: trail.length_km)


@trails.get("/{trail_id}")
async def get_trail(trail_id: Annotated[int, Path(ge=1)]) -> Trail:
    try:
        return TRAILS[trail_id]
    except KeyError:
        raise HTTPException(status_code=404, detail=f"There is no trail {trail_id}.") from None


def create_app() -> FastAPI:
    made = FastAPI()
    made.include_router(trails)

    @made.post("/estimates")
    async def estimate(walk: Walk) -> Estimate:
        return Estimate(minutes=walk.length_km * 12 + walk.climb_m / 10)

    return made


app = create_app()
