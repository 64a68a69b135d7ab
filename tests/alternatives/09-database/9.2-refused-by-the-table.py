# Exercise 9.2
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, Field
from sqlalchemy import CheckConstraint, ForeignKey, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase): ...


class Hut(Base):
    __tablename__ = "hut"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    free: Mapped[int]

    __table_args__ = (CheckConstraint("free >= 0"),)


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
    known = set(await session.scalars(select(Hut.id)))
    if not known.issuperset(tour.hut_ids):
        raise HTTPException(404, "No such hut.")
    try:
        for hut_id in tour.hut_ids:
            await session.execute(update(Hut).where(Hut.id == hut_id).values(free=Hut.free - tour.beds))
            session.add(Booking(hut_id=hut_id, guest=tour.guest, beds=tour.beds))
        await session.commit()
    except IntegrityError:
        await session.rollback()
        raise HTTPException(409, "Too few beds.") from None
    return tour
