"""The hut desk: huts and a model of prices are there, and nobody can book yet.

Run it in this folder with `fastapi dev`, check it with `course check 15`.
"""

import os
import time
from secrets import token_hex
from typing import ClassVar

from fastapi import FastAPI
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

KEY = os.environ.get("DESK_KEY") or token_hex(32)
"""Signs the tokens. Without one in the environment a new one is made at each start."""

DATABASE_URL = os.environ.get("DATABASE_URL", "sqlite+aiosqlite:///huts.db")
"""Where the bookings are kept, if you keep them in a database. A check names an empty one."""

HASHER = PasswordHash((Argon2Hasher(memory_cost=1024, time_cost=1, parallelism=1),))
"""Cheap, so that trying and checking are quick. In earnest: `PasswordHash.recommended()`."""

HUTS = [
    {"id": 1, "name": "Lake Hut", "beds": 12, "altitude_m": 1450, "door_code": "L-2718"},
    {"id": 2, "name": "Ridge Hut", "beds": 6, "altitude_m": 2310, "door_code": "R-3141"},
    {"id": 3, "name": "Summit Box", "beds": 2, "altitude_m": 2890, "door_code": "S-1618"},
]

WARDEN = {"name": "ada", "password_hash": HASHER.hash("lake-loop-7")}
"""The only warden, from the start. Whoever signs up is a guest."""


class PriceModel:
    """What a bed costs for one night, as somebody's model has it. Leave it as it is.

    `predict` takes rows, each with a value for every name in `features`, in that order, and gives a price for
    each row. `weekend` is 1 in the nights of Friday and Saturday, `summer` is 1 from June to September; both
    are 0 otherwise.
    """

    counts: ClassVar[dict[str, int]] = {"loads": 0, "predictions": 0}
    features: ClassVar[list[str]] = ["summer", "altitude_m", "weekend"]

    def __init__(self) -> None:
        time.sleep(0.1)
        self.counts["loads"] += 1

    def predict(self, rows: list[list[float]]) -> list[float]:
        time.sleep(0.02)
        self.counts["predictions"] += 1
        weights = (9.4137, 0.010309, 6.2071)
        return [14.0213 + sum(w * value for w, value in zip(weights, row, strict=True)) for row in rows]


app = FastAPI(title="The hut desk")


@app.get("/loads")
async def count_loads() -> dict[str, int]:
    return PriceModel.counts
