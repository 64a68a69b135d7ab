"""The trail desk without dependencies: each endpoint helps itself, and nobody opens or closes anything.

Run it in this folder with `fastapi dev`, check it with `course check 07`.
"""

import itertools
from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Security
from fastapi.security import APIKeyHeader
from pydantic import BaseModel
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """How the desk is set up; `DESK_PAGE_SIZE=5` in the environment changes the page size."""

    model_config = SettingsConfigDict(env_prefix="DESK_")

    page_size: int = 2


class Trail(BaseModel):
    id: int
    name: str
    length_km: float
    added_by: str


class NewTrail(BaseModel):
    name: str
    length_km: float


class Store:
    """Stands for a database: open it for one request, close it afterwards. Leave it as it is."""

    log: ClassVar[list[str]] = []
    trails: ClassVar[dict[int, Trail]] = {
        1: Trail(id=1, name="Lake Loop", length_km=6.5, added_by="Ada"),
        2: Trail(id=2, name="Ridge Path", length_km=14.0, added_by="Ben"),
        3: Trail(id=3, name="Gorge Steps", length_km=4.0, added_by="Ada"),
    }
    notes: ClassVar[list[str]] = ["Bridge is out.", "Bear seen.", "Fresh snow."]
    rangers: ClassVar[dict[str, str]] = {"key-ada": "Ada", "key-ben": "Ben"}

    def __init__(self) -> None:
        self.log.append("opened")

    def close(self) -> None:
        self.log.append("closed")


numbers = itertools.count(100)


async def settings() -> Settings:
    return Settings()


async def store():
    s = Store()
    try:
        yield s
    finally:
        s.close()


@dataclass
class Page:
    settings: Annotated[Settings, Depends(settings)]
    skip: Annotated[int, Query(ge=0)] = 0
    limit: Annotated[int | None, Query(ge=1, le=50)] = None

    def cut(self, xs):
        return list(xs)[self.skip :][: self.limit or self.settings.page_size]


async def ranger(
    store: Annotated[Store, Depends(store)],
    k: Annotated[str | None, Security(APIKeyHeader(name="X-API-Key", auto_error=False))],
):
    if k in store.rangers:
        return store.rangers[k]
    raise HTTPException(401)


app = FastAPI()


@app.get("/trails")
async def t(p: Annotated[Page, Depends()], s: Annotated[Store, Depends(store)]) -> list[Trail]:
    return p.cut(s.trails.values())


@app.post("/trails", status_code=201)
async def add(new: NewTrail, by: Annotated[str, Depends(ranger)], s: Annotated[Store, Depends(store)]):
    n = next(numbers)
    s.trails[n] = Trail(id=n, added_by=by, **dict(new))
    return s.trails[n]


@app.get("/trails/{id}")
async def one(id: int, s: Annotated[Store, Depends(store)]):
    try:
        return s.trails[id]
    except KeyError:
        raise HTTPException(404)


r = APIRouter(prefix="/rangers")


@r.get("/me")
async def me(by: Annotated[str, Depends(ranger)]):
    return {"name": by}


@r.get("/notes")
async def notes(p: Annotated[Page, Depends()], s: Annotated[Store, Depends(store)]):
    return p.cut(s.notes)


app.include_router(r, dependencies=[Depends(ranger)])


@app.get("/store")
def count_stores() -> dict[str, int]:
    return {"opened": Store.log.count("opened"), "closed": Store.log.count("closed")}
