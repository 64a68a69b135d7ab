# Exercise 14.4
import secrets
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel, Field, SecretStr
from sqlalchemy import Column, Integer, MetaData, Table, create_engine, select, text, update

metadata = MetaData()
table = Table("counter", metadata, Column("id", Integer, primary_key=True), Column("number", Integer))


class Settings(BaseModel):
    api_key: Annotated[SecretStr, Field(min_length=1)]
    database: str


def make_app(environ):
    settings = Settings(api_key=environ["API_KEY"], database=environ["DATABASE"])
    engine = create_engine(f"sqlite:///{settings.database}", connect_args={"timeout": 20})
    with engine.begin() as connection:
        connection.execute(
            text("create table if not exists counter (id integer primary key, number integer)")
        )
        connection.execute(text("insert or ignore into counter values (1, 0)"))

    def need_key(x_api_key: Annotated[str | None, Header()] = None) -> None:
        right = settings.api_key.get_secret_value()
        if not secrets.compare_digest((x_api_key or "").encode(), right.encode()):
            raise HTTPException(401)

    app = FastAPI()

    @app.post("/visits", dependencies=[Depends(need_key)])
    def add_visit():
        adding = update(table).values(number=table.c.number + 1).returning(table.c.number)
        with engine.begin() as connection:
            return {"visits": connection.scalar(adding)}

    @app.get("/visits")
    def count_visits():
        with engine.connect() as connection:
            return {"visits": connection.scalar(select(table.c.number))}

    @app.get("/broken")
    def broken() -> None:
        key = settings.api_key.get_secret_value()
        raise RuntimeError(f"The key {key} does not open the hut.")

    return app
