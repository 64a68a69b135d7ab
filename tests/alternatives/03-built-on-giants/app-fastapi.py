from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field


class Trail(BaseModel):
    id: int
    name: str
    length_km: float
    difficulty: str


class Report(BaseModel):
    hiker: str
    stars: int = Field(ge=1, le=5)


TRAILS = [
    Trail(id=1, name="Lake Loop", length_km=6.5, difficulty="easy"),
    Trail(id=2, name="Fern Valley", length_km=9.0, difficulty="easy"),
    Trail(id=3, name="Ridge Path", length_km=14.0, difficulty="hard"),
]

app = FastAPI(title="Trail desk", version="1.0")


@app.get("/trails")
def list_trails(difficulty: str | None = None, max_km: float | None = None) -> list[Trail]:
    return [
        trail
        for trail in TRAILS
        if difficulty in (None, trail.difficulty) and (max_km is None or trail.length_km <= max_km)
    ]


@app.get("/trails/{trail_id}")
async def get_trail(trail_id: int) -> Trail:
    for trail in TRAILS:
        if trail.id == trail_id:
            return trail
    raise HTTPException(status_code=404, detail="No trail has this id.")


@app.post("/trails/{trail_id}/reports")
async def add_report(trail_id: int, report: Report, notify: bool = False) -> dict[str, str | bool]:
    trail = await get_trail(trail_id)
    return {"message": f"{report.hiker} gave {trail.name} {report.stars} of 5 stars.", "notified": notify}
