# Exercise 8.1
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import BaseModel, Field

HASHER = PasswordHash((Argon2Hasher(memory_cost=512, time_cost=2),))
KEPT: dict[str, str] = {}


class Account(BaseModel):
    name: Annotated[str, Field(min_length=1)]
    password: str


class NewAccount(Account):
    pass


vault = FastAPI()


def known(account: Account) -> Account:
    kept = KEPT.get(account.name)
    if kept is not None:
        right, renewed = HASHER.verify_and_update(account.password, kept)
        if renewed:
            KEPT[account.name] = renewed
        if right:
            return account
    raise HTTPException(401, "Wrong name or password.", headers={"WWW-Authenticate": "Basic"})


@vault.post("/rangers", status_code=201, response_model=Account, response_model_exclude={"password"})
def sign_up(new: NewAccount):
    if KEPT.setdefault(new.name, "") != "":
        raise HTTPException(409)
    KEPT[new.name] = HASHER.hash(new.password)
    return new


@vault.post("/login", response_model=Account, response_model_include={"name"})
def log_in(account: Annotated[Account, Depends(known)]):
    return account


@vault.get("/kept")
def show_kept() -> dict[str, str]:
    return KEPT
