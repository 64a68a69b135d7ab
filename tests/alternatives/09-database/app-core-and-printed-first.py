import asyncio
import os
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import MISSING, BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import (
    Column,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from starlette.exceptions import HTTPException as StarletteHTTPException

FILE = Path(__file__).with_name("trails.db")
engine = create_async_engine(os.environ.get("DATABASE_URL", f"sqlite+aiosqlite:///{FILE.as_posix()}"))
tables = MetaData()
trails = Table(
    "trail",
    tables,
    Column("id", Integer, primary_key=True),
    Column("name", String(80), unique=True, nullable=False),
    Column("length_km", Float, nullable=False),
    Column("difficulty", String(10), nullable=False),
    Column("region", String),
    Column("ranger_notes", String, nullable=False),
)
reports = Table(
    "report",
    tables,
    Column("id", Integer, primary_key=True),
    Column("trail_id", ForeignKey("trail.id"), nullable=False),
    Column("text", String(500), nullable=False),
    Column("stars", Integer, nullable=False, server_default="3"),
)
closures = Table(
    "closure",
    tables,
    Column("id", Integer, primary_key=True),
    Column("trail_id", ForeignKey("trail.id"), nullable=False, unique=True),
    Column("reason", String(80), nullable=False),
)
public = [trails.c[name] for name in ("id", "name", "length_km", "difficulty", "region")]

SEEDS = [
    {"name": "Lake Loop", "length_km": 6.5, "difficulty": "easy", "region": "Alps"},
    {"name": "Fern Valley", "length_km": 9.0, "difficulty": "easy", "region": "Jura"},
    {"name": "Ridge Path", "length_km": 14.0, "difficulty": "hard", "region": "Alps"},
    {"name": "Gorge Steps", "length_km": 4.0, "difficulty": "hard", "region": "Jura"},
    {"name": "Summit Trail", "length_km": 18.5, "difficulty": "moderate", "region": "Alps"},
]

# What comes in and goes out

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


class TrailPatch(BaseModel):
    """What a client changes: a field that is not sent stays as it is."""

    name: Name | MISSING = MISSING
    length_km: LengthKm | MISSING = MISSING
    difficulty: Difficulty | MISSING = MISSING
    region: str | MISSING | None = MISSING
    ranger_notes: str | MISSING = MISSING


class Trail(BaseModel):
    """A trail as it leaves: without `ranger_notes`."""

    id: int
    name: str
    length_km: float
    difficulty: Difficulty
    region: str | None = None


class TrailPage(BaseModel):
    items: list[Trail]
    total: int
    limit: int
    offset: int


class TrailQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    difficulty: Difficulty | None = None
    region: str | None = None
    max_km: float | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    offset: Annotated[int, Field(ge=0)] = 0


class ReportIn(BaseModel):
    text: Annotated[str, Field(min_length=1, max_length=500)]
    stars: Annotated[int, Field(ge=1, le=5)]


class Report(ReportIn):
    id: int
    trail_id: int


class ClosureIn(BaseModel):
    trail_ids: Annotated[list[int], Field(min_length=1)]
    reason: Annotated[str, Field(min_length=1, max_length=80)]


class Closure(BaseModel):
    id: int
    trail_id: int
    reason: str


# The printer


class PrinterJam(Exception):
    """A sign was not printed."""


async def print_sign(name: str, reason: str) -> None:
    """Print the sign that closes a trail. It takes a moment. Leave it as it is.

    Raises:
        PrinterJam: there is no room for so many letters.
    """
    await asyncio.sleep(0.05)
    if len(name) + len(reason) > 100:
        raise PrinterJam(f"No room for {name!r} and {reason!r} on one sign.")


def prepare(connection):
    seen = inspect(connection)
    if seen.has_table("report") and "stars" not in {one["name"] for one in seen.get_columns("report")}:
        connection.execute(text("ALTER TABLE report ADD COLUMN stars INTEGER NOT NULL DEFAULT 3"))
    tables.create_all(connection)
    if not connection.scalar(select(trails.c.id).limit(1)):
        for seed in SEEDS:
            connection.execute(trails.insert().values(**seed, ranger_notes=""))


@asynccontextmanager
async def lifespan(app):
    async with engine.begin() as connection:
        await connection.run_sync(prepare)
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


async def transaction():
    async with engine.begin() as connection:
        yield connection


# It ends before the answer goes out: what is answered is committed.
Database = Annotated[AsyncConnection, Depends(transaction, scope="function")]


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


@app.exception_handler(PrinterJam)
async def answer_jam(request: Request, error: PrinterJam) -> JSONResponse:
    return JSONResponse(problem(503, "The printer has jammed."), 503)


@app.exception_handler(IntegrityError)
async def answer_conflict(request: Request, error: IntegrityError) -> JSONResponse:
    return JSONResponse(problem(409, "It contradicts what is stored."), 409)


async def one(database, query, what="trail"):
    row = (await database.execute(query)).mappings().first()
    if row is None:
        raise HTTPException(404, f"There is no such {what}.")
    return dict(row)


async def find(database, trail_id):
    return await one(database, select(*public).where(trails.c.id == trail_id))


async def rows(database, query):
    return [dict(row) for row in (await database.execute(query)).mappings()]


@app.get("/trails")
async def list_trails(query: Annotated[TrailQuery, Query()], database: Database) -> TrailPage:
    conditions = []
    for name in ("difficulty", "region"):
        if (wanted := getattr(query, name)) is not None:
            conditions.append(trails.c[name] == wanted)
    if query.max_km is not None:
        conditions.append(trails.c.length_km <= query.max_km)
    total = await database.scalar(select(func.count()).select_from(trails).where(*conditions))
    page = select(*public).where(*conditions).order_by(trails.c.id).limit(query.limit).offset(query.offset)
    return TrailPage(items=await rows(database, page), total=total, limit=query.limit, offset=query.offset)


@app.post("/trails", status_code=201)
async def create(new: TrailIn, database: Database, response: Response) -> Trail:
    made = await one(database, trails.insert().values(**new.model_dump()).returning(*public))
    response.headers["Location"] = f"/trails/{made['id']}"
    return made


@app.get("/trails/{trail_id}")
async def get(trail_id: int, database: Database) -> Trail:
    return await find(database, trail_id)


@app.put("/trails/{trail_id}")
@app.patch("/trails/{trail_id}")
async def change(trail_id: int, request: Request, database: Database) -> Trail:
    model = TrailIn if request.method == "PUT" else TrailPatch
    try:
        fields = model.model_validate_json(await request.body()).model_dump()
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from None
    if fields:
        await database.execute(trails.update().where(trails.c.id == trail_id).values(**fields))
    return await find(database, trail_id)


@app.delete("/trails/{trail_id}", status_code=204)
async def delete(trail_id: int, database: Database) -> None:
    await find(database, trail_id)
    for table, column in (
        (reports, reports.c.trail_id),
        (closures, closures.c.trail_id),
        (trails, trails.c.id),
    ):
        await database.execute(table.delete().where(column == trail_id))


@app.get("/trails/{trail_id}/reports")
async def list_reports(trail_id: int, database: Database) -> list[Report]:
    await find(database, trail_id)
    return await rows(database, select(reports).where(reports.c.trail_id == trail_id).order_by(reports.c.id))


@app.post("/trails/{trail_id}/reports", status_code=201)
async def report(trail_id: int, new: ReportIn, database: Database) -> Report:
    await find(database, trail_id)
    values = {"trail_id": trail_id, **new.model_dump()}
    return await one(database, reports.insert().values(**values).returning(*reports.c))


@app.get("/closures")
async def list_closures(database: Database) -> list[Closure]:
    return await rows(database, select(closures).order_by(closures.c.id))


@app.post("/closures", status_code=201)
async def close(new: ClosureIn, database: Database) -> list[Closure]:
    names = [(await find(database, trail_id))["name"] for trail_id in new.trail_ids]
    closed = select(closures.c.id).where(closures.c.trail_id.in_(new.trail_ids))
    if await rows(database, closed):
        raise HTTPException(409, "Closed already.")
    for name in names:
        await print_sign(name, new.reason)
    return [
        await one(database, closures.insert().values(trail_id=id, reason=new.reason).returning(*closures.c))
        for id in new.trail_ids
    ]


@app.delete("/closures/{closure_id}", status_code=204)
async def open_again(closure_id: int, database: Database) -> None:
    await one(database, select(closures).where(closures.c.id == closure_id), "closure")
    await database.execute(closures.delete().where(closures.c.id == closure_id))
