"""What an app's endpoints need, read from the plans that FastAPI keeps."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI

from course import needs
from course.running.plans import name_of, needed, plans


def settings() -> str:
    return "settings"


def store(found: Annotated[str, Depends(settings)]) -> str:
    return found


class AtMost:
    def __call__(self, group: int = 1) -> int:
        return group


def an_app() -> FastAPI:
    router = APIRouter(prefix="/huts", dependencies=[Depends(settings)])

    @router.get("/{name}")
    def get_hut(name: str, group: Annotated[int, Depends(AtMost())]) -> str:
        return name

    app = FastAPI()

    @app.post("/trails")
    def add_trail(found: Annotated[str, Depends(store)]) -> str:
        return found

    app.include_router(router)
    return app


def test_who_needs_whom_is_told_endpoints_first_and_routers_included() -> None:
    assert needs(an_app()) == [
        ("POST /trails", "store"),
        ("store", "settings"),
        ("GET /huts/{name}", "settings"),
        ("GET /huts/{name}", "AtMost"),
    ]


def test_a_plan_fits_the_requests_that_come_to_its_endpoint() -> None:
    _, hut = plans(an_app())
    assert hut.fits("GET", "/huts/Alder Hut")
    assert not hut.fits("POST", "/huts/Alder Hut")
    assert not hut.fits("GET", "/huts/Alder Hut/beds")
    assert not hut.fits("GET", "/huts")


def test_what_a_plan_calls_is_told_depth_first() -> None:
    trails, _ = plans(an_app())
    assert [name_of(each.call) for each in needed(trails.dependant)] == ["store", "settings"]
