# Exercise 9.1
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import JSONResponse
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
    await session.commit()
    return hut


@huts.exception_handler(IntegrityError)
async def taken(request, error):
    return JSONResponse({"detail": "Taken."}, 409)


@huts.get("/huts/{hut_id}", response_model=HutOut)
async def get_hut(hut_id: int, session: Session) -> Hut:
    hut = await session.get(Hut, hut_id)
    if hut is None:
        raise HTTPException(404, "No hut has this id.")
    return hut
