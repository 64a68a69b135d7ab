"""The trail register on a database: trails, their reports, and closures.

Run it in this folder with `fastapi dev`, check it with `course check 09`. The tables are those of last year's
version, which is in use: a database of that version has to go on with yours.
"""

import asyncio
import os
from pathlib import Path
from typing import Annotated, Literal

from fastapi import FastAPI
from pydantic import MISSING, BaseModel, ConfigDict, Field
from sqlalchemy import ForeignKey, String
from sqlalchemy.ext.asyncio import AsyncAttrs, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

FILE = Path(__file__).with_name("trails.db")
DATABASE_URL = os.environ.get("DATABASE_URL", f"sqlite+aiosqlite:///{FILE.as_posix()}")

# Tables


class Base(AsyncAttrs, DeclarativeBase): ...


class TrailRow(Base):
    __tablename__ = "trail"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    length_km: Mapped[float]
    difficulty: Mapped[str] = mapped_column(String(10))
    region: Mapped[str | None]
    ranger_notes: Mapped[str]


class ReportRow(Base):
    __tablename__ = "report"

    id: Mapped[int] = mapped_column(primary_key=True)
    trail_id: Mapped[int] = mapped_column(ForeignKey("trail.id"))
    text: Mapped[str] = mapped_column(String(500))


SEEDS = [
    {"name": "Lake Loop", "length_km": 6.5, "difficulty": "easy", "region": "Alps"},
    {"name": "Fern Valley", "length_km": 9.0, "difficulty": "easy", "region": "Jura"},
    {"name": "Ridge Path", "length_km": 14.0, "difficulty": "hard", "region": "Alps"},
    {"name": "Gorge Steps", "length_km": 4.0, "difficulty": "hard", "region": "Jura"},
    {"name": "Summit Trail", "length_km": 18.5, "difficulty": "moderate", "region": "Alps"},
]

# What comes in and goes out, as in lesson 05

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


# The app: write its lifespan, its handlers and its endpoints here, and what the tables need.

engine = create_async_engine(DATABASE_URL)
new_session = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI(title="Trail register")
