import itertools
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import FastAPI, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import MISSING, BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException as StarletteHTTPException

Difficulty = Literal["easy", "moderate", "hard"]
Name = Annotated[str, Field(min_length=1, max_length=80)]
LengthKm = Annotated[float, Field(gt=0, le=1000)]


class TrailIn(BaseModel):
    """What a client sends to create or to replace a trail."""

    name: Name
    length_km: LengthKm
    difficulty: Difficulty
    region: str | None = None
    ranger_notes: str = ""


class TrailPatch(BaseModel):
    """What a client changes: a field that is not sent stays as it is."""

    name: Name | MISSING = MISSING
    length_km: LengthKm | MISSING = MISSING
    difficulty: Difficulty | MISSING = MISSING
    region: str | MISSING | None = MISSING
    ranger_notes: str | MISSING = MISSING


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


class TrailQuery(BaseModel):
    """What `GET /trails` understands; a mistyped name is refused instead of ignored."""

    model_config = ConfigDict(extra="forbid")

    difficulty: Difficulty | None = None
    region: str | None = None
    max_km: Annotated[float | None, Field(gt=0)] = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    offset: Annotated[int, Field(ge=0)] = 0

    def fits(self, trail: Trail) -> bool:
        return (
            (self.difficulty is None or trail.difficulty == self.difficulty)
            and (self.region is None or trail.region == self.region)
            and (self.max_km is None or trail.length_km <= self.max_km)
        )


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

new_ids = itertools.count(max(TRAILS) + 1)

app = FastAPI(title="Trail register")


def problem(status: int, detail: str, **more: Any) -> dict[str, Any]:
    """An error's body, with the names that RFC 9457 gives to its parts."""
    return {"status": status, "title": HTTPStatus(status).phrase, "detail": detail, **more}


@app.exception_handler(StarletteHTTPException)
async def answer_refusal(request: Request, error: StarletteHTTPException) -> JSONResponse:
    body = problem(error.status_code, error.detail)
    return JSONResponse(body, error.status_code, headers=error.headers)


@app.exception_handler(RequestValidationError)
async def answer_invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    # Without `input`, which would send back whatever was sent.
    errors = [{"loc": entry["loc"], "msg": entry["msg"]} for entry in error.errors()]
    body = problem(422, "The request has values that this API cannot take.", errors=errors)
    return JSONResponse(body, 422)


def find_trail(trail_id: int) -> TrailRecord:
    if trail_id not in TRAILS:
        raise HTTPException(404, f"No trail has the id {trail_id}.")
    return TRAILS[trail_id]


def refuse_taken_name(name: str, trail_id: int | None = None) -> None:
    """Names are unique; a trail may keep its own."""
    if any(trail.name == name and trail.id != trail_id for trail in TRAILS.values()):
        raise HTTPException(409, f"Another trail is called {name!r}.")


@app.get("/trails")
async def list_trails(query: Annotated[TrailQuery, Query()]) -> TrailPage:
    found: list[Trail] = [trail for trail in TRAILS.values() if query.fits(trail)]
    items = found[query.offset : query.offset + query.limit]
    return TrailPage(items=items, total=len(found), limit=query.limit, offset=query.offset)


@app.post("/trails", status_code=201)
async def create_trail(trail: TrailIn, response: Response) -> Trail:
    refuse_taken_name(trail.name)
    record = TrailRecord(id=next(new_ids), **trail.model_dump())
    TRAILS[record.id] = record
    response.headers["Location"] = f"/trails/{record.id}"
    return record


@app.get("/trails/{trail_id}")
async def get_trail(trail_id: int) -> Trail:
    return find_trail(trail_id)


@app.put("/trails/{trail_id}")
async def replace_trail(trail_id: int, trail: TrailIn) -> Trail:
    find_trail(trail_id)
    refuse_taken_name(trail.name, trail_id)
    TRAILS[trail_id] = TrailRecord(id=trail_id, **trail.model_dump())
    return TRAILS[trail_id]


@app.patch("/trails/{trail_id}")
async def change_trail(trail_id: int, patch: TrailPatch) -> Trail:
    changed = find_trail(trail_id).model_copy(update=patch.model_dump())
    refuse_taken_name(changed.name, trail_id)
    TRAILS[trail_id] = changed
    return changed


@app.delete("/trails/{trail_id}", status_code=204)
async def delete_trail(trail_id: int) -> None:
    find_trail(trail_id)
    del TRAILS[trail_id]
