"""The trail register: trails to create, read, list, replace, change and delete.

Run it in this folder with `fastapi dev`, check it with `course check 05`.
"""

from typing import Literal

from fastapi import FastAPI
from pydantic import BaseModel

Difficulty = Literal["easy", "moderate", "hard"]


class TrailRecord(BaseModel):
    """A trail as it is stored. `ranger_notes` are for rangers and must never leave."""

    id: int
    name: str
    length_km: float
    difficulty: Difficulty
    region: str | None = None
    ranger_notes: str = ""


TRAILS = {
    trail.id: trail
    for trail in [
        TrailRecord(
            id=1,
            name="Lake Loop",
            length_km=6.5,
            difficulty="easy",
            region="Alps",
            ranger_notes="Boat house code 4711",
        ),
        TrailRecord(
            id=2,
            name="Fern Valley",
            length_km=9.0,
            difficulty="easy",
            region="Jura",
            ranger_notes="Eagles nest at km 3",
        ),
        TrailRecord(
            id=3,
            name="Ridge Path",
            length_km=14.0,
            difficulty="hard",
            region="Alps",
            ranger_notes="Loose rock, closing soon",
        ),
        TrailRecord(
            id=4,
            name="Gorge Steps",
            length_km=4.0,
            difficulty="hard",
            region="Jura",
            ranger_notes="Spare key under the step",
        ),
        TrailRecord(
            id=5,
            name="Summit Trail",
            length_km=18.5,
            difficulty="moderate",
            region="Alps",
            ranger_notes="Ask Ida about the cable",
        ),
    ]
}

app = FastAPI(title="Trail register")

# Write your endpoints here.
