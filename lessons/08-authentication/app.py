"""The rangers' desk: what a database would hold is here, and nobody gets in or is kept out yet.

Run it in this folder with `fastapi dev`, check it with `course check 08`.
"""

import os
from secrets import token_hex

from fastapi import FastAPI
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import BaseModel

KEY = os.environ.get("DESK_KEY") or token_hex(32)
"""Signs the access tokens. Without one in the environment a new one is made at each start."""

HASHER = PasswordHash((Argon2Hasher(memory_cost=1024, time_cost=1, parallelism=1),))
"""Cheap, so that trying and checking are quick. In earnest: `PasswordHash.recommended()`."""


class Ranger(BaseModel):
    name: str
    password_hash: str
    scopes: list[str] = ["notes:read"]


class Note(BaseModel):
    id: int
    owner: str
    text: str


RANGERS = {
    name: Ranger(name=name, password_hash=HASHER.hash(password))
    for name, password in [
        ("ada", "lake-loop-7"),
        ("ben", "fern-valley-9"),
        ("cleo", "ridge-path-14"),
        ("dina", "gorge-steps-4"),
    ]
}
RANGERS["ada"].scopes = ["notes:read", "trails:close"]
NOTES = {
    1: Note(id=1, owner="ada", text="Snares at the ford."),
    2: Note(id=2, owner="ben", text="New boots."),
    3: Note(id=3, owner="ada", text="A lynx, at last."),
}
CLOSED: list[str] = []

app = FastAPI(title="The rangers' desk")


@app.get("/closures")
def list_closures() -> list[str]:
    return CLOSED
