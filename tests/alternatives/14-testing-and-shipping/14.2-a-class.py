# Exercise 14.2
from collections.abc import Iterator
from contextlib import asynccontextmanager
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


class fresh_client:
    def __init__(self, desk):
        self.desk = desk

    def sessions(self):
        session = Session(self.engine)
        try:
            yield session
        finally:
            session.close()

    def __enter__(self):
        self.engine = create_engine(
            "sqlite:///:memory:", connect_args={"check_same_thread": False}, poolclass=StaticPool
        )
        self.desk.metadata.create_all(self.engine)
        self.before = self.desk.app.dependency_overrides.copy()
        self.desk.app.dependency_overrides[self.desk.get_session] = self.sessions
        self.client = TestClient(self.desk.app)
        return self.client.__enter__()

    def __exit__(self, *error):
        self.client.__exit__(*error)
        self.desk.app.dependency_overrides.clear()
        self.desk.app.dependency_overrides.update(self.before)
        self.engine.dispose()
