from collections.abc import Iterator
from contextlib import closing
from typing import Annotated, Any, ClassVar, NamedTuple

from fastapi import APIRouter, Body, Depends, FastAPI, HTTPException, Query, Security
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


api_key = APIKeyHeader(name="X-API-Key", auto_error=False)


def get_store() -> Iterator[Store]:
    with closing(Store()) as store:
        yield store


Db = Annotated[Store, Depends(get_store, scope="function")]


Config = Annotated[Settings, Depends(lambda: Settings())]


class Page(NamedTuple):
    skip: int
    limit: int


def get_page(
    config: Config, skip: int = Query(0, ge=0), limit: int | None = Query(None, ge=1, le=50)
) -> Page:
    return Page(skip, limit or config.page_size)


PageDep = Annotated[Page, Depends(get_page)]


def get_ranger(store: Db, key: Annotated[str | None, Security(api_key)]) -> str:
    try:
        return store.rangers[key or ""]
    except KeyError:
        raise HTTPException(401) from None


Ranger = Annotated[str, Depends(get_ranger)]


def create_app() -> FastAPI:
    public = APIRouter()
    private = APIRouter(dependencies=[Depends(get_ranger)])

    @public.get("/trails")
    def trails(store: Db, page: PageDep) -> list[Trail]:
        return [*store.trails.values()][page.skip : page.skip + page.limit]

    @public.get("/trails/{trail_id}")
    def trail(store: Db, trail_id: int) -> Trail:
        found = store.trails.get(trail_id)
        if found is None:
            raise HTTPException(404, f"There is no trail {trail_id}.")
        return found

    @private.post("/trails", status_code=201)
    def new_trail(
        store: Db, ranger: Ranger, name: Annotated[str, Body()], length_km: Annotated[float, Body()]
    ) -> Trail:
        trail = Trail(id=max(store.trails) + 1, name=name, length_km=length_km, added_by=ranger)
        store.trails[trail.id] = trail
        return trail

    @private.get("/rangers/me")
    def me(ranger: Ranger) -> dict[str, Any]:
        return {"name": ranger}

    @private.get("/rangers/notes")
    def notes(store: Db, page: PageDep) -> list[str]:
        return store.notes[page.skip :][: page.limit]

    @public.get("/store")
    def count_stores() -> dict[str, int]:
        return {"opened": Store.log.count("opened"), "closed": Store.log.count("closed")}

    app = FastAPI(title="Trail desk")
    app.include_router(public)
    app.include_router(private)
    return app
