# Exercise 7.4
from types import SimpleNamespace
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient


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


def test_states(desk: SimpleNamespace) -> None:
    try:
        desk.app.dependency_overrides = {desk.get_ranger: lambda: "Ada", desk.get_weather: lambda: "storm"}
        client = TestClient(desk.app)
        assert client.get("/trails/Lake Loop").json()["state"] == "closed"
        assert client.get("/trails/Lake Loop").json()["ranger"] == "Ada"
        desk.app.dependency_overrides[desk.get_weather] = lambda: "rain"
        assert client.get("/trails/Lake Loop").json()["state"] == "open"
    finally:
        desk.app.dependency_overrides = {}
