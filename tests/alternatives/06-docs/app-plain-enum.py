"""The trail register with docs to build on.

Nothing of the schema is written by hand. Descriptions stand beside what they describe, one model makes the
errors as well as their docs, and the difficulty is an `Enum`, so that it becomes one type in every client.
A 400 is documented, too: FastAPI sends it for a body that cannot be decoded, and an attack finds that.
"""

import itertools
from enum import Enum
from http import HTTPStatus
from importlib.resources import files
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from pydantic import MISSING, BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException as StarletteHTTPException


class Difficulty(str, Enum):
    EASY = "easy"
    MODERATE = "moderate"
    HARD = "hard"


Name = Annotated[str, Field(min_length=1, max_length=80, description="No two trails share one")]
LengthKm = Annotated[float, Field(gt=0, le=1000, description="From start to end, in kilometres")]
TrailId = Annotated[int, Path(description="As in the answer to the trail's creation")]


class Complaint(BaseModel):
    """One value that is wrong, and where it stands."""

    loc: list[str | int]
    msg: str


class Problem(BaseModel):
    """What went wrong, with the names that RFC 9457 gives to its parts."""

    status: int
    title: str
    detail: str
    errors: list[Complaint] | None = None


class TrailIn(BaseModel):
    """What a client sends to create or to replace a trail."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "Cloud Path", "length_km": 7.5, "difficulty": "moderate", "region": "Alps"},
            ]
        }
    )

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
    """Some of the trails that fit, and how many there are in all."""

    items: list[Trail]
    total: int
    limit: int
    offset: int


class TrailQuery(BaseModel):
    """What `GET /trails` understands; a mistyped name is refused instead of ignored."""

    model_config = ConfigDict(extra="forbid")

    difficulty: Difficulty | None = Field(default=None, description="Only trails of this difficulty")
    region: str | None = Field(default=None, description="Only trails of this region")
    max_km: float | None = Field(default=None, description="Only trails of at most this length")
    limit: int = Field(default=20, ge=1, le=100, description="At most so many trails")
    offset: int = Field(default=0, ge=0, description="Skip so many first")

    def fits(self, trail: Trail) -> bool:
        return (
            (self.difficulty is None or trail.difficulty == self.difficulty)
            and (self.region is None or trail.region == self.region)
            and (self.max_km is None or trail.length_km <= self.max_km)
        )


TRAILS = {
    trail.id: trail
    for trail in [
        TrailRecord(
            id=1,
            name="Lake Loop",
            length_km=6.5,
            difficulty=Difficulty.EASY,
            region="Alps",
            ranger_notes="Boat house code 4711",
        ),
        TrailRecord(
            id=2,
            name="Fern Valley",
            length_km=9.0,
            difficulty=Difficulty.EASY,
            region="Jura",
            ranger_notes="Eagles nest at km 3",
        ),
        TrailRecord(
            id=3,
            name="Ridge Path",
            length_km=14.0,
            difficulty=Difficulty.HARD,
            region="Alps",
            ranger_notes="Loose rock, closing soon",
        ),
        TrailRecord(
            id=4,
            name="Gorge Steps",
            length_km=4.0,
            difficulty=Difficulty.HARD,
            region="Jura",
            ranger_notes="Spare key under the step",
        ),
        TrailRecord(
            id=5,
            name="Summit Trail",
            length_km=18.5,
            difficulty=Difficulty.MODERATE,
            region="Alps",
            ranger_notes="Ask Ida about the cable",
        ),
    ]
}

new_ids = itertools.count(max(TRAILS) + 1)


def operation_id(route: APIRoute) -> str:
    """The function's name, which is what a generated client calls its own."""
    return route.name


UNREADABLE: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "A body that is no text"}
}
NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": Problem, "description": "No trail has this id"}}
TAKEN: dict[int | str, dict[str, Any]] = {409: {"model": Problem, "description": "The name is taken"}}
INVALID: dict[int | str, dict[str, Any]] = {
    422: {"model": Problem, "description": "A value is missing or wrong"}
}

app = FastAPI(
    title="Trail register",
    version="2.0.0",
    description="The trails of the mountain rescue: to read for everybody, to change for rangers.",
    openapi_tags=[{"name": "trails", "description": "Marked trails, with their length and difficulty"}],
    generate_unique_id_function=operation_id,
    responses=INVALID,
    docs_url=None,
    redoc_url=None,
)
app.mount("/assets", StaticFiles(directory=str(files("fastapi_offline") / "static")))


@app.get("/docs", include_in_schema=False)
async def docs_page() -> HTMLResponse:
    return get_swagger_ui_html(
        title=app.title,
        openapi_url="/openapi.json",
        swagger_js_url="/assets/swagger-ui-bundle.js",
        swagger_css_url="/assets/swagger-ui.css",
        swagger_favicon_url="/assets/favicon.png",
    )


@app.get("/redoc", include_in_schema=False)
async def redoc_page() -> HTMLResponse:
    page = get_redoc_html(
        title=app.title,
        openapi_url="/openapi.json",
        redoc_js_url="/assets/redoc.standalone.js",
        redoc_favicon_url="/assets/favicon.png",
        with_google_fonts=False,
    )
    # Its script asks for its maker's logo, which is elsewhere.
    page.headers["Content-Security-Policy"] = "img-src 'self' data:"
    return page


def problem(status: int, detail: str, errors: list[Complaint] | None = None) -> JSONResponse:
    body = Problem(status=status, title=HTTPStatus(status).phrase, detail=detail, errors=errors)
    return JSONResponse(body.model_dump(exclude_none=True), status)


@app.exception_handler(StarletteHTTPException)
async def answer_refusal(request: Request, error: StarletteHTTPException) -> JSONResponse:
    answer = problem(error.status_code, error.detail)
    answer.headers.update(error.headers or {})
    return answer


@app.exception_handler(RequestValidationError)
async def answer_invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    # Without `input`, which would send back whatever was sent.
    errors = [Complaint(loc=list(entry["loc"]), msg=entry["msg"]) for entry in error.errors()]
    return problem(422, "The request has values that this API cannot take.", errors)


def find_trail(trail_id: int) -> TrailRecord:
    if trail_id not in TRAILS:
        raise HTTPException(404, f"No trail has the id {trail_id}.")
    return TRAILS[trail_id]


def refuse_taken_name(name: str, trail_id: int | None = None) -> None:
    """Names are unique; a trail may keep its own."""
    if any(trail.name == name and trail.id != trail_id for trail in TRAILS.values()):
        raise HTTPException(409, f"Another trail is called {name!r}.")


@app.get("/trails", tags=["trails"])
async def list_trails(query: Annotated[TrailQuery, Query()]) -> TrailPage:
    """The trails that fit all filters, a page at a time, in the order of their ids."""
    found: list[Trail] = [trail for trail in TRAILS.values() if query.fits(trail)]
    items = found[query.offset : query.offset + query.limit]
    return TrailPage(items=items, total=len(found), limit=query.limit, offset=query.offset)


@app.get("/all-trails", tags=["trails"], deprecated=True)
async def list_all_trails() -> list[Trail]:
    """All trails at once. Use `GET /trails`, which has pages."""
    return list(TRAILS.values())


@app.post("/trails", status_code=201, tags=["trails"], responses=UNREADABLE | TAKEN)
async def create_trail(trail: TrailIn, response: Response) -> Trail:
    """Create a trail; the header `Location` says where it is."""
    refuse_taken_name(trail.name)
    record = TrailRecord(id=next(new_ids), **trail.model_dump())
    TRAILS[record.id] = record
    response.headers["Location"] = f"/trails/{record.id}"
    return record


@app.get("/trails/{trail_id}", tags=["trails"], responses=NOT_FOUND)
async def get_trail(trail_id: TrailId) -> Trail:
    """One trail."""
    return find_trail(trail_id)


@app.put("/trails/{trail_id}", tags=["trails"], responses=UNREADABLE | NOT_FOUND | TAKEN)
async def replace_trail(trail_id: TrailId, trail: TrailIn) -> Trail:
    """Replace the whole trail: what is not sent gets its default."""
    find_trail(trail_id)
    refuse_taken_name(trail.name, trail_id)
    TRAILS[trail_id] = TrailRecord(id=trail_id, **trail.model_dump())
    return TRAILS[trail_id]


@app.patch("/trails/{trail_id}", tags=["trails"], responses=UNREADABLE | NOT_FOUND | TAKEN)
async def change_trail(trail_id: TrailId, patch: TrailPatch) -> Trail:
    """Change what is sent, and leave the rest as it is."""
    changed = find_trail(trail_id).model_copy(update=patch.model_dump())
    refuse_taken_name(changed.name, trail_id)
    TRAILS[trail_id] = changed
    return changed


@app.delete("/trails/{trail_id}", status_code=204, tags=["trails"], responses=NOT_FOUND)
async def delete_trail(trail_id: TrailId) -> None:
    """Delete the trail for good."""
    find_trail(trail_id)
    del TRAILS[trail_id]
