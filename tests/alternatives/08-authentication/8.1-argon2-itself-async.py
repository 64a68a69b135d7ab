# Exercise 8.1
import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

hasher = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
KEPT = {}


class Account(BaseModel):
    name: str
    password: str


vault = FastAPI()


@vault.post("/rangers", status_code=201)
async def sign_up(new: Account):
    hashed = await asyncio.to_thread(hasher.hash, new.password)
    if new.name in KEPT:
        raise HTTPException(status_code=409, detail="taken")
    KEPT[new.name] = hashed
    return {"name": new.name}


@vault.post("/login")
async def log_in(account: Account):
    try:
        hasher.verify(KEPT[account.name], account.password)
    except (KeyError, VerifyMismatchError):
        raise HTTPException(status_code=401, detail="Wrong name or password.")
    return {"name": account.name}


@vault.get("/kept")
async def show_kept():
    return KEPT
