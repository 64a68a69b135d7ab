from typing import Annotated, Literal

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, model_validator
from starlette.exceptions import HTTPException as StarletteHTTPException

Difficulty = Literal["easy", "moderate", "hard"]


class Sent(BaseModel):
    name: str = Field(min_length=1, max_length=80)
    length_km: float = Field(gt=0, le=1000)
    difficulty: Difficulty
    region: str | None = None
    ranger_notes: str = ""


class Change(BaseModel):
    name: str | None = Field(None, min_length=1, max_length=80)
    length_km: float | None = Field(None, gt=0, le=1000)
    difficulty: Difficulty | None = None
    region: str | None = None
    ranger_notes: str | None = None

    @model_validator(mode="after")
    def only_the_region_may_be_null(self):
        for name in self.model_fields_set - {"region"}:
            if getattr(self, name) is None:
                raise ValueError(f"{name} may not be null")
        return self


class TrailRecord(BaseModel):
    id: int
    name: str
    length_km: float
    difficulty: Difficulty
    region: str | None = None
    ranger_notes: str = ""


class Trail(BaseModel):
    id: int
    name: str
    length_km: float
    difficulty: Difficulty
    region: str | None = None


class Page(BaseModel):
    items: list[Trail]
    total: int
    limit: int
    offset: int


class Store:
    def __init__(self):
        rows = [
            ("Lake Loop", 6.5, "easy", "Alps"),
            ("Fern Valley", 9.0, "easy", "Jura"),
            ("Ridge Path", 14.0, "hard", "Alps"),
            ("Gorge Steps", 4.0, "hard", "Jura"),
            ("Summit Trail", 18.5, "moderate", "Alps"),
        ]
        self.trails = {}
        for name, length_km, difficulty, region in rows:
            self.add(Sent(name=name, length_km=length_km, difficulty=difficulty, region=region))

    def add(self, sent: Sent) -> TrailRecord:
        self.check_name(sent.name, None)
        id = getattr(self, "last", 0) + 1
        self.last = id
        self.trails[id] = TrailRecord(id=id, **sent.model_dump())
        return self.trails[id]

    def check_name(self, name: str, id: int | None) -> None:
        for trail in self.trails.values():
            if trail.name == name and trail.id != id:
                raise HTTPException(409, "name is taken")


store = Store()


def get_record(trail_id: int) -> TrailRecord:
    try:
        return store.trails[trail_id]
    except KeyError:
        raise HTTPException(404, "no such trail") from None


Record = Annotated[TrailRecord, Depends(get_record)]
router = APIRouter(prefix="/trails")


@router.get("", response_model=Page)
def list_trails(
    difficulty: Difficulty | None = None,
    region: str | None = None,
    max_km: float = float("inf"),
    limit: Annotated[int, Field(ge=1, le=100)] = 20,
    offset: Annotated[int, Field(ge=0)] = 0,
):
    found = [
        trail
        for trail in store.trails.values()
        if difficulty in (None, trail.difficulty)
        and region in (None, trail.region)
        and trail.length_km <= max_km
    ]
    return {"items": found[offset:][:limit], "total": len(found), "limit": limit, "offset": offset}


@router.post("", status_code=201, response_model=Trail)
def create(sent: Sent, request: Request, response: Response):
    record = store.add(sent)
    response.headers["Location"] = str(request.url_for("read", trail_id=record.id))
    return record


@router.get("/{trail_id}", response_model=Trail)
def read(record: Record):
    return record


@router.put("/{trail_id}", response_model=Trail)
def replace(record: Record, sent: Sent):
    store.check_name(sent.name, record.id)
    store.trails[record.id] = TrailRecord(id=record.id, **sent.model_dump())
    return store.trails[record.id]


@router.patch("/{trail_id}", response_model=Trail)
def change(record: Record, change: Change):
    fields = change.model_dump(exclude_unset=True)
    store.check_name(fields.get("name", record.name), record.id)
    for name, value in fields.items():
        setattr(record, name, value)
    return record


@router.delete("/{trail_id}", status_code=204)
def delete(record: Record):
    del store.trails[record.id]


def create_app() -> FastAPI:
    app = FastAPI()
    app.include_router(router)

    @app.exception_handler(StarletteHTTPException)
    def refused(request, error):
        body = {"status": error.status_code, "title": "refused", "detail": error.detail}
        return JSONResponse(body, error.status_code)

    @app.exception_handler(RequestValidationError)
    def invalid(request, error):
        errors = [{"loc": list(e["loc"]), "msg": e["msg"], "type": e["type"]} for e in error.errors()]
        body = {"status": 422, "title": "invalid", "detail": "wrong values", "errors": errors}
        return JSONResponse(body, 422)

    return app
