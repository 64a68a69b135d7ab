from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, StringConstraints
from starlette.exceptions import HTTPException


class Difficulty(StrEnum):
    EASY = "easy"
    MODERATE = "moderate"
    HARD = "hard"


Name = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Km = Annotated[float, Field(gt=0, le=1000)]


class Problem(Exception):
    status = 500


class NotFound(Problem):
    status = 404


class Conflict(Problem):
    status = 409


@dataclass
class TrailRecord:
    id: int
    name: str
    length_km: float
    difficulty: Difficulty
    region: str | None
    ranger_notes: str = "nobody knows"


class TrailOut(BaseModel):
    id: int
    name: str
    length_km: float
    difficulty: Difficulty
    region: str | None


class TrailIn(BaseModel):
    name: Name
    length_km: Km
    difficulty: Difficulty
    region: str | None = None
    ranger_notes: str = ""


class TrailPatch(BaseModel):
    # The defaults are never used: only what was sent is applied.
    name: Name = ""
    length_km: Km = 1
    difficulty: Difficulty = Difficulty.EASY
    region: str | None = None
    ranger_notes: str = ""


TRAILS: dict[int, TrailRecord] = {
    1: TrailRecord(1, "Lake Loop", 6.5, Difficulty.EASY, "Alps"),
    2: TrailRecord(2, "Fern Valley", 9.0, Difficulty.EASY, "Jura"),
    3: TrailRecord(3, "Ridge Path", 14.0, Difficulty.HARD, "Alps"),
    4: TrailRecord(4, "Gorge Steps", 4.0, Difficulty.HARD, "Jura"),
    5: TrailRecord(5, "Summit Trail", 18.5, Difficulty.MODERATE, "Alps"),
}


def answer(status: int, detail: str, **more: Any) -> JSONResponse:
    content = {"type": "about:blank", "status": status, "title": "No", "detail": detail} | more
    return JSONResponse(jsonable_encoder(content), status, media_type="application/problem+json")


app = FastAPI(
    exception_handlers={
        Problem: lambda request, error: answer(error.status, str(error)),
        HTTPException: lambda request, error: answer(error.status_code, error.detail),
        RequestValidationError: lambda request, error: answer(
            422, "invalid", errors=[{"loc": e["loc"], "msg": e["msg"]} for e in error.errors()]
        ),
    }
)


def find(trail_id: int) -> TrailRecord:
    if trail := TRAILS.get(trail_id):
        return trail
    raise NotFound(f"no trail {trail_id}")


def store(trail: TrailRecord) -> TrailRecord:
    if any(other.name == trail.name for other in TRAILS.values() if other.id != trail.id):
        raise Conflict(f"{trail.name} is taken")
    TRAILS[trail.id] = trail
    return trail


@app.get("/trails")
async def list_trails(
    difficulty: Difficulty | None = None,
    region: str | None = None,
    max_km: float | None = None,
    limit: Annotated[int, Query(gt=0, lt=101)] = 20,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> dict[str, list[TrailOut] | int]:
    trails = sorted(TRAILS.values(), key=lambda trail: trail.id)
    if difficulty is not None:
        trails = [t for t in trails if t.difficulty == difficulty]
    if region is not None:
        trails = [t for t in trails if t.region == region]
    if max_km is not None:
        trails = [t for t in trails if t.length_km <= max_km]
    items = [TrailOut.model_validate(t, from_attributes=True) for t in trails[offset : offset + limit]]
    return {"items": items, "total": len(trails), "limit": limit, "offset": offset}


@app.post("/trails", status_code=201, response_model=TrailOut)
async def create_trail(body: TrailIn, request: Request, response: Response) -> TrailRecord:
    trail = store(TrailRecord(id=max(TRAILS, default=0) + 1, **body.model_dump()))
    response.headers["Location"] = f"{request.url}/{trail.id}"
    return trail


@app.get("/trails/{trail_id}", response_model=TrailOut)
async def get_trail(trail_id: int) -> TrailRecord:
    return find(trail_id)


@app.put("/trails/{trail_id}", response_model=TrailOut)
async def put_trail(trail_id: int, body: TrailIn) -> TrailRecord:
    return store(TrailRecord(id=find(trail_id).id, **body.model_dump()))


@app.patch("/trails/{trail_id}", response_model=TrailOut)
async def patch_trail(trail_id: int, body: TrailPatch) -> TrailRecord:
    return store(replace(find(trail_id), **body.model_dump(exclude_unset=True)))


@app.delete("/trails/{trail_id}", status_code=204)
async def delete_trail(trail_id: int) -> Response:
    del TRAILS[find(trail_id).id]
    return Response(status_code=204)
