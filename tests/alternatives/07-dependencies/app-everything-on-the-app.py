from typing import Annotated, ClassVar

from fastapi import Depends, FastAPI, Header, HTTPException, Query
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


app = FastAPI(title="Trail desk")


@app.get("/store")
def count_stores() -> dict[str, int]:
    return {"opened": Store.log.count("opened"), "closed": Store.log.count("closed")}


async def store():
    opened = Store()
    try:
        yield opened
    finally:
        opened.close()


def settings():
    return Settings()


class Page:
    def __init__(
        self,
        settings: Annotated[Settings, Depends(settings)],
        skip: int = Query(0, ge=0),
        limit: int = Query(None, ge=1, le=50),
    ):
        self.start = skip
        self.stop = skip + (settings.page_size if limit is None else limit)

    def of(self, items):
        return list(items)[self.start : self.stop]


async def ranger(store: Store = Depends(store), x_api_key: str = Header("")):
    if name := store.rangers.get(x_api_key):
        return name
    raise HTTPException(401, "Who are you?")


@app.get("/trails")
async def trails(page: Page = Depends(), store: Store = Depends(store)):
    return page.of(store.trails.values())


@app.post("/trails", status_code=201)
async def add(new: NewTrail, store: Store = Depends(store), by: str = Depends(ranger)) -> Trail:
    trail_id = len(store.trails) + 1
    store.trails[trail_id] = Trail(id=trail_id, name=new.name, length_km=new.length_km, added_by=by)
    return store.trails[trail_id]


@app.get("/trails/{trail_id}")
async def trail(trail_id: int, store: Store = Depends(store)):
    if trail_id in store.trails:
        return store.trails[trail_id]
    raise HTTPException(404)


@app.get("/rangers/me")
async def me(name: str = Depends(ranger)):
    return {"name": name}


@app.get("/rangers/notes", dependencies=[Depends(ranger)])
async def notes(page: Page = Depends(), store: Store = Depends(store)):
    return page.of(store.notes)
