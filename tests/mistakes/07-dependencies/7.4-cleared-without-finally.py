# check: clears_up
# says: but for a `finally`
# Exercise 7.4
from collections.abc import Callable
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


async def test_states(desk: SimpleNamespace) -> None:
    overrides = desk.app.dependency_overrides
    overrides[desk.get_ranger] = lambda: "Zoe"
    transport = httpx.ASGITransport(app=desk.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        overrides[desk.get_weather] = lambda: "storm"
        answer = await client.get("/trails/Lake Loop")
        assert answer.json() == {"name": "Lake Loop", "state": "closed", "ranger": "Zoe"}
        overrides[desk.get_weather] = lambda: "sun"
        answer = await client.get("/trails/Lake Loop")
        assert answer.json() == {"name": "Lake Loop", "state": "open", "ranger": "Zoe"}
    desk.app.dependency_overrides = {}
