from functools import lru_cache
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Query, Request
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


@lru_cache
def get_settings() -> Settings:
    return Settings()


def open_store(request: Request) -> Store:
    return request.state.store


SettingsDep = Annotated[Settings, Depends(get_settings)]
StoreDep = Annotated[Store, Depends(open_store)]


def page(
    settings: SettingsDep,
    skip: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int | None, Query(ge=1, le=50)] = None,
) -> slice:
    return slice(skip, skip + (limit or settings.page_size))


def current_ranger(store: StoreDep, x_api_key: Annotated[str | None, Header()] = None) -> str:
    if x_api_key is None or x_api_key not in store.rangers:
        raise HTTPException(status_code=401, detail="This needs a ranger's key.")
    return store.rangers[x_api_key]


def find_trail(trail_id: int, store: StoreDep) -> Trail:
    if trail_id not in store.trails:
        raise HTTPException(status_code=404, detail="No trail has this id.")
    return store.trails[trail_id]


Page = Annotated[slice, Depends(page)]
Ranger = Annotated[str, Depends(current_ranger)]

trails = APIRouter(prefix="/trails", tags=["trails"])
rangers = APIRouter(prefix="/rangers", tags=["rangers"], dependencies=[Depends(current_ranger)])


@trails.get("")
def list_trails(store: StoreDep, part: Page) -> list[Trail]:
    return list(store.trails.values())[part]


@trails.get("/{trail_id}")
def get_trail(trail: Annotated[Trail, Depends(find_trail)]) -> Trail:
    return trail


@trails.post("", status_code=201)
def add_trail(new: NewTrail, store: StoreDep, ranger: Ranger) -> Trail:
    trail = Trail(id=max(store.trails) + 1, added_by=ranger, **new.model_dump())
    store.trails[trail.id] = trail
    return trail


@rangers.get("/me")
def show_me(ranger: Ranger) -> dict[str, str]:
    return {"name": ranger}


@rangers.get("/notes")
def list_notes(store: StoreDep, part: Page) -> list[str]:
    return store.notes[part]


app = FastAPI(title="Trail desk")


@app.middleware("http")
async def with_store(request: Request, call_next):
    request.state.store = Store()
    try:
        return await call_next(request)
    finally:
        request.state.store.close()


app.include_router(trails)
app.include_router(rangers)


@app.get("/store")
def count_stores() -> dict[str, int]:
    return {"opened": Store.log.count("opened"), "closed": Store.log.count("closed")}
