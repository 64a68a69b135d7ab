# Exercise 9.3
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import ForeignKey, func, select
from sqlalchemy.ext.asyncio import AsyncAttrs, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


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
    last = select(Stay.guest).where(Stay.hut_id == Hut.id).order_by(Stay.id.desc()).limit(1)
    nights = select(func.coalesce(func.sum(Stay.nights), 0)).where(Stay.hut_id == Hut.id)
    query = select(Hut.name, nights.scalar_subquery(), last.scalar_subquery()).order_by(Hut.id)
    rows = await session.execute(query)
    return [Line(name=name, nights=count, last_guest=guest) for name, count, guest in rows]


@overview.get("/huts/{hut_id}")
async def show_hut(hut_id: int, session: Session) -> HutOut:
    hut = await session.get(Hut, hut_id)
    if hut is None:
        raise HTTPException(404)
    stays = await hut.awaitable_attrs.stays
    return HutOut(name=hut.name, stays=[StayOut(guest=stay.guest, nights=stay.nights) for stay in stays])
