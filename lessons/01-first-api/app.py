"""The trail desk: a small API about mountain trails.

Run it in this folder with `fastapi dev`, check it with `course check 01`.
"""

from fastapi import FastAPI
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

# Write your endpoints here. For a 404 you need: from fastapi import HTTPException
