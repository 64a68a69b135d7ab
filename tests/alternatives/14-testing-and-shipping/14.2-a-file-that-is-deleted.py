# Exercise 14.2
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from types import SimpleNamespace
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Column, MetaData, String, Table, create_engine, insert, select
from sqlalchemy.orm import Session

metadata = MetaData()
table = Table("hut", metadata, Column("name", String, primary_key=True))
events: list[str] = []


def get_session() -> Iterator[Session]:
    raise RuntimeError("This is the real database.")


@asynccontextmanager
async def lifespan(app: FastAPI):
    events.append("start")
    yield
    events.append("stop")


app = FastAPI(lifespan=lifespan)


@app.post("/huts", status_code=201)
def add_hut(name: str, session: Annotated[Session, Depends(get_session)]) -> None:
    session.execute(insert(table).values(name=name))
    session.commit()


@app.get("/huts")
def list_huts(session: Annotated[Session, Depends(get_session)]) -> list[str]:
    return list(session.scalars(select(table.c.name)))


desk = SimpleNamespace(app=app, get_session=get_session, metadata=metadata)


import tempfile
from pathlib import Path


@contextmanager
def fresh_client(desk):
    overrides = desk.app.dependency_overrides
    had = overrides.get(desk.get_session)
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{Path(folder, 'test.db')}")
        desk.metadata.create_all(engine)

        def session():
            with Session(engine) as made:
                yield made

        overrides[desk.get_session] = session
        try:
            with TestClient(desk.app) as client:
                yield client
        finally:
            if had is None:
                del overrides[desk.get_session]
            else:
                overrides[desk.get_session] = had
            engine.dispose()
