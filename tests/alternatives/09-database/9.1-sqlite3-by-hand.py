# Exercise 9.1
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel


class HutIn(BaseModel):
    name: str
    beds: int


database = Path(tempfile.mkdtemp(prefix="course-"), "huts.db")
with closing(sqlite3.connect(database)) as connection:
    connection.execute("create table hut (id integer primary key, name text unique, beds integer)")

huts = FastAPI()


@huts.post("/huts", status_code=201)
def add_hut(new: HutIn):
    with closing(sqlite3.connect(database)) as connection:
        try:
            with connection:
                cursor = connection.execute("insert into hut values (null, ?, ?)", (new.name, new.beds))
        except sqlite3.IntegrityError:
            raise HTTPException(409, "Taken.")
        return {"id": cursor.lastrowid, "name": new.name, "beds": new.beds}


@huts.get("/huts/{hut_id}")
def get_hut(hut_id: int):
    with closing(sqlite3.connect(database)) as connection:
        row = connection.execute("select id, name, beds from hut where id = ?", (hut_id,)).fetchone()
    if row is None:
        raise HTTPException(404)
    return dict(zip(("id", "name", "beds"), row))
