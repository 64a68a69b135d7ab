"""The answers to the exercises of lesson 99, each with its reason."""

# %% 99.1
# A return type documents the answer.
from fastapi import FastAPI

rangers = FastAPI()


@rangers.get("/rangers/count")
def count_rangers() -> dict[str, int]:
    return {"count": 2}


# %% 99.2
# The type hint turns the query's text into a number.
from fastapi import FastAPI

lengths = FastAPI()


@lengths.get("/double")
def double(km: int) -> dict[str, int]:
    return {"km": 2 * km}


# %% 99.3
# A program reads the status code first; `HTTPException` sets it.
from fastapi import FastAPI, HTTPException

TRAILS = {1: "Ridge Walk"}
trails = FastAPI()


@trails.get("/trails/{trail_id}")
def read_trail(trail_id: int) -> dict[str, str]:
    if trail_id not in TRAILS:
        raise HTTPException(404, "no such trail")
    return {"name": TRAILS[trail_id]}
