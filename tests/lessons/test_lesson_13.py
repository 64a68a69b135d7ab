"""Each framework keeps the contract on a real server, and the suite tells one that does not."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from course.judging.answers import load_module
from course.lessons import find_lesson
from course.running.servers import folder_server

LAB = find_lesson("13").folder
suite = load_module(LAB / "contract" / "suite.py")
FRAMEWORKS = sorted(path.name for path in (LAB / "contract").iterdir() if (path / "app.py").is_file())
WSGI = ("django", "flask", "ninja")


def test_there_are_seven() -> None:
    assert FRAMEWORKS == ["blacksheep", "django", "fastapi", "flask", "litestar", "ninja", "sanic"]


@pytest.mark.parametrize("name", FRAMEWORKS)
async def test_it_keeps_the_contract(name: str) -> None:
    async with folder_server(LAB / "contract" / name, threads=4 if name in WSGI else None) as client:
        results = await suite.judge(client)
    assert len(results) == 25
    assert [result.point for result in results if not result.kept] == []


async def broken_points(app: FastAPI) -> list[str]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://lab") as client:
        return [result.point for result in await suite.judge(client) if not result.kept]


async def test_one_that_is_right_is_told_from_those_that_are_not() -> None:
    folder = LAB / "contract" / "fastapi" / "app.py"
    assert await broken_points(load_module(folder).app) == []
    source = folder.read_text(encoding="utf-8")
    for line, became, point in (
        ("gt=0, le=1000", "le=1000", "a length below the limit"),
        ("gt=0, le=1000", "gt=0", "a length above the limit"),
        ("min_length=1, max_length", "max_length", "an empty name"),
        ("length_km <= max_km", "length_km < max_km", "the length itself is inside"),
        ("status_code=201", "status_code=200", "create"),
        ("status_code=204", "status_code=200", "delete"),
        ('Literal["easy", "moderate", "hard"]', "str", "another difficulty"),
        ("    del trails[find(number).id]", "    find(number)", "delete it again"),
        ("        raise HTTPException(404)", "        return None", "read what is not there"),
    ):
        assert line in source
        namespace: dict[str, Any] = {"__name__": "broken"}
        exec(compile(source.replace(line, became), "broken.py", "exec"), namespace)
        points = await broken_points(namespace["app"])
        assert point in points, line
