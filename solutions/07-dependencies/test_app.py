"""Tests of the trail desk that need neither a key nor the real settings: run `pytest` in this folder.

Each test gets a client from the fixture, which replaces two dependencies before the test and takes the
replacements away after it, however the test ends.
"""

from collections.abc import Iterator

import pytest
from app import Settings, app, current_ranger, get_settings
from fastapi.testclient import TestClient


@pytest.fixture
def client() -> Iterator[TestClient]:
    app.dependency_overrides[get_settings] = lambda: Settings(page_size=1)
    app.dependency_overrides[current_ranger] = lambda: "Zoe"
    yield TestClient(app)
    app.dependency_overrides.clear()


def test_a_page_is_as_long_as_the_settings_say(client: TestClient) -> None:
    assert [trail["name"] for trail in client.get("/trails").json()] == ["Lake Loop"]
    assert client.get("/rangers/notes").json() == ["Bridge is out."]


def test_who_adds_a_trail_is_noted(client: TestClient) -> None:
    answer = client.post("/trails", json={"name": "Owl Path", "length_km": 2})
    assert answer.status_code == 201
    assert answer.json()["added_by"] == "Zoe"


def test_without_a_replacement_a_key_is_needed() -> None:
    assert TestClient(app).get("/rangers/me").status_code == 401
