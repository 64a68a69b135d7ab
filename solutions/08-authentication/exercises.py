# %% 8.1
# The password is gone as soon as its hash is there. One condition covers both ways to be wrong, so both get
# the same answer, and a name that nobody has is verified against a hash that nobody can meet.
from secrets import token_hex

from fastapi import FastAPI, HTTPException
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import BaseModel

HASHER = PasswordHash((Argon2Hasher(memory_cost=1024, time_cost=1, parallelism=1),))
NOBODY = HASHER.hash(token_hex(8))
KEPT: dict[str, str] = {}


class Account(BaseModel):
    name: str
    password: str


vault = FastAPI()


@vault.post("/rangers", status_code=201)
def sign_up(new: Account) -> dict[str, str]:
    if new.name in KEPT:
        raise HTTPException(409, "This name is taken.")
    KEPT[new.name] = HASHER.hash(new.password)
    return {"name": new.name}


@vault.post("/login")
def log_in(account: Account) -> dict[str, str]:
    right = HASHER.verify(account.password, KEPT.get(account.name, NOBODY))
    if not right or account.name not in KEPT:
        raise HTTPException(401, "Wrong name or password.")
    return {"name": account.name}


@vault.get("/kept")
def show_kept() -> dict[str, str]:
    return KEPT


# %% 8.2
# PyJWT verifies what it is asked for, so everything is asked for. `PyJWTError` is the one exception that
# covers all ways to fail, and the stranger learns of none of them.
import os

import jwt
from fastapi import HTTPException

KEY = os.environ["DESK_KEY"]


def read_token(token: str) -> str:
    try:
        claims = jwt.decode(
            token,
            KEY,
            algorithms=["HS256"],
            issuer="rangers-desk",
            audience="trail-desk",
            options={"require": ["exp", "iss", "aud", "sub"]},
        )
    except jwt.PyJWTError:
        raise HTTPException(401, "Log in first.", {"WWW-Authenticate": "Bearer"}) from None
    return str(claims["sub"])


# %% 8.3
# One dependency believes the token, a second one compares scopes. So a 401 always comes before a 403, and an
# endpoint says in its own line what it needs.
import os
from typing import Annotated, Any

import jwt
from fastapi import Depends, FastAPI, HTTPException, Security
from fastapi.security import OAuth2PasswordBearer, SecurityScopes

NOTES = ["Snares at the ford.", "New boots."]


def claims_of(token: str) -> dict[str, Any]:
    """What a token says; raises `jwt.PyJWTError` if it cannot be believed."""
    required: Any = {"require": ["sub", "exp"]}
    return jwt.decode(token, os.environ["DESK_KEY"], algorithms=["HS256"], options=required)


doors = FastAPI()
scheme = OAuth2PasswordBearer(tokenUrl="token")


def current_claims(token: Annotated[str, Depends(scheme)]) -> dict[str, Any]:
    try:
        return claims_of(token)
    except jwt.PyJWTError:
        raise HTTPException(401, "Log in first.", {"WWW-Authenticate": "Bearer"}) from None


def scopes_in(claims: dict[str, Any]) -> list[str]:
    return str(claims.get("scope", "")).split()


def current_ranger(
    needed: SecurityScopes, claims: Annotated[dict[str, Any], Depends(current_claims)]
) -> dict[str, Any]:
    if not set(needed.scopes) <= set(scopes_in(claims)):
        challenge = f'Bearer scope="{needed.scope_str}"'
        raise HTTPException(403, "Your token may not do this.", {"WWW-Authenticate": challenge})
    return claims


@doors.get("/rangers/me")
def show_me(claims: Annotated[dict[str, Any], Depends(current_claims)]) -> dict[str, Any]:
    return {"name": claims["sub"], "scopes": scopes_in(claims)}


@doors.get("/notes", dependencies=[Security(current_ranger, scopes=["notes:read"])])
def list_notes() -> list[str]:
    return NOTES


@doors.post("/trails/{name}/closure", status_code=201)
def close_trail(
    name: str, claims: Annotated[dict[str, Any], Security(current_ranger, scopes=["trails:close"])]
) -> dict[str, str]:
    return {"trail": name, "closed_by": claims["sub"]}


# %% 8.4
# What a client says is believed only where it was verified: the token by its signature, the role not at all,
# for the server has its own. The scheme reads the header, so a request without one is a 401, too.
import os
import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import BaseModel

HASHER = PasswordHash((Argon2Hasher(memory_cost=1024, time_cost=1, parallelism=1),))
NOBODY = HASHER.hash(secrets.token_hex(8))
RANGERS = {
    "ada": {"password_hash": HASHER.hash("lake-loop-7"), "role": "chief"},
    "ben": {"password_hash": HASHER.hash("fern-valley-9"), "role": "ranger"},
}
BEARER = {"WWW-Authenticate": "Bearer"}


class Login(BaseModel):
    name: str
    password: str


office = FastAPI()


@office.post("/login")
def log_in(login: Login) -> dict[str, str]:
    ranger = RANGERS.get(login.name)
    right = HASHER.verify(login.password, ranger["password_hash"] if ranger else NOBODY)
    if ranger is None or not right:
        raise HTTPException(401, "Wrong name or password.", BEARER)
    payload = {"sub": login.name, "exp": datetime.now(UTC) + timedelta(minutes=30)}
    token = jwt.encode(payload, os.environ["DESK_KEY"], algorithm="HS256")
    return {"access_token": token, "token_type": "bearer"}


def get_current_user(token: Annotated[str, Depends(OAuth2PasswordBearer(tokenUrl="login"))]) -> str:
    required: Any = {"require": ["exp", "sub"]}
    try:
        claims = jwt.decode(token, os.environ["DESK_KEY"], algorithms=["HS256"], options=required)
    except jwt.PyJWTError:
        raise HTTPException(401, "Log in first.", BEARER) from None
    if claims["sub"] not in RANGERS:
        raise HTTPException(401, "Log in first.", BEARER)
    return str(claims["sub"])


User = Annotated[str, Depends(get_current_user)]


@office.get("/me")
def read_me(user: User) -> dict[str, str]:
    return {"name": user, "role": RANGERS[user]["role"]}


@office.post("/closures/{trail}", status_code=201)
def close_trail(trail: str, user: User) -> dict[str, str]:
    if RANGERS[user]["role"] != "chief":
        raise HTTPException(403, "Only a chief may do this.")
    return {"trail": trail, "closed_by": user}


# %% 8.5
# Each line that was mended says what is allowed instead of what is not: one algorithm, one site, two
# addresses, one folder. And what has to be forgotten, or ended, the server itself remembers.
import os
import sqlite3
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Annotated, Any

import jwt
from fastapi import Depends, FastAPI, HTTPException, Request, Security
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse, Response
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm, SecurityScopes
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import BaseModel, ConfigDict

KEY = os.environ["DESK_KEY"]
HASHER = PasswordHash((Argon2Hasher(memory_cost=1024, time_cost=1, parallelism=1),))  # cheap: many tries

# What a database and a disk would hold.
PASSWORDS = {"ada": "lake-loop-7", "ben": "fern-valley-9", "cleo": "ridge-path-14", "dina": "gorge-steps-4"}
RANGERS: dict[str, dict[str, Any]] = {
    name: {"name": name, "scopes": ["notes:read"], "hash": HASHER.hash(password)}
    for name, password in PASSWORDS.items()
}
RANGERS["ada"]["scopes"].append("trails:close")
NOTES = {1: {"owner": "ada", "text": "Snares at the ford."}, 2: {"owner": "ben", "text": "New boots."}}
FOLDER = Path(tempfile.mkdtemp())
(FOLDER / "maps").mkdir()
(FOLDER / "maps" / "lake-loop.txt").write_text("From the hut to the lake and back.")
(FOLDER / "passwords.txt").write_text("The safe is behind the map.")
DATABASE = sqlite3.connect(":memory:", check_same_thread=False)
DATABASE.execute("CREATE TABLE trails (name TEXT, secret INT)")
DATABASE.executemany("INSERT INTO trails VALUES (?, ?)", [("Lake Loop", 0), ("Eagle Nest", 1)])

NOBODY = HASHER.hash(token_hex(8))  # verified for unknown names, so that they take as long
ENDED: set[str] = set()  # the names of tokens whose owners have logged out

desk = FastAPI()
desk.add_middleware(CORSMiddleware, allow_origins=["https://trails.example"])
LoginForm = Annotated[OAuth2PasswordRequestForm, Depends()]
Token = Annotated[str, Depends(OAuth2PasswordBearer(tokenUrl="token"))]


@desk.exception_handler(RequestValidationError)
def answer_invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    entries = [{key: entry[key] for key in ("type", "loc", "msg")} for entry in error.errors()]
    return JSONResponse({"detail": entries}, 422)


class SignUp(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    password: str


def current_claims(token: Token) -> dict[str, Any]:
    refused = HTTPException(401, "Not authenticated", {"WWW-Authenticate": "Bearer"})
    required: Any = {"require": ["exp", "iss", "aud", "sub", "jti"]}
    try:
        claims = jwt.decode(
            token, KEY, algorithms=["HS256"], audience="trail-desk", issuer="rangers-desk", options=required
        )
    except jwt.PyJWTError:
        raise refused from None
    if claims["jti"] in ENDED:
        raise refused
    return claims


Claims = Annotated[dict[str, Any], Depends(current_claims)]


def may(scopes: SecurityScopes, claims: Claims) -> dict[str, Any]:
    if not set(scopes.scopes) <= set(claims["scope"].split()):
        raise HTTPException(403, "This token may not do this.")
    return claims


Closer = Annotated[dict[str, Any], Security(may, scopes=["trails:close"])]


@desk.post("/rangers", status_code=201)
def sign_up(new: SignUp) -> dict[str, Any]:
    if new.name in RANGERS:
        raise HTTPException(409, "This name is taken.")
    ranger = {"scopes": ["notes:read"], **new.model_dump(exclude={"password"})}
    RANGERS[new.name] = {**ranger, "hash": HASHER.hash(new.password)}
    return ranger


@desk.post("/token")
def log_in(form: LoginForm) -> dict[str, str]:
    ranger = RANGERS.get(form.username)
    right = HASHER.verify(form.password, ranger["hash"] if ranger else NOBODY)
    if ranger is None or not right:
        raise HTTPException(401, "Wrong name or password.", {"WWW-Authenticate": "Bearer"})
    now = datetime.now(UTC)
    claims = {
        "sub": ranger["name"],
        "scope": " ".join(ranger["scopes"]),
        "iss": "rangers-desk",
        "aud": "trail-desk",
        "exp": now + timedelta(minutes=15),
        "jti": token_hex(8),  # a name for this one token
    }
    return {"access_token": jwt.encode(claims, KEY), "token_type": "bearer"}


@desk.post("/logout", status_code=204)
def log_out(claims: Claims) -> None:
    ENDED.add(claims["jti"])


@desk.get("/rangers/me")
def show_me(claims: Claims) -> dict[str, Any]:
    return {"name": claims["sub"], "scopes": claims["scope"].split()}


@desk.get("/notes/{note_id}")
def read_note(note_id: int, claims: Claims) -> dict[str, Any]:
    if note_id not in NOTES or NOTES[note_id]["owner"] != claims["sub"]:
        raise HTTPException(404, "No note of yours has this id.")
    return NOTES[note_id]


@desk.post("/trails/{name}/closure", status_code=201)
def close_trail(name: str, claims: Closer) -> dict[str, str]:
    return {"trail": name, "closed_by": claims["sub"]}


@desk.get("/trails")
def search_trails(q: str = "") -> list[str]:
    query = "SELECT name FROM trails WHERE secret = 0 AND name LIKE ?"
    return [name for (name,) in DATABASE.execute(query, [f"%{q}%"])]


@desk.get("/maps/{name:path}")
def show_map(name: str) -> Response:
    path = (FOLDER / "maps" / name).resolve()
    if not path.is_relative_to((FOLDER / "maps").resolve()) or not path.is_file():
        raise HTTPException(404, "No map has this name.")
    return FileResponse(path)


@desk.get("/go")
def go(next: str) -> Response:
    if next not in ("/rangers/me", "/trails"):
        raise HTTPException(400, "There is no such place here.")
    return RedirectResponse(next)
