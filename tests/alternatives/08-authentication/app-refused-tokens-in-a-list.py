import hashlib
import os
import secrets
import time
import uuid
from collections import defaultdict, deque
from typing import Annotated

import jwt
from fastapi import APIRouter, Body, Depends, FastAPI, Form, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse, Response
from fastapi.security import HTTPBearer
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import BaseModel

KEY = os.environ.get("DESK_KEY") or secrets.token_hex(32)
HASHER = PasswordHash((Argon2Hasher(memory_cost=1024, time_cost=1, parallelism=1),))


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

refreshes = {}  # sha256 of a refresh token -> {"family", "name", "scopes", "used"}
refused_families = set()
tries = defaultdict(deque)


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def tokens_for(name, scopes, family):
    refresh = secrets.token_hex(32)
    refreshes[digest(refresh)] = {"family": family, "name": name, "scopes": scopes, "used": False}
    now = int(time.time())
    payload = {
        "sub": name,
        "scp": scopes,
        "fam": family,
        "iat": now,
        "nbf": now,
        "exp": now + 300,
        "aud": ["trail-desk"],
        "iss": "rangers-desk",
    }
    access = jwt.encode(payload, KEY, "HS256", headers={"kid": "1"})
    return {"access_token": access, "refresh_token": refresh, "token_type": "bearer", "expires_in": 300}


class Unauthorised(HTTPException):
    def __init__(self, detail="Not authenticated"):
        super().__init__(401, detail, {"WWW-Authenticate": "Bearer"})


bearer = HTTPBearer(auto_error=False)


class Needs:
    def __init__(self, scope=None):
        self.scope = scope

    def __call__(self, found=Depends(bearer)):
        if found is None:
            raise Unauthorised()
        try:
            claims = jwt.decode(
                found.credentials,
                KEY,
                ["HS256"],
                audience="trail-desk",
                issuer="rangers-desk",
                options={"require": ["exp", "aud", "iss"]},
            )
        except jwt.PyJWTError:
            raise Unauthorised()
        if claims["fam"] in refused_families:
            raise Unauthorised("This login is over.")
        if self.scope and self.scope not in claims["scp"]:
            raise HTTPException(403, f"Needs {self.scope}.")
        return claims


router = APIRouter()


@router.post("/rangers", status_code=201)
async def sign_up(name: Annotated[str, Body()], password: Annotated[str, Body(min_length=8)]):
    if name in RANGERS:
        raise HTTPException(409)
    RANGERS[name] = Ranger(name=name, password_hash=HASHER.hash(password))
    return RANGERS[name].model_dump(exclude={"password_hash"})


@router.post("/token")
async def token(
    username: Annotated[str, Form()], password: Annotated[str, Form()], scope: Annotated[str, Form()] = ""
):
    last = tries[username]
    while last and last[0] < time.monotonic() - 60:
        last.popleft()
    if len(last) >= 5:
        raise HTTPException(429, headers={"Retry-After": "60"})
    last.append(time.monotonic())
    ranger = RANGERS.get(username)
    if not ranger or not HASHER.verify(password, ranger.password_hash):
        raise Unauthorised("No.")
    asked = scope.split() or ranger.scopes
    if not set(asked) & set(ranger.scopes):
        asked = []
    return tokens_for(username, [one for one in ranger.scopes if one in asked], uuid.uuid4().hex)


@router.post("/refresh")
async def refresh(refresh_token: Annotated[str, Body(embed=True)]):
    found = refreshes.get(digest(refresh_token))
    if not found or found["family"] in refused_families:
        raise Unauthorised()
    if found["used"]:
        refused_families.add(found["family"])
        raise Unauthorised()
    found["used"] = True
    return tokens_for(found["name"], found["scopes"], found["family"])


@router.post("/logout")
async def logout(claims=Depends(Needs())):
    refused_families.add(claims["fam"])
    return Response(status_code=204)


@router.get("/rangers/me")
async def me(claims=Depends(Needs())):
    return {"name": claims["sub"], "scopes": claims["scp"]}


@router.get("/notes")
async def notes(claims=Depends(Needs("notes:read"))):
    return [{"id": note.id, "text": note.text} for note in NOTES.values() if note.owner == claims["sub"]]


@router.get("/notes/{note_id}")
async def note(note_id: int, claims=Depends(Needs("notes:read"))):
    for note in await notes(claims):
        if note["id"] == note_id:
            return note
    raise HTTPException(404)


@router.post("/trails/{trail}/closure", status_code=201)
async def close(trail: str, claims=Depends(Needs("trails:close"))):
    CLOSED.append(trail)
    return {"trail": trail, "closed_by": claims["sub"]}


@router.get("/closures")
def list_closures() -> list[str]:
    return CLOSED


async def invalid(request: Request, error):
    return JSONResponse({"errors": [{"at": e["loc"], "why": e["type"]} for e in error.errors()]}, 422)


app = FastAPI(exception_handlers={RequestValidationError: invalid})
app.include_router(router)
app.add_middleware(
    CORSMiddleware,
    allow_origins=("https://trails.example",),
    allow_methods=["*"],
    allow_headers=["*"],
    allow_credentials=True,
)
