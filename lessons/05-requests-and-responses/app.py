"""The trail register: trails to create, read, list, replace, change and delete.

Run it in this folder with `fastapi dev`, check it with `course check 05`. An endpoint that is `async def` and
waits for nothing is never interrupted, so nobody takes a name just after you found it free.
"""

from typing import Annotated, Literal

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

Difficulty = Literal["easy", "moderate", "hard"]
Name = Annotated[str, Field(min_length=1, max_length=80)]
LengthKm = Annotated[float, Field(gt=0, le=1000)]


class TrailIn(BaseModel):
    """A trail as it is sent, to create or to replace one."""

    name: Name
    length_km: LengthKm
    difficulty: Difficulty
    region: str | None = None
    ranger_notes: str = ""


class Trail(BaseModel):
    """A trail as it leaves."""

    id: int
    name: str
    length_km: float
    difficulty: Difficulty
    region: str | None = None


class TrailRecord(Trail):
    """A trail as it is stored. `ranger_notes` are for rangers and must never leave."""

    ranger_notes: str = ""


class TrailPage(BaseModel):
    items: list[Trail]
    total: int
    limit: int
    offset: int


ROWS: list[tuple[int, str, float, Difficulty, str, str]] = [
    (1, "Lake Loop", 6.5, "easy", "Alps", "Boat house code 4711"),
    (2, "Fern Valley", 9.0, "easy", "Jura", "Eagles nest at km 3"),
    (3, "Ridge Path", 14.0, "hard", "Alps", "Loose rock, closing soon"),
    (4, "Gorge Steps", 4.0, "hard", "Jura", "Spare key under the step"),
    (5, "Summit Trail", 18.5, "moderate", "Alps", "Ask Ida about the cable"),
]
TRAILS = {
    id: TrailRecord(id=id, name=name, length_km=km, difficulty=grade, region=region, ranger_notes=notes)
    for id, name, km, grade, region, notes in ROWS
}

app = FastAPI(title="Trail register")


def find_trail(trail_id: int) -> TrailRecord:
    if trail_id not in TRAILS:
        raise HTTPException(404, f"No trail has the id {trail_id}.")
    return TRAILS[trail_id]


def refuse_taken_name(name: str, trail_id: int | None = None) -> None:
    """Names are unique; the trail with the id `trail_id` may keep its own."""
    if any(trail.name == name and trail.id != trail_id for trail in TRAILS.values()):
        raise HTTPException(409, f"Another trail is called {name}.")


@app.put("/trails/{trail_id}")
async def replace_trail(trail_id: int, trail: TrailIn) -> Trail:
    find_trail(trail_id)
    refuse_taken_name(trail.name, trail_id)
    TRAILS[trail_id] = TrailRecord(id=trail_id, **trail.model_dump())
    return TRAILS[trail_id]


# Write the other endpoints here, and the handlers for errors.
