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
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse, Response
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm
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

OVER = []

desk = FastAPI()
desk.add_middleware(CORSMiddleware, allow_origin_regex=r"https://trails\.example", allow_credentials=True)
LoginForm = Annotated[OAuth2PasswordRequestForm, Depends()]
Token = Annotated[str, Depends(OAuth2PasswordBearer(tokenUrl="token"))]


class SignUp(BaseModel):
    model_config = ConfigDict(extra="ignore")
    name: str
    password: str


def current_claims(token: Token) -> dict[str, Any]:
    try:
        claims = jwt.decode(
            token, KEY, algorithms=["HS256"], audience=["trail-desk"], issuer=["rangers-desk"]
        )
        if "exp" in claims and token not in OVER:
            return claims | {"token": token}
        raise jwt.InvalidTokenError
    except jwt.PyJWTError:
        raise HTTPException(401, "Not authenticated", {"WWW-Authenticate": "Bearer"}) from None


Claims = Annotated[dict[str, Any], Depends(current_claims)]


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
    if not ranger or not HASHER.verify(form.password, ranger["hash"]):
        raise HTTPException(401, "Wrong password.", {"WWW-Authenticate": "Bearer"})
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
    OVER.append(claims["token"])


@desk.get("/rangers/me")
def show_me(claims: Claims) -> dict[str, Any]:
    return {"name": claims["sub"], "scopes": claims["scope"].split()}


@desk.get("/notes/{note_id}")
def read_note(note_id: int, claims: Claims) -> dict[str, Any]:
    mine = {key: note for key, note in NOTES.items() if note["owner"] == claims["sub"]}
    if note_id in mine:
        return mine[note_id]
    raise HTTPException(404, "No note of yours has this id.")


@desk.post("/trails/{name}/closure", status_code=201)
def close_trail(name: str, claims: Claims) -> dict[str, str]:
    if "trails:close" not in RANGERS[claims["sub"]]["scopes"]:
        raise HTTPException(403)
    return {"trail": name, "closed_by": claims["sub"]}


@desk.get("/trails")
def search_trails(q: str = "") -> list[str]:
    query = "SELECT name FROM trails WHERE secret = 0 AND instr(name, :q) > 0"
    return [name for (name,) in DATABASE.execute(query, {"q": q})]


@desk.get("/maps/{name:path}")
def show_map(name: str) -> Response:
    for path in (FOLDER / "maps").iterdir():
        if path.name == name:
            return FileResponse(path)
    raise HTTPException(404, "No map has this name.")


@desk.get("/go")
def go(next: str) -> Response:
    match next:
        case "/trails" | "/rangers/me":
            return RedirectResponse(next, 303)
    raise HTTPException(400)


@desk.exception_handler(RequestValidationError)
async def no_input(request: Request, error: RequestValidationError):
    for entry in (entries := jsonable_encoder(error.errors())):
        entry.pop("input", None)
    return JSONResponse({"detail": entries}, status_code=422)
