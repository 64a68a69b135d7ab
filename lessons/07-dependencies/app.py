"""The trail desk without dependencies: each endpoint helps itself, and nobody opens or closes anything.

Run it in this folder with `fastapi dev`, check it with `course check 07`.
"""

from typing import ClassVar

from fastapi import APIRouter, FastAPI
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


# Write your dependencies here. The endpoints below need them.

trails = APIRouter(prefix="/trails", tags=["trails"])
rangers = APIRouter(prefix="/rangers", tags=["rangers"])


@trails.get("")
def list_trails() -> list[Trail]:
    return list(Store.trails.values())


@trails.get("/{trail_id}")
def get_trail(trail_id: int) -> Trail:
    return Store.trails[trail_id]


@trails.post("", status_code=201)
def add_trail(new: NewTrail) -> Trail:
    trail = Trail(id=max(Store.trails) + 1, added_by="nobody", **new.model_dump())
    Store.trails[trail.id] = trail
    return trail


@rangers.get("/me")
def show_me() -> dict[str, str]:
    return {"name": "nobody"}


@rangers.get("/notes")
def list_notes() -> list[str]:
    return Store.notes


app = FastAPI(title="Trail desk")
app.include_router(trails)
app.include_router(rangers)


@app.get("/store")
def count_stores() -> dict[str, int]:
    return {"opened": Store.log.count("opened"), "closed": Store.log.count("closed")}
