# Exercise 7.4
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
    weather = ["storm"]

    async def fake_weather() -> str:
        return weather[0]

    class Ranger:
        def __call__(self) -> str:
            return "Olga"

    desk.app.dependency_overrides.update({desk.get_weather: fake_weather, desk.get_ranger: Ranger()})
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app=desk.app), base_url="http://test")
    try:
        stormy = await client.get("/trails/Lake Loop")
        weather[0] = "sun"
        sunny = await client.get("/trails/Lake Loop")
        assert [stormy.json()["state"], sunny.json()["state"]] == ["closed", "open"]
        assert stormy.json()["ranger"] == sunny.json()["ranger"] == "Olga"
    finally:
        desk.app.dependency_overrides.clear()
        await client.aclose()
