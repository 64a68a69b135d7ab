from typing import Literal

from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field, ValidationError, field_validator
from starlette.exceptions import HTTPException


class TrailIn(BaseModel):
    name: str
    length_km: float = Field(gt=0, le=1000)
    difficulty: Literal["easy", "moderate", "hard"]
    region: str | None = None
    ranger_notes: str = ""

    @field_validator("name")
    @classmethod
    def short(cls, name: str) -> str:
        if not 1 <= len(name) <= 80:
            raise ValueError("1 to 80 characters")
        return name


def trail(id, name, length_km, difficulty, region):
    return {
        "id": id,
        "name": name,
        "length_km": length_km,
        "difficulty": difficulty,
        "region": region,
        "ranger_notes": "secret",
    }


TRAILS = [
    trail(1, "Lake Loop", 6.5, "easy", "Alps"),
    trail(2, "Fern Valley", 9.0, "easy", "Jura"),
    trail(3, "Ridge Path", 14.0, "hard", "Alps"),
    trail(4, "Gorge Steps", 4.0, "hard", "Jura"),
    trail(5, "Summit Trail", 18.5, "moderate", "Alps"),
]

app = FastAPI()


def problem(status, detail, **more):
    return JSONResponse({"status": status, "title": "Problem", "detail": detail, **more}, status)


@app.exception_handler(HTTPException)
async def on_http(request: Request, error: HTTPException):
    return problem(error.status_code, str(error.detail))


@app.exception_handler(RequestValidationError)
@app.exception_handler(ValidationError)
async def on_invalid(request: Request, error):
    entries = [{"loc": ["body", *e["loc"]], "msg": e["msg"]} for e in error.errors()]
    return problem(422, "wrong", errors=entries)


def public(record):
    return {key: value for key, value in record.items() if key != "ranger_notes"}


def find(id):
    for record in TRAILS:
        if record["id"] == id:
            return record
    raise HTTPException(404, "unknown")


def unique(name, id=None):
    if [record for record in TRAILS if record["name"] == name and record["id"] != id]:
        raise HTTPException(409, "taken")


@app.get("/trails")
async def index(
    request: Request,
    limit: int = Query(20, ge=1, le=100),
    offset: int = Query(0, ge=0),
    difficulty: Literal["easy", "moderate", "hard"] | None = None,
    max_km: float | None = None,
):
    found = TRAILS
    if difficulty:
        found = [record for record in found if record["difficulty"] == difficulty]
    if region := request.query_params.get("region"):
        found = [record for record in found if record["region"] == region]
    if max_km is not None:
        found = [record for record in found if record["length_km"] <= max_km]
    items = [public(record) for record in found[offset : offset + limit]]
    return {"items": items, "total": len(found), "limit": limit, "offset": offset}


@app.post("/trails")
async def create(body: TrailIn):
    unique(body.name)
    record = {"id": 1 + max((record["id"] for record in TRAILS), default=0), **body.model_dump()}
    TRAILS.append(record)
    return JSONResponse(public(record), 201, {"Location": f"/trails/{record['id']}"})


@app.get("/trails/{id}")
async def read(id: int):
    return public(find(id))


@app.put("/trails/{id}")
async def replace(id: int, body: TrailIn):
    record = find(id)
    unique(body.name, id)
    record.update(body.model_dump())
    return public(record)


@app.patch("/trails/{id}")
async def change(id: int, fields: dict):
    record = find(id)
    checked = TrailIn.model_validate({k: v for k, v in record.items() if k != "id"} | fields)
    unique(checked.name, id)
    record.update(checked.model_dump())
    return public(record)


@app.delete("/trails/{id}")
async def delete(id: int):
    TRAILS.remove(find(id))
    return Response(status_code=204)
