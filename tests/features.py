"""What of FastAPI works in the page: a small program for each feature, which says the same in both places.

`tests/runtime/test_browser_features.py` runs them on a desk, `tests/browser/test_live_compat.py` in the page.
What they find is written to `docs/compatibility.md` by `python tests/features.py`; a test fails when it is
stale.
"""

# mypy: disable-error-code="import-not-found,import-untyped,misc,call-arg,unused-ignore"

import asyncio
import inspect
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

AS_IS = "as it is"
STAND_IN = "with a stand-in"
NO = "no"


@dataclass(frozen=True)
class Feature:
    """One feature: `run` gives a value that is the same on a desk and in the page, or raises there.

    `says` is what the error in the page must contain; `needs` are modules that not every desk has.
    """

    title: str
    part: str
    way: str
    note: str
    run: Callable[[], Awaitable[Any]]
    says: str = ""
    needs: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.run.__name__


FEATURES: list[Feature] = []
_part = ""


def part(title: str) -> None:
    """What follows belongs together under this title."""
    global _part
    _part = title


def feature(
    title: str, way: str = AS_IS, note: str = "", *, says: str = "", needs: tuple[str, ...] = ()
) -> Callable[[Callable[[], Awaitable[Any]]], Callable[[], Awaitable[Any]]]:
    """Add a program to the list."""

    def add(run: Callable[[], Awaitable[Any]]) -> Callable[[], Awaitable[Any]]:
        FEATURES.append(Feature(title, _part, way, note, run, says, needs))
        return run

    return add


def client_of(app: Any) -> httpx.AsyncClient:
    """A client that calls the app itself; no server is needed."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")


# Requests

part("Requests")


@feature("`async def` path operations, path and query parameters")
async def async_path_operation() -> Any:
    from fastapi import FastAPI

    app = FastAPI()

    @app.get("/trails/{number}")
    async def read(number: int, near: str = "here") -> dict[str, Any]:
        return {"number": number, "near": near}

    async with client_of(app) as client:
        return [(await client.get(path)).json() for path in ("/trails/7?near=lake", "/trails/x")]


@feature(
    "`def` path operations and dependencies",
    STAND_IN,
    "In the page's one thread, one after the other; `time.sleep` in one of them lets the others go on.",
)
async def plain_path_operation() -> Any:
    from typing import Annotated

    from fastapi import Depends, FastAPI

    app = FastAPI()

    def two() -> int:
        return 2

    @app.get("/")
    def read(number: Annotated[int, Depends(two)]) -> int:
        return 21 * number

    async with client_of(app) as client:
        return (await client.get("/")).json()


@feature("Bodies, nested models, Pydantic's validation")
async def body() -> Any:
    from fastapi import FastAPI
    from pydantic import BaseModel, Field

    class Hut(BaseModel):
        beds: int = Field(gt=0)

    class Trail(BaseModel):
        name: str
        huts: list[Hut] = []

    app = FastAPI()

    @app.post("/trails", status_code=201)
    async def add(trail: Trail) -> Trail:
        return trail

    async with client_of(app) as client:
        good = await client.post("/trails", json={"name": "Lake Loop", "huts": [{"beds": 4}]})
        bad = await client.post("/trails", json={"name": "Lake Loop", "huts": [{"beds": 0}]})
    return [good.status_code, good.json(), bad.status_code, bad.json()]


@feature("Headers and cookies")
async def headers_and_cookies() -> Any:
    from typing import Annotated

    from fastapi import Cookie, FastAPI, Header, Response

    app = FastAPI()

    @app.get("/")
    async def read(
        response: Response, x_key: Annotated[str, Header()], seen: Annotated[int, Cookie()] = 0
    ) -> dict[str, Any]:
        response.set_cookie("seen", str(seen + 1))
        return {"key": x_key, "seen": seen}

    async with client_of(app) as client:
        return [(await client.get("/", headers={"X-Key": "ada"})).json() for _ in range(2)]


@feature("Forms and uploads", STAND_IN, "Large files are kept in memory.")
async def forms() -> Any:
    from typing import Annotated

    from fastapi import FastAPI, Form, UploadFile

    app = FastAPI()

    @app.post("/")
    async def add(name: Annotated[str, Form()], photo: UploadFile) -> dict[str, Any]:
        return {"name": name, "file": photo.filename, "size": len(await photo.read())}

    async with client_of(app) as client:
        files = {"photo": ("lake.jpg", b"x" * 2_000_000)}
        return (await client.post("/", data={"name": "Lake"}, files=files)).json()


@feature("Dependencies with `yield`, sub-dependencies, caching")
async def yield_dependencies() -> Any:
    from typing import Annotated

    from fastapi import Depends, FastAPI

    events: list[str] = []
    app = FastAPI()

    async def store() -> AsyncIterator[str]:
        events.append("opens")
        yield "store"
        events.append("closes")

    async def session(store: Annotated[str, Depends(store)]) -> AsyncIterator[str]:
        yield f"session of the {store}"

    @app.get("/")
    async def read(session: Annotated[str, Depends(session)], store: Annotated[str, Depends(store)]) -> str:
        events.append(session)
        return store

    async with client_of(app) as client:
        answer = await client.get("/")
    return [answer.json(), events]


@feature("`dependency_overrides`")
async def overrides() -> Any:
    from typing import Annotated

    from fastapi import Depends, FastAPI

    app = FastAPI()

    async def weather() -> str:
        raise RuntimeError("no network")

    async def sun() -> str:
        return "sun"

    @app.get("/")
    async def read(weather: Annotated[str, Depends(weather)]) -> str:
        return weather

    app.dependency_overrides[weather] = sun
    async with client_of(app) as client:
        return (await client.get("/")).json()


@feature("Routers, prefixes, tags")
async def routers() -> Any:
    from fastapi import APIRouter, FastAPI

    router = APIRouter(prefix="/huts", tags=["huts"])

    @router.get("/{name}")
    async def read(name: str) -> str:
        return name

    app = FastAPI()
    app.include_router(router, prefix="/v1")
    async with client_of(app) as client:
        return [(await client.get("/v1/huts/Alder")).json(), list(app.openapi()["paths"])]


# Answers

part("Answers")


@feature("Response models, status codes, `HTTPException`, exception handlers")
async def errors() -> Any:
    from fastapi import FastAPI, HTTPException, Request
    from fastapi.responses import JSONResponse

    app = FastAPI()

    @app.exception_handler(KeyError)
    async def missing(request: Request, error: KeyError) -> JSONResponse:
        return JSONResponse({"missing": error.args[0]}, 404)

    @app.get("/{name}")
    async def read(name: str) -> str:
        if name == "teapot":
            raise HTTPException(418, "short and stout")
        raise KeyError(name)

    async with client_of(app) as client:
        answers = [await client.get(path) for path in ("/teapot", "/lake")]
    return [(answer.status_code, answer.json()) for answer in answers]


@feature("`BackgroundTasks`", STAND_IN, "A plain function among them runs in the page's one thread.")
async def background_tasks() -> Any:
    from fastapi import BackgroundTasks, FastAPI

    done: list[str] = []
    app = FastAPI()

    @app.post("/")
    async def add(tasks: BackgroundTasks) -> int:
        tasks.add_task(done.append, "mail")
        return len(done)

    async with client_of(app) as client:
        answer = (await client.post("/")).json()
    return [answer, done]


@feature(
    "Streamed answers, piece by piece",
    STAND_IN,
    "`httpx.ASGITransport` waits for the whole answer, here and on a desk; `serve` does not.",
)
async def streaming() -> Any:
    import asyncio

    from fastapi import FastAPI
    from fastapi.responses import StreamingResponse

    from course import serve

    app = FastAPI()

    @app.get("/")
    async def stream() -> StreamingResponse:
        async def pieces() -> AsyncIterator[str]:
            for name in ("Lake Loop", "Ridge Path"):
                yield name
                await asyncio.sleep(0.02)

        return StreamingResponse(pieces())

    async with serve(app, name="feature").stream("GET", "/") as answer:
        return [piece.decode() async for piece in answer.aiter_raw()]


@feature("Server-sent events", STAND_IN, "By the page's own server, as all that streams.")
async def server_sent_events() -> Any:
    from fastapi import FastAPI
    from fastapi.sse import EventSourceResponse, ServerSentEvent

    from course import serve

    app = FastAPI()

    @app.get("/", response_class=EventSourceResponse)
    async def ticks() -> AsyncIterator[ServerSentEvent]:
        for number in range(2):
            yield ServerSentEvent(data={"tick": number}, event="tick", id=str(number))

    answer = await serve(app, name="feature").get("/")
    return [answer.headers["content-type"], answer.text]


@feature("GraphQL with Strawberry, and its data loader", needs=("strawberry",))
async def graphql() -> Any:
    import strawberry
    from fastapi import FastAPI
    from strawberry.dataloader import DataLoader
    from strawberry.fastapi import GraphQLRouter

    asked = []

    async def load(numbers: list[int]) -> list[str]:
        asked.append(numbers)
        return [f"Hut {number}" for number in numbers]

    async def name(root: int, info: strawberry.Info) -> str:
        return str(await info.context["huts"].load(root))

    async def context() -> dict[str, Any]:
        return {"huts": DataLoader(load)}

    hut = strawberry.type(type("Hut", (), {"name": strawberry.field(resolver=name)}))

    def huts() -> list[hut]:  # type: ignore[valid-type]
        return [1, 2]

    query = strawberry.type(type("Query", (), {"huts": strawberry.field(resolver=huts)}))
    app = FastAPI()
    router = GraphQLRouter(strawberry.Schema(query), context_getter=context, graphql_ide=None)
    app.include_router(router, prefix="/graphql")
    async with client_of(app) as client:
        answer = await client.post("/graphql", json={"query": "{ huts { name } }"})
    return [answer.status_code, answer.json(), asked]


@feature("`StaticFiles`, `FileResponse`", STAND_IN, "The worker's own files, which last as long as it does.")
async def static_files() -> Any:
    import tempfile

    from fastapi import FastAPI
    from fastapi.responses import FileResponse
    from fastapi.staticfiles import StaticFiles

    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "map.txt").write_text("a map", encoding="utf-8")
        app = FastAPI()
        app.mount("/files", StaticFiles(directory=folder))

        @app.get("/map", response_class=FileResponse)
        async def read() -> str:
            return str(Path(folder, "map.txt"))

        async with client_of(app) as client:
            return [(await client.get(path)).text for path in ("/files/map.txt", "/map")]


@feature("Templates with Jinja2", STAND_IN, "MarkupSafe without its compiled part.", needs=("jinja2",))
async def templates() -> Any:
    import tempfile

    from fastapi import FastAPI, Request
    from fastapi.responses import HTMLResponse
    from fastapi.templating import Jinja2Templates

    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "trail.html").write_text("<h1>{{ name }}</h1>", encoding="utf-8")
        pages = Jinja2Templates(folder)
        app = FastAPI()

        @app.get("/")
        async def read(request: Request) -> HTMLResponse:
            return pages.TemplateResponse(request, "trail.html", {"name": "<Lake>"})

        async with client_of(app) as client:
            return (await client.get("/")).text


# The app around

part("Around the endpoints")


@feature("Lifespan, and its state", STAND_IN, "By the page's own server; `ASGITransport` never runs it.")
async def lifespan() -> Any:
    from fastapi import FastAPI, Request

    from course import serve

    events: list[str] = []

    @asynccontextmanager
    async def begin_and_end(app: FastAPI) -> AsyncIterator[dict[str, str]]:
        events.append("begins")
        yield {"store": "open"}
        events.append("ends")

    app = FastAPI(lifespan=begin_and_end)

    @app.get("/")
    async def read(request: Request) -> str:
        return str(request.state.store)

    client = serve(app, name="feature")
    answer = (await client.get("/")).json()
    client.server.stop()
    return [answer, events]


@feature("WebSockets", STAND_IN, "By the page's own server, and in the panel beside the lesson.")
async def websockets() -> Any:
    from fastapi import FastAPI, WebSocket

    from course import serve

    app = FastAPI()

    @app.websocket("/echo")
    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        async for text in socket.iter_text():
            await socket.send_json({"echo": text})

    connection = await serve(app, name="feature").server.connect("/echo", {}, 5)
    await connection.send("Hello")
    answer = await connection.receive()
    await connection.close()
    return answer


@feature("The client of `websockets`", STAND_IN, "It reaches what `serve` runs, without a network.")
async def websockets_client() -> Any:
    from fastapi import FastAPI, WebSocket
    from websockets.asyncio.client import connect

    from course import serve

    app = FastAPI()

    @app.websocket("/echo")
    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        async for text in socket.iter_text():
            await socket.send_json({"echo": text})

    url = f"ws://127.0.0.1:{serve(app, name='feature').base_url.port}/echo"
    async with connect(url, proxy=None) as connection:
        await connection.send("Hello")
        return await connection.recv()


@feature("Middleware: your own, CORS, GZip, trusted hosts")
async def middleware() -> Any:
    from fastapi import FastAPI, Request
    from fastapi.middleware.cors import CORSMiddleware
    from fastapi.middleware.gzip import GZipMiddleware
    from fastapi.middleware.trustedhost import TrustedHostMiddleware

    app = FastAPI()
    app.add_middleware(CORSMiddleware, allow_origins=["https://trails.example"])
    app.add_middleware(GZipMiddleware, minimum_size=10)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["test"])

    @app.middleware("http")
    async def note(request: Request, call_next: Callable[..., Awaitable[Any]]) -> Any:
        response = await call_next(request)
        response.headers["x-noted"] = "yes"
        return response

    @app.get("/")
    async def read() -> str:
        return "x" * 1000

    async with client_of(app) as client:
        answer = await client.get("/", headers={"origin": "https://trails.example"})
        refused = await client.get("/", headers={"host": "elsewhere"})
    names = ("x-noted", "content-encoding", "access-control-allow-origin")
    return [*(answer.headers[name] for name in names), len(answer.json()), refused.status_code]


@feature("OpenAPI, Swagger UI and ReDoc", AS_IS, "Their files come from this site.")
async def openapi() -> Any:
    from fastapi import FastAPI

    app = FastAPI(title="Trails", version="1.2.0")

    @app.get("/trails", summary="All trails")
    async def read() -> list[str]:
        return []

    async with client_of(app) as client:
        schema = (await client.get("/openapi.json")).json()
        pages = [(await client.get(path)).status_code for path in ("/docs", "/redoc")]
    return [schema["info"], schema["paths"]["/trails"]["get"]["summary"], pages]


@feature("Mounted apps, bare ASGI apps, Starlette's routes")
async def mounted() -> Any:
    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    async def hello(request: Request) -> PlainTextResponse:
        return PlainTextResponse(f"Hello from {request.url.path}")

    inner = FastAPI(routes=[Route("/hello", hello)])
    app = FastAPI()
    app.mount("/inner", inner)
    async with client_of(app) as client:
        return (await client.get("/inner/hello")).text


@feature("WSGI apps inside (`WSGIMiddleware`)", STAND_IN, "In the page's one thread.", needs=("flask",))
async def wsgi() -> Any:
    import warnings

    from fastapi import FastAPI
    from flask import Flask

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from starlette.middleware.wsgi import WSGIMiddleware

        inner = Flask("inner")
        inner.add_url_rule("/hello", view_func=lambda: "Hello from Flask", endpoint="hello")
        app = FastAPI()
        app.mount("/wsgi", WSGIMiddleware(inner))
    async with client_of(app) as client:
        return (await client.get("/wsgi/hello")).text


# Security

part("Security")


@feature(
    "OAuth2 with password and bearer, API keys, HTTP Basic",
    STAND_IN,
    "A class as a dependency runs in the page's one thread.",
)
async def security() -> Any:
    from typing import Annotated

    from fastapi import Depends, FastAPI, Security
    from fastapi.security import APIKeyHeader, HTTPBasic, HTTPBasicCredentials, OAuth2PasswordBearer
    from fastapi.security import OAuth2PasswordRequestForm as Form

    app = FastAPI()
    bearer = OAuth2PasswordBearer("token")
    key = APIKeyHeader(name="x-key")

    @app.post("/token")
    async def token(form: Annotated[Form, Depends()]) -> dict[str, str]:
        return {"access_token": form.username, "token_type": "bearer"}

    @app.get("/me")
    async def me(token: Annotated[str, Depends(bearer)]) -> str:
        return token

    @app.get("/key")
    async def with_key(key: Annotated[str, Security(key)]) -> str:
        return key

    @app.get("/basic")
    async def basic(who: Annotated[HTTPBasicCredentials, Depends(HTTPBasic())]) -> str:
        return who.username

    async with client_of(app) as client:
        made = (await client.post("/token", data={"username": "ada", "password": "x"})).json()
        found = await client.get("/me", headers={"authorization": f"Bearer {made['access_token']}"})
        keyed = await client.get("/key", headers={"x-key": "k"})
        who = await client.get("/basic", auth=("ben", "x"))
        refused = await client.get("/me")
    return [found.json(), keyed.json(), who.json(), refused.status_code]


@feature("PyJWT with HS256", needs=("jwt",))
async def jwt_tokens() -> Any:
    import jwt

    token = jwt.encode({"sub": "ada"}, "a secret of thirty-two letters...", algorithm="HS256")
    return [token, jwt.decode(token, "a secret of thirty-two letters...", algorithms=["HS256"])]


@feature(
    "Argon2 (`pwdlib`, `argon2-cffi`)",
    STAND_IN,
    "By JavaScript: the same hashes; one takes a second or two at the default cost.",
    needs=("argon2", "pwdlib"),
)
async def argon2() -> Any:
    from argon2.low_level import Type, hash_secret
    from pwdlib import PasswordHash
    from pwdlib.hashers.argon2 import Argon2Hasher

    hasher = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),))
    made = hasher.hash("correct horse")
    known = hash_secret(b"password", b"somesalt", 2, 256, 1, 32, Type.ID).decode()
    return [known, hasher.verify("correct horse", made), hasher.verify("wrong", made)]


@feature("Limits on requests (`limits`)", STAND_IN, "By that for `threading.Timer`.", needs=("limits",))
async def limits() -> Any:
    from limits import parse
    from limits.storage import MemoryStorage
    from limits.strategies import MovingWindowRateLimiter

    limiter = MovingWindowRateLimiter(MemoryStorage())
    two = parse("2/minute")
    return [limiter.hit(two, "login", name) for name in ("ada", "ada", "ada", "ben")]


@feature(
    "RS256 and all else of `cryptography`",
    NO,
    "It is compiled, and nobody has compiled it.",
    says="cryptography",
)
async def cryptography() -> Any:
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(65537, 2048).key_size


@feature("`bcrypt`", NO, "It is compiled; Argon2 is there.", says="bcrypt")
async def bcrypt() -> Any:
    import bcrypt

    return bcrypt.checkpw(b"x", bcrypt.hashpw(b"x", bcrypt.gensalt(4)))


# Data

part("Data")


@feature("`sqlite3`, in memory and in a file", AS_IS, "The file lasts as long as the worker.")
async def sqlite() -> Any:
    import sqlite3
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        with sqlite3.connect(Path(folder, "trails.db")) as store:
            store.execute("create table trail (name text)")
            store.execute("insert into trail values ('Lake Loop')")
        again = sqlite3.connect(Path(folder, "trails.db"))
        rows = again.execute("select * from trail").fetchall()
        again.close()
        store.close()
    return [list(row) for row in rows]


@feature("SQLAlchemy", needs=("sqlalchemy",))
async def sqlalchemy() -> Any:
    from sqlalchemy import create_engine, select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
    from sqlalchemy.pool import StaticPool

    class Base(DeclarativeBase): ...

    class Trail(Base):
        __tablename__ = "trail"
        number: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]

    engine = create_engine("sqlite://", poolclass=StaticPool)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([Trail(name="Lake Loop"), Trail(name="Ridge Path")])
        session.commit()
        names = list(session.scalars(select(Trail.name).order_by(Trail.name.desc())))
    engine.dispose()
    return names


@feature(
    "SQLAlchemy's asyncio, with aiosqlite",
    STAND_IN,
    "Without greenlets and threads: while the database works, nothing else does.",
    needs=("sqlalchemy", "aiosqlite", "greenlet"),
)
async def sqlalchemy_asyncio() -> Any:
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

    engine = create_async_engine("sqlite+aiosqlite://")
    async with AsyncSession(engine) as session:
        await session.execute(text("create table trail (name text)"))
        await session.execute(text("insert into trail values ('Lake Loop')"))
        await session.commit()
        names = list(await session.scalars(text("select name from trail")))
    async with engine.begin() as connection:
        names += [row.name for row in await connection.execute(text("select name from trail"))]
        names += [(await connection.exec_driver_sql("select 'Ridge Path'")).scalar()]
        async with connection.stream(text("select name from trail")) as rows:
            names += [row.name async for row in rows]
    await engine.dispose()
    return names


@feature(
    "Alembic: migrations written, run and taken back",
    STAND_IN,
    "In the page's one thread; its command line is called as a function.",
    needs=("alembic", "sqlalchemy", "aiosqlite", "greenlet"),
)
async def alembic() -> Any:
    import asyncio
    import contextlib
    import io
    import sqlite3
    import tempfile
    from pathlib import Path

    from alembic.config import main

    folder = Path(tempfile.mkdtemp())
    ini, env = folder / "alembic.ini", folder / "migrations" / "env.py"

    async def run(*words: str) -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            await asyncio.to_thread(main, ["-c", str(ini), *words])

    await run("init", "-t", "async", str(folder / "migrations"))
    url = f"sqlite+aiosqlite:///{(folder / 'trails.db').as_posix()}"
    ini.write_text(ini.read_text().replace("driver://user:pass@localhost/dbname", url))
    models = "import sqlalchemy as sa\ntarget_metadata = sa.MetaData()\n"
    models += "sa.Table('trail', target_metadata, sa.Column('id', sa.Integer, primary_key=True))"
    text = env.read_text().replace("target_metadata = None", models)
    env.write_text(text.replace("fileConfig(config.config_file_name)", "pass"))
    found = []
    await run("revision", "--autogenerate", "--rev-id", "0001", "-m", "trails")
    for version in ("head", "base"):
        await run("upgrade" if version == "head" else "downgrade", version)
        connection = sqlite3.connect(folder / "trails.db")
        found.append(sorted(connection.execute("select name from sqlite_master where type = 'table'")))
        connection.close()
    return found


@feature("Tortoise", STAND_IN, "By aiosqlite, without its thread.", needs=("tortoise", "aiosqlite"))
async def tortoise() -> Any:
    import sys
    import tempfile
    from pathlib import Path

    from tortoise import Tortoise

    folder = tempfile.mkdtemp()
    Path(folder, "feature_springs.py").write_text(
        "from tortoise import fields\nfrom tortoise.models import Model\n\n\nclass Spring(Model):\n"
        "    id = fields.IntField(primary_key=True)\n    name = fields.CharField(max_length=80)\n"
    )
    sys.path.insert(0, folder)
    try:
        await Tortoise.init(db_url="sqlite://:memory:", modules={"models": ["feature_springs"]})
        await Tortoise.generate_schemas()
        spring = sys.modules["feature_springs"].Spring
        await spring.create(name="Alder Spring")
        return await spring.all().values("id", "name")
    finally:
        sys.path.remove(folder)
        await Tortoise.close_connections()


@feature("SQLModel", needs=("sqlmodel",))
async def sqlmodel() -> Any:
    from sqlmodel import Field, Session, SQLModel, create_engine, select
    from sqlmodel.pool import StaticPool

    class Hut(SQLModel, table=True):
        __table_args__ = {"extend_existing": True}
        number: int | None = Field(default=None, primary_key=True)
        beds: int

    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    SQLModel.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Hut(beds=4))
        session.commit()
        found = sorted(session.exec(select(Hut)).one().model_dump().items())
    engine.dispose()
    return found


@feature("`pydantic-settings`", needs=("pydantic_settings",))
async def settings() -> Any:
    import os

    from pydantic_settings import BaseSettings, SettingsConfigDict

    class Desk(BaseSettings):
        model_config = SettingsConfigDict(env_prefix="FEATURE_")
        beds: int = 1

    os.environ["FEATURE_BEDS"] = "7"
    try:
        return Desk().beds
    finally:
        del os.environ["FEATURE_BEDS"]


@feature("`EmailStr`", AS_IS, "The syntax; no name server is asked.", needs=("email_validator",))
async def email() -> Any:
    from pydantic import BaseModel, EmailStr, ValidationError

    class Hiker(BaseModel):
        email: EmailStr

    found = [Hiker(email="Ada@Trails.Example.Org").email]
    try:
        Hiker(email="nobody")
    except ValidationError as error:
        found.append(error.errors()[0]["type"])
    return found


@feature("Dataclasses, `Decimal`, `datetime`, `UUID`, enums in models")
async def types() -> Any:
    from datetime import datetime, timedelta
    from decimal import Decimal
    from enum import StrEnum
    from uuid import UUID

    from pydantic import TypeAdapter
    from pydantic.dataclasses import dataclass as checked

    class Level(StrEnum):
        EASY = "easy"

    @checked
    class Report:
        number: UUID
        at: datetime
        took: timedelta
        price: Decimal
        level: Level

    given = {"number": "5d0c1d1e-0f4b-4b58-9a4e-4f6a4a0c3f11", "at": "2026-06-14T07:15:00+02:00"}
    given |= {"took": "PT3H", "price": "12.50", "level": "easy"}
    adapter = TypeAdapter(Report)
    return adapter.dump_python(adapter.validate_python(given), mode="json")


# Tests

part("Tests and clients")


@feature("`TestClient`, with lifespan and WebSockets", STAND_IN, "A portal without a thread.")
async def test_client() -> Any:
    import warnings

    from fastapi import FastAPI, WebSocket

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from fastapi.testclient import TestClient

    events: list[str] = []

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        events.append("begins")
        yield
        events.append("ends")

    app = FastAPI(lifespan=lifespan)

    @app.get("/")
    def read() -> str:
        return "read"

    @app.websocket("/echo")
    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text(await socket.receive_text())

    with TestClient(app) as client:
        answer = client.get("/").json()
        with client.websocket_connect("/echo") as socket:
            socket.send_text("Hello")
            echoed = socket.receive_text()
    return [answer, echoed, events]


@feature("`httpx.AsyncClient` on the app")
async def async_client() -> Any:
    from fastapi import FastAPI

    async with client_of(FastAPI()) as client:
        return (await client.get("/none")).status_code


@feature("`httpx` on what `serve` runs", STAND_IN, "Sockets are not needed for it.")
async def httpx_on_served() -> Any:
    from fastapi import FastAPI

    from course import serve

    app = FastAPI()

    @app.get("/")
    async def read() -> str:
        return "read"

    address = str(serve(app, name="feature").base_url)
    async with httpx.AsyncClient(trust_env=False) as client:
        return [(await client.get(address)).json(), httpx.get(address, trust_env=False).json()]


@feature(
    "`pytest`, with AnyIO's plugin",
    STAND_IN,
    "Called as `asyncio.to_thread(pytest.main, ...)`.",
    needs=("pytest",),
)
async def pytest_inside() -> Any:
    import asyncio
    import contextlib
    import io
    import tempfile

    import pytest

    test = (
        "import pytest\npytestmark = pytest.mark.anyio\nasync def test_it() -> None:\n    assert 1 + 1 == 2\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_feature.py").write_text(test, encoding="utf-8")
        options = [
            "-q",
            "--import-mode=importlib",
            "-p",
            "no:cacheprovider",
            "-k",
            "asyncio",
            "--rootdir",
            folder,
            folder,
        ]
        with contextlib.redirect_stdout(io.StringIO()):
            return int(await asyncio.to_thread(pytest.main, options))


# Concurrency

part("Doing several things")


@feature("`asyncio`: tasks, `gather`, timeouts, queues, locks")
async def asyncio_itself() -> Any:
    import asyncio

    queue: asyncio.Queue[int] = asyncio.Queue()

    async def work(number: int) -> int:
        await asyncio.sleep(0.01 * (3 - number))
        await queue.put(number)
        return number

    async with asyncio.timeout(5):
        results = await asyncio.gather(*map(work, range(3)))
    return [results, [queue.get_nowait() for _ in range(3)]]


@feature("`asyncio.run`, `asyncio.Runner`", STAND_IN, "Also in a cell, where Jupyter refuses it.")
async def asyncio_run() -> Any:
    import asyncio

    async def main() -> str:
        await asyncio.sleep(0)
        return "ran"

    return await asyncio.to_thread(lambda: asyncio.run(main()))


@feature("`asyncio.to_thread`, `run_in_threadpool`, thread pools", STAND_IN, "One after the other.")
async def thread_pools() -> Any:
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    from fastapi.concurrency import run_in_threadpool

    def pool() -> list[int]:
        with ThreadPoolExecutor(2) as executor:
            return list(executor.map(len, ["a", "bb"]))

    return [
        await asyncio.to_thread(len, "abc"),
        await run_in_threadpool(len, "abcd"),
        await asyncio.to_thread(pool),
    ]


@feature("`anyio.from_thread`, `run_coroutine_threadsafe`", STAND_IN)
async def from_thread() -> Any:
    import asyncio

    import anyio.from_thread
    import anyio.to_thread

    async def double(number: int) -> int:
        await asyncio.sleep(0)
        return 2 * number

    loop = asyncio.get_running_loop()
    return [
        await anyio.to_thread.run_sync(lambda: anyio.from_thread.run(double, 3)),
        await asyncio.to_thread(lambda: asyncio.run_coroutine_threadsafe(double(4), loop).result(5)),
    ]


@feature("`threading.Timer`", STAND_IN, "The page's own loop calls it.")
async def timer() -> Any:
    import threading

    called: list[str] = []
    due, cancelled = [threading.Timer(0.01, called.append, [word]) for word in ("due", "cancelled")]
    before = due.is_alive()
    due.start()
    cancelled.start()
    cancelled.cancel()
    started = due.is_alive() or bool(called)
    while due.is_alive():
        await asyncio.sleep(0.001)
    return [called, before, started]


@feature("`threading.Thread`", NO, "There is one thread.", says="has no threads")
async def threads() -> Any:
    import threading

    thread = threading.Thread(target=print)
    thread.start()
    thread.join()
    return "started"


@feature(
    "Other programs: `subprocess`, `multiprocessing`",
    NO,
    "There is one process.",
    says="has no other processes",
)
async def processes() -> Any:
    import subprocess

    return subprocess.run([sys.executable, "-c", "print(1)"], capture_output=True, text=True).stdout.strip()


@feature(
    "Sockets, and other computers", NO, "Code reaches only what `serve` runs.", says="has no network sockets"
)
async def sockets() -> Any:
    import asyncio

    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    server.close()
    return "listened"


@feature("`urlopen`", NO, "A page asks no other hosts; `httpx` reaches what `serve` runs.", says="cannot ask")
async def urlopen() -> Any:
    from urllib.request import urlopen

    return urlopen("https://trails.invalid/").status


@feature("Uvicorn, Gunicorn, several workers", NO, "`serve` does what they do, for one app.", says="uvicorn")
async def uvicorn() -> Any:
    import uvicorn

    return uvicorn.Config(lambda: None).port


def on_a_desk(one: Feature) -> Any:
    """What a feature's program gives where nothing stands in."""
    from course.running import server

    async def main() -> Any:
        try:
            return await one.run()
        finally:
            server._stop("feature")

    return json.loads(json.dumps(asyncio.run(main())))


# The page


def page() -> str:
    """`docs/compatibility.md`."""
    lines = [HEAD]
    parts = list(dict.fromkeys(one.part for one in FEATURES))
    counts = {way: sum(one.way == way for one in FEATURES) for way in (AS_IS, STAND_IN, NO)}
    lines.append(
        f"Of the {len(FEATURES)} features here, {counts[AS_IS]} work as they are, {counts[STAND_IN]} with a "
        f"stand-in, {counts[NO]} do not."
    )
    for title in parts:
        lines += ["", f"## {title}", "", "| feature | works in the page | how |", "|---|---|---|"]
        lines += [f"| {one.title} | {one.way} | {one.note} |" for one in FEATURES if one.part == title]
    lines += ["", "## Which browsers", "", BROWSERS, "", "## The programs", "", PROGRAMS, ""]
    for one in FEATURES:
        source = inspect.getsource(one.run)
        code = source[source.index("async def ") :].rstrip()
        lines += [
            f'??? note "{one.title}"',
            "",
            "    ```python",
            *(f"    {line}".rstrip() for line in code.splitlines()),
        ]
        lines += ["    ```", ""]
    return "\n".join(lines).rstrip() + "\n"


HEAD = """---
title: What works in the page
description: Which parts of FastAPI, Pydantic and their neighbours run in a browser, and which do not.
---

# What works in the page

Where lessons run in a browser, they do so in one thread, without a network. Most of FastAPI does not mind.
Where it would, the course has a **stand-in** that does the same in another way. What has neither says so in a
sentence, and works on your own computer.

This table is not written from memory: each row has a small program, and the course's tests run all of them in
CPython and in a browser, and compare what they say. What works *as it is* works without any stand-in.
"""

BROWSERS = """\
The tests run everything in Chromium: each lesson and each of its exercises, the app's panel, and what can
go wrong. In Firefox they run a lesson under the strict policy, run it again without a network, and call an
app at its address from a page of its own, by `fetch`, a WebSocket and server-sent events. Safari, phones and
tablets have not been tried. A browser without WebAssembly, module workers or `DecompressionStream` says that
it is too old, and shows the stored outputs."""

PROGRAMS = """`client_of(app)` is an `httpx.AsyncClient` on the app itself, `serve` is the course's."""


def main() -> None:
    """Write the page."""
    target = Path(__file__).parent.parent / "docs" / "compatibility.md"
    target.write_text(page(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
