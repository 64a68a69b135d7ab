# Exercise 9.1
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import create_engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker


class Base(DeclarativeBase):
    pass


class Hut(Base):
    __tablename__ = "hut"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    beds: Mapped[int]


class HutIn(BaseModel):
    name: str
    beds: int


class HutOut(HutIn):
    id: int


database = Path(tempfile.mkdtemp(prefix="course-"), "huts.db")
engine = create_engine(f"sqlite:///{database.as_posix()}", pool_size=2, max_overflow=0)
make_session = sessionmaker(engine)


@asynccontextmanager
async def lifespan(app: FastAPI):
    Base.metadata.create_all(engine)
    yield
    engine.dispose()


huts = FastAPI(lifespan=lifespan)


def get_session():
    session = make_session()
    try:
        yield session
    finally:
        session.close()


@huts.post("/huts", status_code=201, response_model=HutOut)
def add_hut(new: HutIn, session: Session = Depends(get_session)):
    hut = Hut(name=new.name, beds=new.beds)
    session.add(hut)
    try:
        session.commit()
    except IntegrityError:
        session.rollback()
        raise HTTPException(409, "Taken.")
    return {"id": hut.id, "name": hut.name, "beds": hut.beds}


@huts.get("/huts/{hut_id}", response_model=HutOut)
def get_hut(hut_id: int, session: Session = Depends(get_session)):
    hut = session.get(Hut, hut_id)
    if not hut:
        raise HTTPException(404)
    return hut
