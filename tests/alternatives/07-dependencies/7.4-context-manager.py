# Exercise 7.4
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Annotated

import httpx
from fastapi import Depends, FastAPI


def get_weather() -> str:
    """The weather of now: "storm", "rain" or "sun"."""
    raise RuntimeError("The weather service cannot be reached.")


def get_ranger() -> str:
    raise RuntimeError("The key store cannot be reached.")


app = FastAPI()


@app.get("/trails/{name}")
def get_state(
    name: str, weather: Annotated[str, Depends(get_weather)], ranger: Annotated[str, Depends(get_ranger)]
) -> dict[str, str]:
    return {"name": name, "state": "closed" if weather == "storm" else "open", "ranger": ranger}


desk = SimpleNamespace(app=app, get_weather=get_weather, get_ranger=get_ranger)


def client_of(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")


@contextmanager
def replaced(desk, **values):
    for name, value in values.items():
        desk.app.dependency_overrides[getattr(desk, name)] = lambda value=value: value
    try:
        yield httpx.AsyncClient(transport=httpx.ASGITransport(app=desk.app), base_url="http://test")
    finally:
        for name in values:
            del desk.app.dependency_overrides[getattr(desk, name)]


async def test_states(desk) -> None:
    for weather in ("storm", "sun"):
        with replaced(desk, get_weather=weather, get_ranger="Ben") as client:
            async with client:
                body = (await client.get("/trails/Lake Loop")).raise_for_status().json()
            if body["state"] != {"storm": "closed"}.get(weather, "open") or body["ranger"] != "Ben":
                raise AssertionError(f"{weather}: {body}")
