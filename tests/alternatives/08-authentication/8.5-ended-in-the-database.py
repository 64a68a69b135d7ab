# Exercise 8.5
import os
import sqlite3
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Annotated, Any

import jwt
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse, Response
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import BaseModel

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
DATABASE.execute("CREATE TABLE ended (jti TEXT)")  # the names of tokens whose owners have logged out

desk = FastAPI()
desk.add_middleware(CORSMiddleware, allow_origins=["https://trails.example"])
LoginForm = Annotated[OAuth2PasswordRequestForm, Depends()]
Token = Annotated[str, Depends(OAuth2PasswordBearer(tokenUrl="token"))]


async def answer_invalid(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": "This is not what I expected."}, 422)


desk.add_exception_handler(RequestValidationError, answer_invalid)


class SignUp(BaseModel, extra="forbid"):
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
    if DATABASE.execute("SELECT 1 FROM ended WHERE jti = ?", [claims["jti"]]).fetchone():
        raise refused
    return claims


Claims = Annotated[dict[str, Any], Depends(current_claims)]


def closer(claims: Claims) -> dict[str, Any]:
    if claims["scope"].split().count("trails:close") == 0:
        raise HTTPException(403, "This token may not do this.")
    return claims


Closer = Annotated[dict[str, Any], Depends(closer)]


@desk.post("/rangers", status_code=201)
def sign_up(new: SignUp) -> dict[str, Any]:
    if new.name in RANGERS:
        raise HTTPException(409, "This name is taken.")
    RANGERS[new.name] = {"name": new.name, "scopes": ["notes:read"], "hash": HASHER.hash(new.password)}
    return {"name": new.name, "scopes": ["notes:read"]}


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
    DATABASE.execute("INSERT INTO ended VALUES (?)", [claims["jti"]])


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
    path = FOLDER / "maps" / Path(name).name
    if path.name != name or not path.is_file():
        raise HTTPException(404, "No map has this name.")
    return FileResponse(path)


@desk.get("/go")
def go(next: str) -> Response:
    if next not in ("/rangers/me", "/trails"):
        raise HTTPException(400, "There is no such place here.")
    return RedirectResponse(next)
