# %% 9.1
# The database decides whether a name is taken: to look first would leave a gap in which another client can
# take it.
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import String
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase): ...


class Hut(Base):
    __tablename__ = "hut"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    beds: Mapped[int]


class HutIn(BaseModel):
    name: str
    beds: int


class HutOut(HutIn):
    id: int


database = Path(tempfile.mkdtemp(prefix="course-"), "huts.db")
engine = create_async_engine(
    f"sqlite+aiosqlite:///{database.as_posix()}", pool_size=2, max_overflow=0, pool_timeout=4
)
new_session = async_sessionmaker(engine, expire_on_commit=False)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    await engine.dispose()


huts = FastAPI(lifespan=lifespan)


async def get_session() -> AsyncIterator[AsyncSession]:
    async with new_session() as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session)]


@huts.post("/huts", status_code=201, response_model=HutOut)
async def add_hut(new: HutIn, session: Session) -> Hut:
    hut = Hut(**new.model_dump())
    session.add(hut)
    try:
        await session.commit()
    except IntegrityError:
        raise HTTPException(409, "A hut has this name.") from None
    return hut


@huts.get("/huts/{hut_id}", response_model=HutOut)
async def get_hut(hut_id: int, session: Session) -> Hut:
    hut = await session.get(Hut, hut_id)
    if hut is None:
        raise HTTPException(404, "No hut has this id.")
    return hut


# %% 9.2
# One transaction holds the whole tour: whatever is raised inside, nothing of it is kept. The condition
# stands in the
# UPDATE itself, so that no other client comes between the look and the change.
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, Field
from sqlalchemy import ForeignKey, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase): ...


class Hut(Base):
    __tablename__ = "hut"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    free: Mapped[int]


class Booking(Base):
    __tablename__ = "booking"

    id: Mapped[int] = mapped_column(primary_key=True)
    hut_id: Mapped[int] = mapped_column(ForeignKey("hut.id"))
    guest: Mapped[str]
    beds: Mapped[int]


class Tour(BaseModel):
    guest: str
    beds: Annotated[int, Field(ge=1)]
    hut_ids: Annotated[list[int], Field(min_length=1)]


database = Path(tempfile.mkdtemp(prefix="course-"), "tours.db")
engine = create_async_engine(f"sqlite+aiosqlite:///{database.as_posix()}")
new_session = async_sessionmaker(engine, expire_on_commit=False)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all)
        await connection.run_sync(Base.metadata.create_all)
    async with new_session() as session, session.begin():
        session.add_all([Hut(name="Alder Hut", free=6), Hut(name="Birch Hut", free=4)])
    yield
    await engine.dispose()


tours = FastAPI(lifespan=lifespan)


async def get_session() -> AsyncIterator[AsyncSession]:
    async with new_session() as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session)]


@tours.get("/huts")
async def list_huts(session: Session) -> list[dict[str, int | str]]:
    huts = await session.scalars(select(Hut).order_by(Hut.id))
    return [{"id": hut.id, "name": hut.name, "free": hut.free} for hut in huts]


@tours.get("/bookings")
async def list_bookings(session: Session) -> list[dict[str, int | str]]:
    bookings = await session.scalars(select(Booking).order_by(Booking.id))
    return [{"guest": one.guest, "hut_id": one.hut_id, "beds": one.beds} for one in bookings]


@tours.post("/tours", status_code=201)
async def book_tour(tour: Tour, session: Session) -> Tour:
    async with session.begin():
        for hut_id in tour.hut_ids:
            enough = update(Hut).where(Hut.id == hut_id, Hut.free >= tour.beds)
            taken = await session.execute(enough.values(free=Hut.free - tour.beds))
            if taken.rowcount == 0:
                if await session.get(Hut, hut_id) is None:
                    raise HTTPException(404, f"No hut has the id {hut_id}.")
                raise HTTPException(409, f"Hut {hut_id} has too few free beds.")
            session.add(Booking(hut_id=hut_id, guest=tour.guest, beds=tour.beds))
    return tour


# %% 9.3
# Both endpoints say with `selectinload` what they will need: one statement for the huts, one for all their
# stays.
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import ForeignKey, select
from sqlalchemy.ext.asyncio import AsyncAttrs, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, selectinload


class Base(AsyncAttrs, DeclarativeBase): ...


class Hut(Base):
    __tablename__ = "hut"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    stays: Mapped[list["Stay"]] = relationship(order_by="Stay.id")


class Stay(Base):
    __tablename__ = "stay"

    id: Mapped[int] = mapped_column(primary_key=True)
    hut_id: Mapped[int] = mapped_column(ForeignKey("hut.id"))
    guest: Mapped[str]
    nights: Mapped[int]


class StayOut(BaseModel):
    guest: str
    nights: int


class HutOut(BaseModel):
    name: str
    stays: list[StayOut]


class Line(BaseModel):
    name: str
    nights: int
    last_guest: str | None


NAMES = ["Alder Hut", "Birch Hut", "Cedar Hut", "Elm Hut", "Fir Hut", "Hazel Hut"]
GUESTS = ["Ada", "Ben", "Cleo"]
database = Path(tempfile.mkdtemp(prefix="course-"), "overview.db")
engine = create_async_engine(f"sqlite+aiosqlite:///{database.as_posix()}")
new_session = async_sessionmaker(engine, expire_on_commit=False)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all)
        await connection.run_sync(Base.metadata.create_all)
    async with new_session() as session, session.begin():
        for number, name in enumerate(NAMES):
            stays = [Stay(guest=guest, nights=number) for guest in GUESTS[: number % 4]]
            session.add(Hut(name=name, stays=stays))
    yield
    await engine.dispose()


async def get_session() -> AsyncIterator[AsyncSession]:
    async with new_session() as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session)]
overview = FastAPI(lifespan=lifespan)


@overview.get("/overview")
async def show_overview(session: Session) -> list[Line]:
    lines = []
    for hut in await session.scalars(select(Hut).order_by(Hut.id).options(selectinload(Hut.stays))):
        stays = hut.stays
        last_guest = stays[-1].guest if stays else None
        lines.append(Line(name=hut.name, nights=sum(stay.nights for stay in stays), last_guest=last_guest))
    return lines


@overview.get("/huts/{hut_id}", response_model=HutOut)
async def show_hut(hut_id: int, session: Session) -> Hut:
    hut = await session.get(Hut, hut_id, options=[selectinload(Hut.stays)])
    if hut is None:
        raise HTTPException(404, "No hut has this id.")
    return hut


# %% 9.4
# `server_default` answers for the rows that are there; `downgrade` does the opposite, in the opposite order.
import sqlalchemy as sa
from alembic import op


def upgrade() -> None:
    difficulty = sa.Column("difficulty", sa.String(10), nullable=False, server_default="moderate")
    op.add_column("trail", difficulty)
    op.create_table(
        "report",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("trail_id", sa.Integer, sa.ForeignKey("trail.id"), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("report")
    op.drop_column("trail", "difficulty")


# %% 9.5
# Each request has a session of its own, commits before it answers, and says 409 for what the database
# refuses. The
# sync driver stays, in a plain `def`: FastAPI calls that in a worker thread.
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
def count_entries() -> dict[str, int]:
    connection = sqlite3.connect(database)
    connection.create_function("slow", 1, lambda value: time.sleep(0.3) or value)  # a large table
    (count,) = connection.execute("select slow(count(*)) from entry").fetchone()
    connection.close()
    return {"entries": count}


@diary.get("/ping")
async def ping() -> str:
    return "pong"
