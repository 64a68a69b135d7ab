# Exercise 9.2
import sqlite3
import tempfile
from contextlib import asynccontextmanager, closing
from pathlib import Path

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

database = Path(tempfile.mkdtemp(prefix="course-"), "tours.db")


def connect():
    connection = sqlite3.connect(database, isolation_level=None)
    connection.row_factory = sqlite3.Row
    return closing(connection)


@asynccontextmanager
async def lifespan(app):
    with connect() as connection:
        connection.executescript("""
            drop table if exists booking; drop table if exists hut;
            create table hut (id integer primary key, name text, free integer);
            create table booking (id integer primary key, hut_id integer, guest text, beds integer);
            insert into hut values (1, 'Alder Hut', 6), (2, 'Birch Hut', 4);
        """)
    yield


tours = FastAPI(lifespan=lifespan)


class Tour(BaseModel):
    guest: str
    beds: int
    hut_ids: list[int]


@tours.get("/huts")
def list_huts():
    with connect() as connection:
        return [dict(row) for row in connection.execute("select id, name, free from hut order by id")]


@tours.get("/bookings")
def list_bookings():
    with connect() as connection:
        return [
            dict(row) for row in connection.execute("select guest, hut_id, beds from booking order by id")
        ]


@tours.post("/tours", status_code=201)
def book(tour: Tour):
    with connect() as connection:
        connection.execute("begin immediate")
        try:
            for hut_id in tour.hut_ids:
                row = connection.execute("select free from hut where id = ?", (hut_id,)).fetchone()
                if row is None:
                    raise HTTPException(404)
                if row["free"] < tour.beds:
                    raise HTTPException(409)
                connection.execute("update hut set free = free - ? where id = ?", (tour.beds, hut_id))
                values = (hut_id, tour.guest, tour.beds)
                connection.execute("insert into booking (hut_id, guest, beds) values (?, ?, ?)", values)
        except HTTPException:
            connection.execute("rollback")
            raise
        connection.execute("commit")
    return tour
