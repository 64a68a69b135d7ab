"""The rangers' desk. A login makes a session on the server, and every token names the one that it belongs to.

So a logout ends all of them at once, and a refresh token that comes a second time ends them, too: then two
people have it. The access token is believed only when everything that it claims was verified, in one
function. From there on endpoints name the scope that they need, and ask whose a thing is before they give
it out. An unknown name costs as much time as a wrong password, and gets the same answer.
"""

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from time import time
from typing import Annotated, Any

import jwt
from fastapi import Depends, FastAPI, HTTPException, Request, Security
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm, SecurityScopes
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import BaseModel, ConfigDict, Field

KEY = os.environ.get("DESK_KEY") or token_hex(32)
"""Signs the access tokens. Without one in the environment a new one is made at each start."""

HASHER = PasswordHash((Argon2Hasher(memory_cost=1024, time_cost=1, parallelism=1),))
"""Cheap, so that trying and checking are quick. In earnest: `PasswordHash.recommended()`."""

NOBODY = HASHER.hash(token_hex(8))
"""Verified for names that nobody has, so that they take as long as others."""

ISSUER, AUDIENCE = "rangers-desk", "trail-desk"
LIFE = timedelta(minutes=15)
FIVE = parse("5/minute")
LIMITER = MovingWindowRateLimiter(MemoryStorage())


class Ranger(BaseModel):
    name: str
    password_hash: str
    scopes: list[str] = ["notes:read"]


class Note(BaseModel):
    id: int
    owner: str
    text: str


class NoteOut(BaseModel):
    id: int
    text: str


class SignUp(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    password: Annotated[str, Field(min_length=8)]


class Me(BaseModel):
    name: str
    scopes: list[str]


class Refresh(BaseModel):
    refresh_token: str


class Tokens(BaseModel):
    access_token: str
    refresh_token: str
    token_type: str = "bearer"


@dataclass
class Session:
    """One login: whose it is, what it may do, its refresh token, and those that were used."""

    name: str
    scopes: list[str]
    refresh_token: str = ""
    spent: set[str] = field(default_factory=set)


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
SESSIONS: dict[str, Session] = {}

app = FastAPI(title="The rangers' desk")
app.add_middleware(
    CORSMiddleware,
    allow_origins=["https://trails.example"],
    allow_methods=["GET", "POST"],
    allow_headers=["Authorization"],
)


@app.exception_handler(RequestValidationError)
def answer_invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    """FastAPI's own answer without `input`, in which a password may stand."""
    entries = [{name: entry[name] for name in ("type", "loc", "msg")} for entry in error.errors()]
    return JSONResponse({"detail": entries}, 422)


def stranger(challenge: str = "Bearer") -> HTTPException:
    return HTTPException(401, "Log in first.", {"WWW-Authenticate": challenge})


scheme = OAuth2PasswordBearer(
    tokenUrl="token", scopes={"notes:read": "Read your own notes", "trails:close": "Close trails"}
)


def current_session_id(needed: SecurityScopes, token: Annotated[str, Depends(scheme)]) -> str:
    challenge = f'Bearer scope="{needed.scope_str}"' if needed.scopes else "Bearer"
    required: Any = {"require": ["exp", "iss", "aud", "sub", "sid"]}
    try:
        claims = jwt.decode(
            token, KEY, algorithms=["HS256"], issuer=ISSUER, audience=AUDIENCE, options=required
        )
    except jwt.PyJWTError:
        raise stranger(challenge) from None
    session_id = str(claims["sid"])
    if session_id not in SESSIONS:
        raise stranger(challenge)
    if not set(needed.scopes) <= set(SESSIONS[session_id].scopes):
        raise HTTPException(403, "This token may not do this.", {"WWW-Authenticate": challenge})
    return session_id


SessionId = Annotated[str, Depends(current_session_id)]


def needs(*scopes: str) -> Any:
    return Security(current_session_id, scopes=scopes)


def issue(session_id: str) -> Tokens:
    session = SESSIONS[session_id]
    session.refresh_token = f"{session_id}.{secrets.token_urlsafe(32)}"
    claims = {
        "sub": session.name,
        "scope": " ".join(session.scopes),
        "sid": session_id,
        "iss": ISSUER,
        "aud": AUDIENCE,
        "exp": datetime.now(UTC) + LIFE,
    }
    return Tokens(access_token=jwt.encode(claims, KEY), refresh_token=session.refresh_token)


def granted(asked: Sequence[str], ranger: Ranger) -> list[str]:
    """The scopes that were asked for, of those that the ranger has; all of them if none were named."""
    return [scope for scope in ranger.scopes if scope in asked or not asked]


@app.post("/rangers", status_code=201)
def sign_up(new: SignUp) -> Me:
    if new.name in RANGERS:
        raise HTTPException(409, "This name is taken.")
    RANGERS[new.name] = Ranger(name=new.name, password_hash=HASHER.hash(new.password))
    return Me(**RANGERS[new.name].model_dump(include={"name", "scopes"}))


@app.post("/token")
def log_in(form: Annotated[OAuth2PasswordRequestForm, Depends()], request: Request) -> Tokens:
    source = request.client.host if request.client else ""
    if not LIMITER.hit(FIVE, "login", source, form.username):
        wait = LIMITER.get_window_stats(FIVE, "login", source, form.username).reset_time - time()
        raise HTTPException(429, "Too many tries.", {"Retry-After": str(max(1, round(wait)))})
    ranger = RANGERS.get(form.username)
    right = HASHER.verify(form.password, ranger.password_hash if ranger else NOBODY)
    if ranger is None or not right:
        raise HTTPException(401, "Wrong name or password.", {"WWW-Authenticate": "Bearer"})
    session_id = token_hex(16)
    SESSIONS[session_id] = Session(ranger.name, granted(form.scopes, ranger))
    return issue(session_id)


@app.post("/refresh")
def refresh(sent: Refresh) -> Tokens:
    session_id = sent.refresh_token.partition(".")[0]
    session = SESSIONS.get(session_id)
    if session is None:
        raise stranger()
    if sent.refresh_token in session.spent:
        del SESSIONS[session_id]  # two people have it
        raise stranger()
    if not secrets.compare_digest(sent.refresh_token.encode(), session.refresh_token.encode()):
        raise stranger()
    session.spent.add(sent.refresh_token)
    return issue(session_id)


@app.post("/logout", status_code=204)
def log_out(session_id: SessionId) -> None:
    del SESSIONS[session_id]


@app.get("/rangers/me")
def show_me(session_id: SessionId) -> Me:
    return Me(name=SESSIONS[session_id].name, scopes=SESSIONS[session_id].scopes)


@app.get("/notes", response_model=list[NoteOut])
def list_notes(session_id: Annotated[str, needs("notes:read")]) -> list[Note]:
    return [note for note in NOTES.values() if note.owner == SESSIONS[session_id].name]


@app.get("/notes/{note_id}", response_model=NoteOut)
def read_note(note_id: int, session_id: Annotated[str, needs("notes:read")]) -> Note:
    note = NOTES.get(note_id)
    if note is None or note.owner != SESSIONS[session_id].name:
        raise HTTPException(404, "No note of yours has this id.")
    return note


@app.post("/trails/{name}/closure", status_code=201)
def close_trail(name: str, session_id: Annotated[str, needs("trails:close")]) -> dict[str, str]:
    if name not in CLOSED:
        CLOSED.append(name)
    return {"trail": name, "closed_by": SESSIONS[session_id].name}


@app.get("/closures")
def list_closures() -> list[str]:
    return CLOSED
