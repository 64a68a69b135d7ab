# check: notices_errors
# says: It has to look at what comes back
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


def always(value: str) -> Callable[[], str]:
    return lambda: value


async def test_states(desk: SimpleNamespace) -> None:
    overrides = desk.app.dependency_overrides
    overrides[desk.get_ranger] = always("Zoe")
    try:
        async with client_of(desk.app) as client:
            for weather, state in (("storm", "closed"), ("sun", "open"), ("rain", "open")):
                overrides[desk.get_weather] = always(weather)
                answer = await client.get("/trails/Lake Loop")
                body = answer.json()
                assert "detail" in body or body == {"name": "Lake Loop", "state": state, "ranger": "Zoe"}
    finally:
        overrides.clear()
