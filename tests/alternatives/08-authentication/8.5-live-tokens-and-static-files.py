# Exercise 8.5
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
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm, SecurityScopes
from fastapi.staticfiles import StaticFiles
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
LIVE: dict[str, str] = {}

desk = FastAPI()
desk.add_middleware(CORSMiddleware, allow_origins=["https://trails.example"])
LoginForm = Annotated[OAuth2PasswordRequestForm, Depends()]
Token = Annotated[str, Depends(OAuth2PasswordBearer(tokenUrl="token"))]


@desk.exception_handler(RequestValidationError)
def answer_invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    entries = [{key: entry[key] for key in ("type", "loc", "msg")} for entry in error.errors()]
    return JSONResponse({"detail": entries}, 422)


class SignUp(BaseModel):
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
    if LIVE.get(claims["jti"]) != claims["sub"]:
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
    LIVE[claims["jti"]] = claims["sub"]
    return {"access_token": jwt.encode(claims, KEY), "token_type": "bearer"}


@desk.post("/logout", status_code=204)
def log_out(claims: Claims) -> None:
    LIVE.pop(claims["jti"])


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
    rows = DATABASE.execute("SELECT name FROM trails WHERE secret = 0").fetchall()
    return [name for (name,) in rows if q.lower() in name.lower()]


desk.mount("/maps", StaticFiles(directory=FOLDER / "maps"))


@desk.get("/go")
def go(next: str) -> Response:
    places = {place: RedirectResponse(place) for place in ("/rangers/me", "/trails")}
    return places.get(next) or JSONResponse({"detail": "Where?"}, 400)
