# Exercise 9.5
import asyncio
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import UniqueConstraint, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase): ...


class Entry(Base):
    __tablename__ = "entry"
    __table_args__ = (UniqueConstraint("trail", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    trail: Mapped[str]
    day: Mapped[str]
    text: Mapped[str]


class EntryIn(BaseModel):
    trail: str
    day: str
    text: str


database = Path(tempfile.mkdtemp(prefix="course-"), "diary.db")
engine = create_async_engine(f"sqlite+aiosqlite:///{database.as_posix()}")
new_session = async_sessionmaker(engine, expire_on_commit=False)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all)
        await connection.run_sync(Base.metadata.create_all)
    yield
    await engine.dispose()


async def get_session() -> AsyncIterator[AsyncSession]:
    async with new_session() as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session)]
diary = FastAPI(lifespan=lifespan)


@diary.post("/entries", status_code=201)
async def add_entry(new: EntryIn, session: Session) -> EntryIn:
    session.add(Entry(**new.model_dump()))
    try:
        await session.commit()
    except IntegrityError:
        raise HTTPException(409, "This trail has an entry for that day.") from None
    return new


@diary.get("/entries")
async def list_entries(session: Session) -> list[EntryIn]:
    entries = await session.scalars(select(Entry).order_by(Entry.id))
    return [EntryIn(trail=entry.trail, day=entry.day, text=entry.text) for entry in entries]


@diary.get("/statistics")
async def show_statistics() -> dict[str, int]:
    return await asyncio.to_thread(count_entries)


def count_entries() -> dict[str, int]:
    connection = sqlite3.connect(database)
    connection.create_function("slow", 1, lambda value: time.sleep(0.3) or value)  # a large table
    (count,) = connection.execute("select slow(count(*)) from entry").fetchone()
    connection.close()
    return {"entries": count}


@diary.get("/ping")
async def ping() -> str:
    return "pong"
