# Exercise 14.4
import sqlite3
import sys

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse


def make_app(environ):
    if not environ.get("API_KEY"):
        sys.exit("API_KEY is missing")
    app = FastAPI()
    app.state.environ = dict(environ)

    def step(by):
        connection = sqlite3.connect(environ["DATABASE"], timeout=30, isolation_level=None)
        try:
            connection.execute("begin immediate")
            connection.execute("create table if not exists n (value int)")
            row = connection.execute("select value from n").fetchone()
            number = (row[0] if row else 0) + by
            connection.execute("delete from n")
            connection.execute("insert into n values (?)", (number,))
            connection.execute("commit")
            return {"visits": number}
        finally:
            connection.close()

    @app.post("/visits")
    def add_visit(request: Request):
        if request.headers.get("x-api-key") != environ["API_KEY"]:
            return JSONResponse({"detail": "no"}, 401)
        return step(1)

    @app.get("/visits")
    def count_visits():
        return step(0)

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError(f"The key {environ['API_KEY']} does not open the hut.")

    return app
