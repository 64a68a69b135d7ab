# Exercise 14.2
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from types import SimpleNamespace
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Column, MetaData, String, Table, create_engine, insert, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

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


from contextlib import ExitStack
from unittest import mock

from sqlalchemy.orm import sessionmaker


@contextmanager
def fresh_client(desk):
    with ExitStack() as stack:
        engine = create_engine("sqlite://", connect_args={"check_same_thread": False}, poolclass=StaticPool)
        stack.callback(engine.dispose)
        desk.metadata.create_all(engine)
        make = sessionmaker(engine)

        def get_test_session():
            with make() as session:
                yield session

        stack.enter_context(
            mock.patch.dict(desk.app.dependency_overrides, {desk.get_session: get_test_session})
        )
        yield stack.enter_context(TestClient(desk.app))
