import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import MISSING, BaseModel, ConfigDict, Field
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import Field as Column
from sqlmodel import SQLModel, delete, func, select, text
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.exceptions import HTTPException as StarletteHTTPException

FILE = Path(__file__).with_name("trails.db")
DATABASE_URL = os.environ.get("DATABASE_URL", f"sqlite+aiosqlite:///{FILE.as_posix()}")

# Tables


class TrailRow(SQLModel, table=True):
    __tablename__ = "trail"

    id: int | None = Column(default=None, primary_key=True)
    name: str = Column(unique=True, max_length=80)
    length_km: float
    difficulty: str
    region: str | None = None
    ranger_notes: str = ""


class ReportRow(SQLModel, table=True):
    __tablename__ = "report"

    id: int | None = Column(default=None, primary_key=True)
    trail_id: int = Column(foreign_key="trail.id")
    text: str
    stars: int = 3


class ClosureRow(SQLModel, table=True):
    __tablename__ = "closure"

    id: int | None = Column(default=None, primary_key=True)
    trail_id: int = Column(foreign_key="trail.id", unique=True)
    reason: str


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

    model_config = ConfigDict(from_attributes=True)

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
    model_config = ConfigDict(from_attributes=True)

    id: int
    trail_id: int


class ClosureIn(BaseModel):
    trail_ids: Annotated[list[int], Field(min_length=1)]
    reason: Annotated[str, Field(min_length=1, max_length=80)]


class Closure(BaseModel):
    model_config = ConfigDict(from_attributes=True)

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


# The database

engine = create_async_engine(DATABASE_URL)


def new_session():
    return AsyncSession(engine, expire_on_commit=False)


def bring_up_to_date(connection):
    SQLModel.metadata.create_all(connection)
    try:
        with connection.begin_nested():
            connection.execute(text("select stars from report limit 1"))
    except DBAPIError:
        connection.execute(text("alter table report add column stars integer not null default 3"))


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(bring_up_to_date)
    async with new_session() as session, session.begin():
        if await session.scalar(select(func.count()).select_from(TrailRow)) == 0:
            session.add_all(TrailRow(**seed, ranger_notes="") for seed in SEEDS)
    yield
    await engine.dispose()


async def get_session() -> AsyncIterator[AsyncSession]:
    async with new_session() as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session)]


async def commit(session: AsyncSession, refusal: str) -> None:
    """Commit, or say 409 in these words if the database refuses what is in the session."""
    try:
        await session.commit()
    except IntegrityError:
        await session.rollback()
        raise HTTPException(409, refusal) from None


async def find_trail(trail_id: int, session: Session) -> TrailRow:
    trail = await session.get(TrailRow, trail_id)
    if trail is None:
        raise HTTPException(404, f"No trail has the id {trail_id}.")
    return trail


FoundTrail = Annotated[TrailRow, Depends(find_trail)]

# The app

app = FastAPI(title="Trail register", lifespan=lifespan)


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
    return JSONResponse(problem(503, str(error)), 503)


@app.get("/trails")
async def list_trails(query: Annotated[TrailQuery, Query()], session: Session) -> TrailPage:
    found = select(TrailRow)
    if query.difficulty is not None:
        found = found.where(TrailRow.difficulty == query.difficulty)
    if query.region is not None:
        found = found.where(TrailRow.region == query.region)
    if query.max_km is not None:
        found = found.where(TrailRow.length_km <= query.max_km)
    total = await session.scalar(select(func.count()).select_from(found.subquery())) or 0
    rows = await session.exec(found.order_by(TrailRow.id).limit(query.limit).offset(query.offset))
    items = [Trail.model_validate(row) for row in rows]
    return TrailPage(items=items, total=total, limit=query.limit, offset=query.offset)


@app.post("/trails", status_code=201, response_model=Trail)
async def create_trail(new: TrailIn, session: Session, response: Response) -> TrailRow:
    trail = TrailRow(**new.model_dump())
    session.add(trail)
    await commit(session, f"Another trail is called {new.name!r}.")
    response.headers["Location"] = f"/trails/{trail.id}"
    return trail


@app.get("/trails/{trail_id}", response_model=Trail)
async def get_trail(trail: FoundTrail) -> TrailRow:
    return trail


async def change(trail: TrailRow, fields: dict[str, Any], session: AsyncSession) -> TrailRow:
    for name, value in fields.items():
        setattr(trail, name, value)
    await commit(session, f"Another trail is called {fields.get('name')!r}.")
    return trail


@app.put("/trails/{trail_id}", response_model=Trail)
async def replace_trail(new: TrailIn, trail: FoundTrail, session: Session) -> TrailRow:
    return await change(trail, new.model_dump(), session)


@app.patch("/trails/{trail_id}", response_model=Trail)
async def change_trail(patch: TrailPatch, trail: FoundTrail, session: Session) -> TrailRow:
    return await change(trail, patch.model_dump(), session)


@app.delete("/trails/{trail_id}", status_code=204)
async def delete_trail(trail: FoundTrail, session: Session) -> None:
    await session.exec(delete(ReportRow).where(ReportRow.trail_id == trail.id))
    await session.exec(delete(ClosureRow).where(ClosureRow.trail_id == trail.id))
    await session.delete(trail)
    await session.commit()


@app.get("/trails/{trail_id}/reports", response_model=list[Report])
async def list_reports(trail: FoundTrail, session: Session) -> list[ReportRow]:
    found = select(ReportRow).where(ReportRow.trail_id == trail.id).order_by(ReportRow.id)
    return list(await session.exec(found))


@app.post("/trails/{trail_id}/reports", status_code=201, response_model=Report)
async def add_report(new: ReportIn, trail: FoundTrail, session: Session) -> ReportRow:
    report = ReportRow(trail_id=trail.id, **new.model_dump())
    session.add(report)
    await session.commit()
    return report


@app.get("/closures", response_model=list[Closure])
async def list_closures(session: Session) -> list[ClosureRow]:
    return list(await session.exec(select(ClosureRow).order_by(ClosureRow.id)))


@app.post("/closures", status_code=201, response_model=list[Closure])
async def close_trails(new: ClosureIn, session: Session) -> list[ClosureRow]:
    trails = [await find_trail(trail_id, session) for trail_id in new.trail_ids]
    closures = [ClosureRow(trail_id=trail.id, reason=new.reason) for trail in trails]
    session.add_all(closures)
    try:
        await session.flush()
    except IntegrityError:
        raise HTTPException(409, "One of these trails is closed already.") from None
    for trail in trails:
        await print_sign(trail.name, new.reason)
    await session.commit()
    return closures


@app.delete("/closures/{closure_id}", status_code=204)
async def open_trail(closure_id: int, session: Session) -> None:
    closure = await session.get(ClosureRow, closure_id)
    if closure is None:
        raise HTTPException(404, f"No closure has the id {closure_id}.")
    await session.delete(closure)
    await session.commit()
