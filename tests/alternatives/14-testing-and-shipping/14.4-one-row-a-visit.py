# Exercise 14.4
import hmac
import sqlite3
from contextlib import closing

from fastapi import FastAPI, Header, HTTPException


def make_app(environ):
    key = environ["API_KEY"]
    if len(key) == 0:
        raise ValueError("API_KEY is empty")
    file = environ["DATABASE"]
    with closing(sqlite3.connect(file, timeout=20)) as connection, connection:
        connection.execute("create table if not exists visits (id integer primary key autoincrement)")
    app = FastAPI(debug=False)

    @app.post("/visits")
    def add_visit(x_api_key: str | None = Header(None)):
        if x_api_key is None or not hmac.compare_digest(x_api_key.encode(), key.encode()):
            raise HTTPException(status_code=401)
        with closing(sqlite3.connect(file, timeout=20)) as connection, connection:
            return {
                "visits": connection.execute("insert into visits default values returning id").fetchall()[0][
                    0
                ]
            }

    @app.get("/visits")
    def count_visits():
        with closing(sqlite3.connect(file, timeout=20)) as connection:
            return {"visits": connection.execute("select count(*) from visits").fetchone()[0]}

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError(f"The key {key} does not open the hut.")

    return app
