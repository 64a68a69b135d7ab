# Exercise 7.4
import asyncio
from types import SimpleNamespace
from typing import Annotated

import httpx
import pytest
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


def test_states(desk):
    async def ask(weather):
        desk.app.dependency_overrides = {desk.get_weather: lambda: weather, desk.get_ranger: lambda: "nobody"}
        try:
            async with client_of(desk.app) as c:
                return (await c.get("/trails/Lake Loop")).json()
        finally:
            desk.app.dependency_overrides = {}

    if asyncio.run(ask("storm")) != {"name": "Lake Loop", "state": "closed", "ranger": "nobody"}:
        pytest.fail("storm")
    if asyncio.run(ask("sun")) != {"name": "Lake Loop", "state": "open", "ranger": "nobody"}:
        pytest.fail("sun")
