"""Lesson 03's own framework: it stands without FastAPI, and answers as FastAPI does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from openapi_spec_validator import validate

from course.judging.answers import load_module
from course.lessons import ROOT, find_lesson

POCKET = find_lesson("03").solutions / "app.py"
TWIN = ROOT / "tests" / "alternatives" / "03-built-on-giants" / "app-fastapi.py"

REPORT = {"hiker": "Ada", "stars": 4}
JSON = {"Content-Type": "application/json"}
REQUESTS: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/trails", {}),
    ("GET", "/trails?difficulty=easy&max_km=7", {}),
    ("GET", "/trails?max_km=0", {}),
    ("GET", "/trails?max_km=far", {}),
    ("GET", "/trails/2", {}),
    ("GET", "/trails/far", {}),
    ("GET", "/trails/99", {}),
    ("GET", "/nothing", {}),
    ("DELETE", "/trails", {}),
    ("POST", "/trails/1/reports", {"json": REPORT}),
    ("POST", "/trails/1/reports?notify=yes", {"json": {"hiker": "Ada", "stars": "4"}}),
    ("POST", "/trails/99/reports", {"json": REPORT}),
    ("POST", "/trails/far/reports?notify=perhaps", {"json": {"stars": 9}}),
    ("POST", "/trails/1/reports", {"json": {"hiker": 42, "stars": 4.5}}),
    ("POST", "/trails/1/reports", {"json": None}),
    ("POST", "/trails/1/reports", {}),
    ("POST", "/trails/1/reports", {"content": '{"hiker": ', "headers": JSON}),
]


def client_of(path: Path) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=load_module(path).app)
    return httpx.AsyncClient(transport=transport, base_url="http://app")


def comparable(answer: httpx.Response) -> tuple[int, Any]:
    """Status and body; the errors of a 422 in one order, for each of the two has its own."""
    body = answer.json()
    if answer.status_code == 422:
        body["detail"].sort(key=lambda entry: str(entry["loc"]))
    return answer.status_code, body


@pytest.mark.parametrize(("method", "path", "sent"), REQUESTS)
async def test_pocket_answers_as_fastapi_does(method: str, path: str, sent: dict[str, Any]) -> None:
    async with client_of(POCKET) as pocket, client_of(TWIN) as twin:
        ours = comparable(await pocket.request(method, path, **sent))
        assert ours == comparable(await twin.request(method, path, **sent))


def test_pocket_needs_no_fastapi() -> None:
    code = "import runpy, sys; sys.modules['fastapi'] = None; runpy.run_path(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", code, str(POCKET)], capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr


async def test_pockets_document_is_valid_openapi() -> None:
    async with client_of(POCKET) as pocket, client_of(TWIN) as twin:
        document = (await pocket.get("/openapi.json")).json()
        other = (await twin.get("/openapi.json")).json()
    validate(document)
    described = {path: sorted(operations) for path, operations in document["paths"].items()}
    assert described == {path: sorted(operations) for path, operations in other["paths"].items()}


def test_the_api_is_written_the_same_for_both() -> None:
    start = "class Trail(BaseModel):"
    pocket = POCKET.read_text(encoding="utf-8").partition(start)[2]
    starter = (find_lesson("03").folder / "app.py").read_text(encoding="utf-8").partition(start)[2]
    twin = TWIN.read_text(encoding="utf-8").partition(start)[2]
    assert pocket == starter
    assert pocket.replace("app = Pocket(", "app = FastAPI(") == twin
