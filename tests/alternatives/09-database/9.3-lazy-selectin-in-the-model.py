# Exercise 9.3
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import ForeignKey, select
from sqlalchemy.ext.asyncio import AsyncAttrs, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(AsyncAttrs, DeclarativeBase): ...


class Hut(Base):
    __tablename__ = "hut"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    stays: Mapped[list["Stay"]] = relationship(order_by="Stay.id", lazy="selectin")


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
    for hut in await session.scalars(select(Hut).order_by(Hut.id)):
        stays = hut.stays
        last_guest = stays[-1].guest if stays else None
        lines.append(Line(name=hut.name, nights=sum(stay.nights for stay in stays), last_guest=last_guest))
    return lines


@overview.get("/huts/{hut_id}", response_model=HutOut)
async def show_hut(hut_id: int, session: Session) -> Hut:
    hut = await session.get(Hut, hut_id)
    if hut is None:
        raise HTTPException(404, "No hut has this id.")
    return hut
